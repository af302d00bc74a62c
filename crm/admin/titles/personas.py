"""The pages of personas: all that is said of each, their titles, and the accounts where they are there or missing."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crm.admin.active import ruleset_of
from crm.admin.overview.blocks import Block
from crm.admin.overview.frame import companies_in, may_open, names_of
from crm.buying_group import MISSING, PRESENT, UNKNOWN
from crm.models import JobTitle, Survey
from crm.scoring.survey_spans import Found, share
from personas.admin.handbook import MAY_READ, portrait
from personas.models import Persona, Ruleset
from personas.rules.document import Document
from personas.rules.words import fold

from .pages import may_count, may_draft, show

View = Callable[..., HttpResponse]

SHOWN = 20
MOST = 2_000
"""Titles of a persona that are read for the counts by pattern, those with most contacts first."""

STATES = {PRESENT: "present", MISSING: "missing", UNKNOWN: "not known"}


def for_readers(view: View) -> Any:
    """A page of the admin for people who may read the handbook; 403 for others."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not any(request.user.has_perm(each) for each in MAY_READ):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return admin.site.admin_view(never_cache(checked))


@dataclass(frozen=True)
class TitleLine:
    """A title that stands for the persona, alone or with others; `contacts` is None where they are not told."""

    text: str
    contacts: int | None
    people: str
    certain: bool


@dataclass(frozen=True)
class PatternLine:
    """A pattern and how many titles and contacts it is the evidence for, among the titles that were read."""

    text: str
    titles: int
    contacts: int


@dataclass(frozen=True)
class Titles:
    """The titles of a persona. The numbers are over `read` titles, which are all of them unless `capped`."""

    lines: Sequence[TitleLine]
    patterns: Sequence[PatternLine]
    certain: int
    perhaps: int
    contacts: int
    contacts_perhaps: int
    uncounted: int
    capped: bool

    @property
    def read(self) -> int:
        return self.certain + self.perhaps

    @property
    def more(self) -> int:
        return self.read - len(self.lines)

    @property
    def met(self) -> list[PatternLine]:
        """The patterns that are the evidence for some title."""
        return [each for each in self.patterns if each.titles]

    @property
    def unmet(self) -> list[PatternLine]:
        return [each for each in self.patterns if not each.titles]


@dataclass(frozen=True)
class Presence:
    """One segment: in how many of its accounts the persona is there, missing, or not known."""

    segment: str
    accounts: int
    link: str
    states: tuple[tuple[str, int, int, str], ...]


@for_readers
@require_safe
def personas_page(request: HttpRequest) -> HttpResponse:
    """Whom we build for and sell to, tier by tier."""
    ruleset = ruleset_of(request)
    tiers = []
    if ruleset is not None:
        people = ruleset.document().personas
        tiers = [(tier.label, [portrait(each) for each in people if each.tier == tier.value]) for tier in Persona.Tier]
    context = {"ruleset": ruleset, "tiers": [(label, people) for label, people in tiers if people]}
    return show(request, "personas.html", "Personas", context)


@for_readers
@require_safe
def persona_page(request: HttpRequest, persona: str) -> HttpResponse:
    """All that is said of a persona, by the rules in force."""
    ruleset = ruleset_of(request)
    document = ruleset.document() if ruleset else Document()
    found = next((each for each in document.personas if each.key == persona), None)
    if ruleset is None or found is None:
        raise Http404("There is no such persona in the rules in force.")
    row = Persona.objects.filter(key=persona).values_list("pk", flat=True).first() if may_draft(request) else None
    counted = survey_of(request, ruleset)
    context = {
        "ruleset": ruleset,
        "portrait": portrait(found),
        "titles": titles_of(request, persona, found.titles),
        "wanted": wanted_in(document, persona),
        "edit": reverse("admin:personas_persona_change", args=[row]) if row else "",
        "gone": may_draft(request) and row is None,
        "segments": ranked(document, persona),
        "counted": counted,
        "presence": presence_of(document, persona, counted),
    }
    return show(request, "persona.html", found.name or found.key, context)


def titles_of(request: HttpRequest, key: str, patterns: Iterable[str]) -> Titles:
    """The titles that stand for a persona, those of most contacts first, and what its patterns bring."""
    told = may_count(request)
    rows: list[tuple[int, str, int | None, Any, str | None]] = []
    for result in (JobTitle.Result.MATCH, JobTitle.Result.AMBIGUOUS):
        titles = JobTitle.objects.filter(result=result, personas__persona=key)
        for known in (
            titles.exclude(contact_count=None).order_by("-contact_count", "pk"),
            titles.filter(contact_count=None),
        ):
            rows += known.values_list("pk", "text", "contact_count", "reading", "result")[: MOST + 1]
    rows.sort(key=lambda row: (-(row[2] or 0), row[2] is None, row[0]))
    capped = len(rows) > MOST
    rows = rows[:MOST]
    by_pattern: Counter[str] = Counter()
    met: Counter[str] = Counter()
    for _, _, contacts, reading, _ in rows:
        for each in (reading or {}).get("evidence") or ():
            if each["persona"] == key:
                by_pattern[fold(each["pattern"])] += contacts or 0
                met[fold(each["pattern"])] += 1
    found = [PatternLine(text, met[fold(text)], by_pattern[fold(text)]) for text in patterns]
    contacts_page = reverse("admin:crm_contact_changelist")
    sure = [row for row in rows if row[4] == JobTitle.Result.MATCH]
    unsure = [row for row in rows if row[4] == JobTitle.Result.AMBIGUOUS]
    return Titles(
        [
            TitleLine(text, contacts if told else None, f"{contacts_page}?title__id__exact={pk}", result == "match")
            for pk, text, contacts, _, result in rows[:SHOWN]
        ],
        sorted(found, key=lambda each: -each.contacts) if told else found,
        len(sure),
        len(unsure),
        sum(row[2] or 0 for row in sure),
        sum(row[2] or 0 for row in unsure),
        sum(row[2] is None for row in rows),
        capped,
    )


def wanted_in(document: Document, key: str) -> list[str]:
    """The segments that want this persona by name."""
    return [profile.name for profile in document.profiles if key in profile.wanted_personas]


def ranked(document: Document, key: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """For each segment the lists of accounts where the persona is there, and where it is missing."""
    return [
        (
            profile.name,
            [(word, companies_in(profile.key, persona=f"{key}:{state}")) for state, word in STATES.items()],
        )
        for profile in document.ranked()
    ]


def survey_of(request: HttpRequest, ruleset: Ruleset) -> Block | None:
    """The count of personas over all accounts; None for people who may not know."""
    if not may_open(request):
        return None
    survey = Survey.objects.defer("progress").filter(subject=Survey.Subject.PERSONAS).first()
    subject = Survey.Subject.PERSONAS.value
    return Block(subject, survey or Survey(subject=subject), timezone.now(), ruleset.number)


def presence_of(document: Document, key: str, block: Block | None) -> list[Presence]:
    """The segments in which the survey looked for this persona."""
    found: Found = (block.found if block else None) or {"segments": []}
    names = names_of(document)
    out = []
    for row in found["segments"]:
        for each in row["personas"]:
            if each["persona"] == key:
                segment, accounts = row["segment"], row["accounts"]
                out.append(
                    Presence(
                        names.get(segment, segment),
                        accounts,
                        companies_in(segment),
                        states(each, segment, key, accounts),
                    )
                )
    return out


def states(found: Mapping[str, Any], segment: str, key: str, accounts: int) -> tuple[tuple[str, int, int, str], ...]:
    """Each state with its number, its share, and the list of the accounts where there is one."""
    return tuple(
        (
            word,
            found.get(state, 0),
            share(found.get(state, 0), accounts),
            companies_in(segment, persona=f"{key}:{state}"),
        )
        for state, word in STATES.items()
    )
