"""The stamp on the fit card: of when the stored result is, and why it waits, if it does."""

from dataclasses import dataclass
from datetime import datetime

from crm.models import Company, Fit
from crm.models.fit import ENGINE
from crm.scoring.freshness import Freshness
from crm.scoring.reasons import clock, span
from crm.scoring.waiting import fails, state_of
from personas.models import Ruleset

from .freshness import told


@dataclass(frozen=True)
class Stamp:
    """How old the result is that lists and other programs show. `state` is up_to_date, waiting, failed or never."""

    state: str
    icon: str
    headline: str
    lines: tuple[str, ...]


def stamp_of(company: Company, ruleset: Ruleset, found: Freshness) -> Stamp:
    """The stamp of a saved company."""
    fit = Fit.objects.filter(pk=company.pk).first()
    at = found.at
    if fit is None:
        return Stamp("never", "hourglass_empty", "Lists do not show the fit of this account yet.", (why(found),))
    state, _ = state_of(fit, ruleset, at)
    if state == "up_to_date" and found.ripples_since:
        headline = "Lists show the same, unless this account is concerned by a change that is still followed."
        ago = span(max(0.0, (at - found.ripples_since).total_seconds()))
        changed = f"Something that accounts share has changed since {clock(found.ripples_since, at)}, {ago} ago."
        return Stamp("waiting", "hourglass_empty", headline, (changed, why(found)))
    if state == "up_to_date":
        seen = f"Scored {clock(fit.seen_at, at)}; no fact changed since." if fit.seen_at else "No fact changed since."
        return Stamp(state, "check", f"Lists show the same, up to date as of {clock(at, at)}.", (seen,))
    if fit.segment_status is None:
        headline, state = "Lists do not show the fit of this account yet.", "failed" if state == "failed" else "never"
    elif fit.seen_at:
        headline = f"Lists show an older result, of {clock(fit.seen_at, at)}."
    else:
        headline = "Lists show an older result."
    lines = [since(fit, ruleset, at)]
    if fails(fit, ruleset):
        lines.append(failure(fit, at))
        return Stamp(state, "error", headline, tuple(line for line in lines if line))
    return Stamp(state, "hourglass_empty", headline, tuple(line for line in (*lines, why(found)) if line))


def since(fit: Fit, ruleset: Ruleset, at: datetime) -> str:
    """What happened that the stored result has not seen, and how long ago."""
    if fit.stale_since:
        what = "The account has waited to be scored" if fit.segment_status is None else "Facts have changed"
        ago = span(max(0.0, (at - fit.stale_since).total_seconds()))
        return f"{what} since {clock(fit.stale_since, at)}, {ago} ago."
    if fit.scored_ruleset < ruleset.number:
        return (
            f"It was worked out by ruleset {fit.scored_ruleset}; "
            f"ruleset {ruleset.number} was published {clock(ruleset.published_at, at)}."
        )
    if fit.scored_engine < ENGINE:
        return "It was worked out before the program was upgraded."
    if fit.review_at and fit.review_at <= at:
        return f"Time alone may have changed it since {clock(fit.review_at, at)}."
    return ""


def why(found: Freshness) -> str:
    """Why it waits."""
    if found.reason is None:
        return "It is about to be scored."
    return f"Why it waits: {told(found.reason)}"


def failure(fit: Fit, at: datetime) -> str:
    """Why the last try failed, and when the next one comes."""
    times = "once" if fit.failures == 1 else f"{fit.failures:,} times"
    next_try = "at once"
    if fit.retry_at and fit.retry_at > at:
        next_try = f"{clock(fit.retry_at, at)}, in {span((fit.retry_at - at).total_seconds())}"
    said = (fit.failure or "no reason is known").rstrip(".")
    return (
        f"It could not be scored, tried {times}: {said}. Next try {next_try}, or as soon as a fact or the rules change."
    )
