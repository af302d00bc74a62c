"""The fit of one company as a row of a list shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import Max
from django.utils import timezone

from crm.models import Company, Fit, FitChange
from crm.models.fit import ENGINE
from crm.ranking import reasons_for
from crm.scoring.drain import scorer_for
from crm.scoring.explain import AskFirst, ask_first
from crm.scoring.packing import Packing
from crm.scoring.waiting import is_scored, state_of
from personas.models import Ruleset
from personas.rules.results import Result
from personas.rules.scoring import Scorer

from .standing import UNSCORED, Points, Standing, points_of, standing


@dataclass(frozen=True)
class FitLine:
    """Segment, points, reason and first question of one company; `changed` is when the result last moved.

    `fresh` is up_to_date, waiting, failed or never; `fresh_text` says it.
    """

    standing: Standing = UNSCORED
    points: Points | None = None
    why: str = ""
    ask: AskFirst | None = None
    fresh: str = "never"
    fresh_text: str = "Not scored yet"
    changed: datetime | None = None


NEVER = FitLine()


def fit_lines(companies: Sequence[Company], ruleset: Ruleset | None) -> Mapping[int, FitLine]:
    """The lines of these companies by id, in a fixed number of queries; the companies come with their fit."""
    if ruleset is None or not companies:
        return {}
    at = timezone.now()
    scorer = scorer_for(ruleset, at.date())
    fits = {company.pk: fit for company in companies if (fit := getattr(company, "fit", None)) and is_scored(fit)}
    current = [fit for fit in fits.values() if is_readable(fit, ruleset)]
    reasons = reasons_for(current, scorer)
    changed = dict(
        FitChange.objects.filter(company__in=list(fits)).order_by().values_list("company").annotate(at=Max("at"))
    )
    results = {fit.company_id: result_of(scorer, fit.cells or "") for fit in current}
    return {
        pk: fit_line(fit, ruleset, reasons.get(pk, ""), results.get(pk), changed.get(pk), at)
        for pk, fit in fits.items()
    }


def is_readable(fit: Fit, ruleset: Ruleset) -> bool:
    """Whether its cells can be read by the active ruleset, which is so when that one has made them."""
    return fit.cells is not None and fit.scored_ruleset == ruleset.number and fit.scored_engine == ENGINE


def fit_line(
    fit: Fit, ruleset: Ruleset, why: str, result: Result | None, changed: datetime | None, at: datetime
) -> FitLine:
    """The line of one company that was scored; `result` None where other rules have scored it."""
    document = ruleset.document()
    profile = next((each for each in document.profiles if each.key == fit.headline), None)
    fresh, fresh_text = state_of(fit, ruleset, at)
    return FitLine(
        standing=standing(
            document,
            status=fit.segment_status,
            segment=fit.segment,
            possible=fit.possible.split(",") if fit.possible else (),
            effective=fit.effective_segment,
            effective_status=fit.effective_status,
        ),
        points=points_of(fit.low, fit.high, profile),
        why=why,
        ask=next(ask_first(document, result), None) if result else None,
        fresh=fresh,
        fresh_text=fresh_text,
        changed=changed,
    )


@lru_cache(maxsize=1_024)
def result_of(scorer: Scorer, cells: str) -> Result:
    """The result that stored cells stand for; many accounts share the same."""
    return scorer.score(Packing(scorer).cells(cells))
