"""The accounts to talk to first, and the reason in one line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from crm.models import Fit
from crm.scoring.drain import scorer_for
from crm.scoring.known import Stated, known_facts_of
from crm.scoring.packing import Packing
from personas.models import Ruleset
from personas.rules.conditions import comparisons
from personas.rules.results import Result, points_number
from personas.rules.scoring import Scorer
from personas.rules.text import value_text
from personas.rules.truth import NO, OPEN, YES


@dataclass(frozen=True)
class Ranked:
    """One account of the list, in words."""

    company_id: int
    name: str
    domain: str
    segment: str
    points: str
    why: str


def ranked(ruleset: Ruleset, limit: int) -> list[Ranked]:
    """The best accounts of the last scoring, settled segments before provisional ones."""
    fits = (
        Fit.objects.filter(scored_ruleset=ruleset.number, cells__isnull=False)
        .best_first()
        .select_related("company")[:limit]
    )
    scorer = scorer_for(ruleset, timezone.now().date())
    reasons = reasons_for(list(fits), scorer)
    names = {profile.key: profile.name for profile in scorer.document.profiles}
    return [
        Ranked(
            fit.company_id,
            fit.company.name,
            fit.company.domain or "",
            segment_text(fit, names),
            interval_text(fit.low, fit.high),
            reasons[fit.company_id],
        )
        for fit in fits
    ]


def reasons_for(fits: Sequence[Fit], scorer: Scorer) -> dict[int, str]:
    """For each company, in one line: the facts behind the musts that hold, then what is open or missed."""
    known = known_facts_of([fit.company_id for fit in fits], scorer)
    packing = Packing(scorer)
    out = {}
    for fit in fits:
        result = scorer.score(packing.cells(fit.cells)) if fit.cells else None
        out[fit.company_id] = reason(result, fit.headline, scorer, known[fit.company_id]) if result else ""
    return out


def interval_text(low: int | None, high: int | None) -> str:
    """Points, given in hundredths, as one number or an interval."""
    if low is None:
        return "–"
    return f"{points_number(low)}" if low == high else f"{points_number(low)}–{points_number(high)}"


def segment_text(fit: Fit, names: Mapping[str, str]) -> str:
    """The segment in words; a question mark where it is provisional."""
    if fit.segment:
        mark = "?" if fit.segment_status == Fit.Status.UNDECIDED else ""
        return f"{names.get(fit.segment, fit.segment)}{mark}"
    return "Undecided" if fit.segment_status == Fit.Status.UNDECIDED else "None"


def reason(result: Result, headline: str | None, scorer: Scorer, known: Mapping[str, Stated]) -> str:
    """Why, in one line: what is known behind the musts that hold, then the musts still open and those missed."""
    profile = next((each for each in scorer.document.profiles if each.key == headline), None)
    if profile is None:
        return ""
    answers = result.profiles[profile.key].must
    facts = dict.fromkeys(
        each.fact for line in profile.must if answers[line.key] is YES for each in comparisons(line.when)
    )
    parts = [short(known[fact]) for fact in facts if known[fact].counted is not None]
    for answer, word in ((OPEN, "open"), (NO, "not")):
        lines = [line.label for line in profile.must if answers[line.key] is answer]
        if lines:
            parts.append(f"{word}: {', '.join(lines)}")
    return " · ".join(parts)


def short(stated: Stated) -> str:
    """A value in few words; yes and no with what they answer."""
    value = value_text(stated.fact, stated.shown)
    return f"{stated.fact.label}: {value}" if isinstance(stated.value, bool) else value
