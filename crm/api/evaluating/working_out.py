"""The work of what-if: here for what is quickly done, else in a process of its own."""

import time

from rest_framework import status
from rest_framework.exceptions import APIException

from personas.rules.apart import NoTurn, TimeIsUp, Trial, Tried, tried
from personas.rules.evaluate import Evaluator
from personas.rules.scoring import Scorer

from .asked import Asked, Rules

SECONDS = 10
SMALL = 256 * 1024
"""So many bytes of facts are scored in this process, by rules that have scored every account already."""


class TooSlow(APIException):
    """It took too long."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "too_slow"
    default_detail = f"This took more than {SECONDS} seconds. Send fewer rows at a time, or simpler rules."


class OthersFirst(APIException):
    """Enough of it is being worked out already."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "others_first"
    default_detail = "Other rules are being tried. Try again."
    wait = 5


def worked_out(found: Asked, rules: Rules) -> Tried:
    """The results of all rows. Raises RuleError for rules with faults, TooSlow, and OthersFirst."""
    if rules.ready is not None and found.size <= SMALL:
        return at_once(found, rules.ready)
    try:
        return tried(Trial(rules.document, found.rows, found.at, found.subject), seconds=SECONDS)
    except TimeIsUp:
        raise TooSlow from None
    except NoTurn:
        raise OthersFirst from None


def at_once(found: Asked, scorer: Scorer) -> Tried:
    """The same in this process, by rules that are ready."""
    end = time.monotonic() + SECONDS
    warnings: list[str] = []
    evaluator = Evaluator(scorer, warn=warnings.append, subject=found.subject)
    lines = []
    for row in found.rows:
        if time.monotonic() > end:
            raise TooSlow
        lines.append(evaluator.line(row) if isinstance(row, bytes) else evaluator.row(row))
    return Tried(lines, warnings)
