"""Who is missing among the people of an account, and when somebody last spoke with it: for a page of accounts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, Subquery
from django.utils import timezone

from crm.activities import last_done
from crm.buying_group import MISSING, PERHAPS, UNKNOWN, state_of, wanted_personas
from crm.models import Company, Contact, JobTitle
from personas.rules.document import Document, Persona

KNOWN = (JobTitle.Result.MATCH, JobTitle.Result.NONE, JobTitle.Result.EXCLUDED)
"""What comes of a title by which it is known who somebody is, be it nobody we look for."""

MINUTE, HOUR, DAY = 60, 3_600, 86_400


@dataclass(frozen=True)
class People:
    """Which of the personas that an account should have are missing, perhaps there, or not known; the rest are there.

    `met` is whether anybody is known there.
    """

    wanted: int = 0
    missing: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    met: bool = False

    @property
    def text(self) -> str:
        """Who is missing, might be there, or is not known to be there, in words."""
        named = ((self.missing, "missing"), (self.perhaps, "perhaps"), (self.unknown, "not known"))
        return "; ".join(f"{', '.join(names)} {word}" for names, word in named if names)


def people_of(companies: Sequence[Company], document: Document) -> Mapping[int, People]:
    """The people of these companies by id, in one query; in none where the rules want nobody."""
    if not companies or not document.personas:
        return {}
    certain: dict[int, set[str]] = defaultdict(set)
    possible: dict[int, set[str]] = defaultdict(set)
    met: set[int] = set()
    unclear: set[int] = set()
    rows = (
        Contact.objects.filter(company__in=[company.pk for company in companies])
        .order_by()
        .values_list("company", "persona", "title__result", "title__personas__persona")
        .distinct()
    )
    for company, decided, result, matched in rows:
        met.add(company)
        if decided:
            certain[company].add(decided)
        elif result not in KNOWN:
            unclear.add(company)
        if matched and not decided:
            (certain if result == JobTitle.Result.MATCH else possible)[company].add(matched)
    return {
        company.pk: seen(
            wanted_personas(document, getattr(getattr(company, "fit", None), "effective_segment", None)),
            certain[company.pk],
            possible[company.pk],
            complete=company.people_researched_on is not None and company.pk not in unclear,
            met=company.pk in met,
        )
        for company in companies
    }


def seen(
    wanted: Sequence[Persona], certain: set[str], possible: set[str], *, complete: bool, met: bool = False
) -> People:
    """Which of the wanted are missing, perhaps there, and not known to be there."""
    states = {each: state_of(each.key, certain, possible, complete=complete) for each in wanted}

    def those(state: str) -> tuple[str, ...]:
        return tuple(short(persona) for persona, found in states.items() if found == state)

    return People(len(wanted), those(MISSING), those(PERHAPS), those(UNKNOWN), met)


def short(persona: Persona) -> str:
    """The first word of a persona's name."""
    return (persona.name or persona.key).split()[0]


def with_last_activity(companies: QuerySet[Company], at: datetime) -> QuerySet[Company]:
    """Companies with the kind and moment of what was last done with them; what is still to be done does not count."""
    done = last_done("company", at)
    return companies.annotate(
        last_kind=Subquery(done.values("kind")[:1]), last_at=Subquery(done.values("happened_at")[:1])
    )


def age(moment: datetime) -> str:
    """How long ago that was: "5 min ago", "yesterday", "12 days ago"."""
    seconds = int((timezone.now() - moment).total_seconds())
    if seconds < HOUR:
        return f"{max(seconds // MINUTE, 0)} min ago"
    if seconds < DAY:
        return f"{seconds // HOUR} h ago"
    days = seconds // DAY
    return "yesterday" if days == 1 else f"{days:,} days ago"
