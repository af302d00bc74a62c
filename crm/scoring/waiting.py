"""Whether the stored result of one account says what facts, rules and clock would say now, and why not."""

from datetime import datetime

from crm.models import Fit
from crm.models.fit import ENGINE
from personas.models import Ruleset

STATES = ("up_to_date", "waiting", "failed", "never")


def is_scored(fit: Fit) -> bool:
    return fit.segment_status is not None


def state_of(fit: Fit, ruleset: Ruleset, at: datetime) -> tuple[str, str]:
    """How the stored result stands at `at`: up_to_date, waiting or failed, and the same in words."""
    if fails(fit, ruleset):
        return "failed", "Could not be scored"
    if fit.stale_since is not None:
        return "waiting", "Facts changed, waiting"
    if fit.scored_ruleset < ruleset.number or fit.scored_engine < ENGINE:
        return "waiting", "Rules changed, waiting"
    if fit.review_at is not None and fit.review_at <= at:
        return "waiting", "Time has passed, waiting"
    return "up_to_date", "Up to date"


def fails(fit: Fit, ruleset: Ruleset) -> bool:
    """Whether the last try failed, by these rules and with the facts as they are."""
    return fit.retry_at is not None and (fit.failed_ruleset is None or fit.failed_ruleset >= ruleset.number)


def waits_since(fit: Fit, ruleset: Ruleset, at: datetime) -> datetime | None:
    """Since when the stored result says less than is known; None where it says everything."""
    since = [fit.stale_since]
    if fit.scored_ruleset < ruleset.number:
        since.append(ruleset.published_at)
    if fit.review_at is not None and fit.review_at <= at:
        since.append(fit.review_at)
    if fit.scored_engine < ENGINE:
        since.append(fit.seen_at)
    return min((each for each in since if each), default=None)
