"""Rows of JSON to what they state of contacts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email

from crm.imports.numerals import Refused
from crm.imports.rows import ExternalKey
from crm.models import Contact

from .answers import MOST_FAULTS, Call, Fault
from .cells import MOST_COUNT, choice_of, day_of, domain_of, known_word, names_of, text_of
from .reading import escaped, external_key, number_of

FACTS = ("title", "linkedin_url", "city", "followers", "is_founder", "is_champion", "consent")
CLEARABLE = frozenset({*FACTS, "email"})
WORDS = frozenset({"id", "external_id", "email", "name", "company", "observed_on", "source", "clear", *FACTS})
SCHEMES = URLValidator(["http", "https"])


@dataclass(frozen=True)
class Employer:
    """The company that a row names, by one of three."""

    id: int | None = None
    domain: str | None = None
    external_id: ExternalKey | None = None


@dataclass
class Person:
    """What one row states of a contact; `values` by the column, with the job title as its text."""

    line: int
    id: int | None = None
    external_id: ExternalKey | None = None
    email: str | None = None
    name: str | None = None
    employer: Employer | None = None
    on: date | None = None
    source: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    cleared: tuple[str, ...] = ()
    faults: list[Fault] = field(default_factory=list)


class PersonReader:
    """Reads rows of one call."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.readers: Mapping[str, Any] = {
            "id": number_of,
            "external_id": external_key,
            "email": email_of,
            "name": lambda raw: text_of(raw, limit=300),
            "company": employer_of,
            "observed_on": lambda raw: day_of(raw, call.today),
            "source": lambda raw: text_of(raw, limit=200),
            "clear": clearable,
            "title": lambda raw: text_of(raw, limit=300),
            "linkedin_url": url_of,
            "city": lambda raw: text_of(raw, limit=200),
            "followers": count_of,
            "is_founder": flag_of,
            "is_champion": flag_of,
            "consent": lambda raw: choice_of(tuple(Contact.Consent.values), raw),
        }

    def read(self, number: int, row: object) -> Person:
        """What a row states; every fault of it is noted."""
        said = Person(number)
        if isinstance(row, Refused):
            said.faults.append(Fault("", str(row)))
            return said
        if not isinstance(row, dict):
            said.faults.append(Fault("", "is not an object"))
            return said
        found: dict[str, Any] = {}
        for key, raw in row.items():
            if len(said.faults) >= MOST_FAULTS:
                break
            if key not in WORDS:
                said.faults.append(Fault(f"/{escaped(key)}", known_word(key, WORDS)))
            elif raw is not None:
                try:
                    found[key] = self.readers[key](raw)
                except Refused as error:
                    said.faults.append(Fault(f"/{key}", str(error)))
        said.id, said.external_id = found.get("id"), found.get("external_id")
        said.email, said.name, said.source = found.get("email"), found.get("name"), found.get("source") or ""
        said.employer, said.cleared = found.get("company"), found.get("clear") or ()
        said.on = found.get("observed_on") or self.call.observed_on
        said.values = {key: found[key] for key in FACTS if found.get(key) is not None}
        return said


def email_of(raw: object) -> str | None:
    """An e-mail address."""
    text = text_of(raw, limit=254)
    try:
        if text:
            validate_email(text)
    except ValidationError:
        raise Refused("is not an e-mail address") from None
    return text


def url_of(raw: object) -> str | None:
    """A web address."""
    text = text_of(raw, limit=200)
    try:
        if text:
            SCHEMES(text)
    except ValidationError:
        raise Refused("is not a web address like https://www.linkedin.com/in/somebody") from None
    return text


def count_of(raw: object) -> int:
    """A number of people."""
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= MOST_COUNT:
        raise Refused("is not a whole number from 0 on")
    return raw


def flag_of(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise Refused("is neither true nor false")
    return raw


def clearable(raw: object) -> tuple[str, ...]:
    """The fields that are to be unknown."""
    names = names_of(raw)
    for name in names:
        if name not in CLEARABLE:
            raise Refused(f"{name} is nothing that can be cleared: {', '.join(sorted(CLEARABLE))}")
    return names


def employer_of(raw: object) -> Employer:
    """A company by its id, or by {"domain": …} or {"external_id": {…}}."""
    if isinstance(raw, int):
        return Employer(id=number_of(raw))
    if isinstance(raw, dict) and len(raw) == 1:
        ((key, value),) = raw.items()
        if key == "id":
            return Employer(id=number_of(value))
        if key == "domain" and (domain := domain_of(value, "")):
            return Employer(domain=domain)
        if key == "external_id":
            return Employer(external_id=external_key(value))
    raise Refused('is neither an id, nor {"domain": …}, nor {"external_id": {"system": …, "value": …}}')
