"""How old the scores in an answer are: for all accounts, for one, and in the headers of lists."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from crm.models import Fit
from crm.scoring.freshness import Freshness, freshness
from crm.scoring.waiting import STATES, is_scored, state_of, waits_since
from personas.models import Ruleset

KEPT_SECONDS = 2.0
"""For so long a process says the same of all accounts again; lists are asked for often."""


class Reason(serializers.Serializer[Any]):
    """Why scores wait."""

    code = serializers.CharField(help_text="A word for programs, such as no_worker, rollout or backlog.")
    sentence = serializers.CharField()


class ScoresFreshness(serializers.Serializer[Any]):
    """How old the stored scores of all accounts are. Every fact and rule in force at `as_of` is in them."""

    as_of = serializers.DateTimeField()
    lag_seconds = serializers.FloatField(help_text="How long the oldest change has waited; 0 when none waits.")
    ruleset = serializers.IntegerField(allow_null=True, help_text="The active ruleset; null before the first.")
    waiting = serializers.IntegerField(help_text="Accounts whose score is older than their facts, rules or clock.")
    failing = serializers.IntegerField(help_text="Those of them that could not be scored when last tried.")
    eta_seconds = serializers.FloatField(allow_null=True)
    reason = Reason(allow_null=True, help_text="Why they wait; null when none does.")


class AccountFreshness(serializers.Serializer[Any]):
    """How the stored result of one account, which lists and webhooks show, stands to what is known now."""

    as_of = serializers.DateTimeField(
        allow_null=True, help_text="All that was known then is in the stored result; null before the first."
    )
    state = serializers.ChoiceField(STATES)
    ruleset = serializers.IntegerField(allow_null=True, help_text="The ruleset that it was worked out by.")
    active_ruleset = serializers.IntegerField()
    seen_at = serializers.DateTimeField(allow_null=True, help_text="When it was last worked out.")
    stale_since = serializers.DateTimeField(allow_null=True, help_text="Since when a fact is not in it.")
    waiting_because = serializers.CharField(allow_null=True)
    lag_seconds = serializers.FloatField()


def said(found: Freshness) -> dict[str, Any]:
    """What everyone may know of how old the scores are: no names of people, no texts of rules."""
    return {
        "as_of": found.as_of,
        "lag_seconds": round(found.lag_seconds, 3),
        "ruleset": found.ruleset,
        "waiting": found.waiting,
        "failing": found.failing,
        "eta_seconds": None if found.eta_seconds is None else round(found.eta_seconds, 1),
        "reason": {"code": found.reason.code, "sentence": found.reason.sentence} if found.reason else None,
    }


def said_of(fit: Fit, ruleset: Ruleset, found: Freshness) -> dict[str, Any]:
    """How old the stored result of one account is, and why it waits, if it does."""
    state, text = state_of(fit, ruleset, found.at)
    since = waits_since(fit, ruleset, found.at)
    because = None
    if state == "up_to_date" and found.ripples_since:
        state, since = "waiting", found.ripples_since
        text = "Something that accounts share has changed; it is still followed to them"
    if state != "up_to_date":
        because = f"{text}. {found.reason.sentence}" if found.reason else f"{text}."
    if not is_scored(fit) and state != "failed":
        state = "never"
    as_of = since or found.at
    return {
        "as_of": as_of if is_scored(fit) else None,
        "state": state,
        "ruleset": fit.scored_ruleset or None,
        "active_ruleset": ruleset.number,
        "seen_at": fit.seen_at,
        "stale_since": fit.stale_since,
        "waiting_because": because,
        "lag_seconds": round(max(0.0, (found.at - as_of).total_seconds()), 3),
    }


@dataclass
class Remembered:
    """What was said last in this process, and until when it will do."""

    found: Freshness | None = None
    until: float = 0.0


remembered = Remembered()


def lately() -> Freshness:
    """How old the scores are, as read at most KEPT_SECONDS ago by this process."""
    if remembered.found is None or time.monotonic() >= remembered.until:
        remembered.found = freshness()
        remembered.until = time.monotonic() + KEPT_SECONDS
    return remembered.found


def forget() -> None:
    """The next answer reads it anew."""
    remembered.found = None


def with_freshness(response: Response, found: Freshness) -> Response:
    """`response`, whose headers say how old the scores in it are.

    To be given what was read before the scores, so that it never says too much.
    """
    response["Scores-As-Of"] = moment_text(found.as_of)
    response["Scores-Lag"] = f"{found.lag_seconds:.0f}"
    response["Scores-Waiting"] = str(found.waiting)
    if found.ruleset is not None:
        response["Scores-Ruleset"] = str(found.ruleset)
    return response


def moment_text(moment: datetime) -> str:
    """A moment as the JSON of the API has it."""
    return moment.isoformat().replace("+00:00", "Z")
