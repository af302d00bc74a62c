"""What a call asks for: whose facts, by which rules, on which day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from crm.api.permissions import require_scope
from crm.api.rules.which import ACTIVE, DRAFT, draft_for, number_of, rules_in_force
from crm.scoring.contacts import contact_scorer_for
from crm.scoring.drain import scorer_for
from personas.api.parameters import WrongParameter, refuse_unknown, strangers
from personas.models import Ruleset
from personas.rules.document import to_json
from personas.rules.facts import InvalidValue, read_date
from personas.rules.parts import SUBJECTS, Subject
from personas.rules.scoring import Scorer

PARAMETERS = ("ruleset", "at", "subject")
MEMBERS = ("facts", "rows", "document", *PARAMETERS)

MOST_ROWS = 1_000
MOST_TEXT = 1_000_000


@dataclass(frozen=True)
class Asked:
    """A call in plain terms. `ruleset` is a number, active or draft; `document` posted rules, which go before it.

    `rows` are JSON values, or lines that nobody has read yet; `size` is how many bytes they came in.
    """

    rows: Sequence[object]
    ruleset: str | int
    document: object
    at: date
    subject: Subject
    size: int


def asked(request: Request) -> Asked:
    """What the call asks for; raises ValidationError with every member that cannot be taken."""
    data: Any = request.data
    if isinstance(data, tuple):
        refuse_unknown(request, PARAMETERS)
        said: dict[str, Any] = {name: request.query_params[name] for name in PARAMETERS if name in request.query_params}
        try:
            return read(said, data, size_of(request))
        except ValidationError as error:
            if isinstance(error.detail, dict) and not set(error.detail) <= set(PARAMETERS):
                raise
            raise WrongParameter(error.detail) from None
    refuse_unknown(request, ())
    if not isinstance(data, Mapping):
        raise ValidationError('Write an object like {"facts": {…}} or {"rows": [{"id": …, "facts": {…}}]}.')
    wrong = strangers(data, MEMBERS, "There is no such member.")
    if wrong:
        raise ValidationError(wrong)
    return read(data, rows_of(data), size_of(request))


def rows_of(data: Mapping[str, Any]) -> Sequence[object]:
    """The rows of a body in JSON."""
    if ("facts" in data) == ("rows" in data):
        raise ValidationError("Give either facts, or rows of facts.")
    if "facts" in data:
        if not isinstance(data["facts"], dict):
            raise ValidationError({"facts": ["is not an object of facts and values"]})
        return [{"facts": data["facts"]}]
    if not isinstance(data["rows"], list):
        raise ValidationError({"rows": ["is not a list"]})
    return data["rows"]


def size_of(request: Request) -> int:
    return int(getattr(request, "body_size", 0))


def read(said: Mapping[str, Any], rows: Sequence[object], size: int) -> Asked:
    wrong: dict[str, list[str]] = {}
    if len(rows) > MOST_ROWS:
        wrong["rows"] = [f"There are {len(rows):,} rows; {MOST_ROWS:,} is the most. Send them in parts."]
    subject: Any = said.get("subject", "company")
    if subject not in SUBJECTS:
        wrong["subject"] = [f"Write one of: {', '.join(SUBJECTS)}."]
    at = datetime.now(UTC).date()
    if said.get("at") is not None:
        try:
            at = read_date(said["at"])
        except InvalidValue as error:
            wrong["at"] = [f"It {error}."]
    document, ruleset = said.get("document"), ruleset_named(said.get("ruleset"))
    if not isinstance(document, str | Mapping | None):
        wrong["document"] = ["is neither an object nor text"]
    if isinstance(document, str) and len(document) > MOST_TEXT:
        wrong["document"] = [f"is longer than {MOST_TEXT:,} characters"]
    if document is not None and said.get("ruleset") is not None:
        wrong["ruleset"] = ["Give either a ruleset or a document."]
    if ruleset is None:
        wrong["ruleset"] = ["Write active, draft, or the number of a ruleset."]
    if wrong or ruleset is None:
        raise ValidationError(wrong)
    return Asked(rows, ruleset, document, at, subject, size)


def ruleset_named(said: object) -> str | int | None:
    """The ruleset that is meant: active, draft, or a number; None for anything else."""
    if said is None or said in (ACTIVE, DRAFT):
        return str(said or ACTIVE)
    return number_of(str(said)) if isinstance(said, str | int) and not isinstance(said, bool) else None


# The rules


@dataclass(frozen=True)
class Rules:
    """The rules to go by: as text or as they were posted, and made ready where this process has them at hand.

    `ruleset` is the number of those that were published.
    """

    document: object
    ruleset: int | None = None
    ready: Scorer | None = None


def rules(request: Request, found: Asked) -> Rules:
    """The rules that are asked for."""
    if found.document is not None:
        return Rules(found.document)
    if found.ruleset == DRAFT:
        # What the draft says is not told by its results either.
        require_scope(request, "rules:read")
        return Rules(to_json(draft_for(request)))
    ruleset = published(found.ruleset)
    ready = contact_scorer_for if found.subject == "contact" else scorer_for
    is_at_hand = ruleset.active and found.at == datetime.now(UTC).date()
    return Rules(ruleset.text, ruleset.number, ready(ruleset, found.at) if is_at_hand else None)


def published(named: str | int) -> Ruleset:
    """A ruleset that was published; raises ValidationError where there is none with the number."""
    try:
        return rules_in_force() if named == ACTIVE else Ruleset.objects.get(number=named)
    except Ruleset.DoesNotExist:
        raise ValidationError({"ruleset": [f"There is no ruleset {named}."]}) from None
