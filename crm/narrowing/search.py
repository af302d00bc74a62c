"""Finding accounts by name, domain, or somebody who works there; people by name, e-mail, or company."""

from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.db.models import Model, Q, QuerySet

from crm.models import Company, CompanyDomain, Contact

T = TypeVar("T", bound=Model)

MOST_WORDS = 6
FEW = 2_000
"""Hits that are looked up once and then named one by one; more of them stay a question to the database."""


def search_companies(companies: QuerySet[Company], text: str, *, people: bool) -> QuerySet[Company]:
    """Those of the companies that every word is found in: in the name, a domain, or with `people` a contact.

    A contact with a company is seen by whoever sees the company, so those of
    `companies` may be searched. Each place is searched by itself, so that an
    index can serve it, and once for the count and the page.
    """
    for word in words_of(text):
        found = having(word, people=people)
        few = list(dict.fromkeys(found.values_list("pk", flat=True)[: FEW + 1]))
        companies = companies.filter(pk__in=few if len(few) <= FEW else found)
    return companies


def search_contacts(contacts: QuerySet[Contact], text: str) -> QuerySet[Contact]:
    """Those of the contacts that every word is found in: in the name, the e-mail, or the name of the company."""
    return with_every_word(contacts, text, "name", "email", "company__name")


def with_every_word(rows: QuerySet[T], text: str, *columns: str) -> QuerySet[T]:
    """Those of the rows that every word, of the first MOST_WORDS, is found in: in one of these columns."""
    for word in text.replace("\0", "").split()[:MOST_WORDS]:
        there = Q()
        for column in columns:
            there |= Q(**{f"{column}__icontains": word})
        rows = rows.filter(there)
    return rows


def having(word: str, *, people: bool) -> Any:
    """The ids of the companies that the word is found in, some of them several times; their people only if asked."""
    names = Company.objects.filter(name__icontains=word)
    domains = Company.objects.filter(domain__icontains=word)
    further = CompanyDomain.objects.filter(domain__icontains=word)
    found: list[Any] = [domains.order_by().values("pk"), further.order_by().values("company")]
    if people:
        named = Contact.objects.filter(company__isnull=False, name__icontains=word)
        mail = Contact.objects.filter(company__isnull=False, email__icontains=word)
        found += [named.order_by().values("company"), mail.order_by().values("company")]
    return names.order_by().values("pk").union(*found, all=True)


def words_of(text: str) -> list[str]:
    """What was typed, word by word; of an address only the host, without www."""
    found = []
    for word in text.replace("\0", "").split()[:MOST_WORDS]:
        host = host_of(word) or word
        found.append(host.removeprefix("www.") or word)
    return found


def host_of(word: str) -> str:
    """The host of an address; empty for what is none."""
    try:
        return urlsplit(word).hostname or "" if "://" in word else ""
    except ValueError:
        return ""
