"""Who is missing among the people of an account, and when somebody last spoke with it: for a page of accounts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from crm.models import Activity, Company, Contact, JobTitle
from personas.rules.document import Document, Persona

TIER = "primary"
MINUTE, HOUR, DAY = 60, 3_600, 86_400


@dataclass(frozen=True)
class People:
    """Which of the personas we build for an account has; `known` is whether anybody can say."""

    known: bool = False
    wanted: int = 0
    missing: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Who is missing, or might be there, in words."""
        parts = [f"{', '.join(self.missing)} missing"] if self.missing else []
        parts += [f"{', '.join(self.perhaps)} perhaps"] if self.perhaps else []
        return "; ".join(parts)


def wanted_in(document: Document) -> tuple[Persona, ...]:
    """The personas we build for first."""
    return tuple(persona for persona in document.personas if persona.tier == TIER)


def people_of(companies: Sequence[Company], document: Document) -> Mapping[int, People]:
    """The people of these companies by id, in one query; in none where the rules want nobody."""
    wanted = wanted_in(document)
    if not wanted or not companies:
        return {}
    certain: dict[int, set[str]] = defaultdict(set)
    possible: dict[int, set[str]] = defaultdict(set)
    met: set[int] = set()
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
        elif matched:
            (certain if result == JobTitle.Result.MATCH else possible)[company].add(matched)
    return {
        company.pk: seen(wanted, certain[company.pk], possible[company.pk])
        if company.pk in met or company.people_researched_on
        else People(wanted=len(wanted))
        for company in companies
    }


def seen(wanted: Sequence[Persona], certain: set[str], possible: set[str]) -> People:
    """Which of the wanted are among those there for certain, those perhaps there, and neither."""
    absent = [persona for persona in wanted if persona.key not in certain]
    return People(
        known=True,
        wanted=len(wanted),
        missing=tuple(short(persona) for persona in absent if persona.key not in possible),
        perhaps=tuple(short(persona) for persona in absent if persona.key in possible),
    )


def short(persona: Persona) -> str:
    """The first word of a persona's name."""
    return (persona.name or persona.key).split()[0]


def with_last_activity(companies: QuerySet[Company], at: datetime) -> QuerySet[Company]:
    """Companies with the kind and moment of what was last done with them; what is still to be done does not count."""
    done = (
        Activity.objects.filter(company=OuterRef("pk"), happened_at__lte=at)
        .exclude(Q(kind=Activity.Kind.TASK) & Q(done_at=None))
        .order_by("-happened_at", "-pk")
    )
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
