"""Which rules are asked for: those in force, an older ruleset, or the draft."""

from dataclasses import dataclass

from django.http import Http404
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from crm.api.problems import Conflict
from crm.models.visibility import Person
from personas.api.parameters import WrongParameter
from personas.editing.publication import read_draft
from personas.models import Ruleset
from personas.publishing import NoRuleset, active_ruleset
from personas.rules.document import Document

PARAMETER = "ruleset"
ACTIVE, DRAFT = "active", "draft"
MAY_DRAFT, MAY_PUBLISH = "personas.change_profile", "personas.publish_ruleset"
GREATEST = 2**31 - 1


@dataclass(frozen=True)
class Rules:
    """One whole set of rules; `number` is None for the draft."""

    document: Document
    number: int | None


def rules_asked(request: Request) -> Rules:
    """The rules that `?ruleset=` names: those in force unless it does. Raises Http404 before the first publication."""
    said = request.query_params.get(PARAMETER, ACTIVE)
    if said == DRAFT:
        return Rules(draft_for(request), None)
    number = number_of(said)
    if said != ACTIVE and number is None:
        raise WrongParameter({PARAMETER: [f"Write {ACTIVE}, {DRAFT}, or the number of a ruleset."]})
    found = Ruleset.objects.active() if number is None else Ruleset.objects.filter(number=number)
    ruleset = found.first()
    if ruleset is None and number is not None:
        raise WrongParameter({PARAMETER: [f"There is no ruleset {number}."]})
    if ruleset is None:
        raise Http404
    return Rules(ruleset.document(), ruleset.number)


def rules_in_force() -> Ruleset:
    """The active ruleset; raises Conflict before the first publication."""
    try:
        return active_ruleset()
    except NoRuleset:
        raise Conflict("No rules were published yet, so there is nothing to score by.") from None


def number_of(text: str) -> int | None:
    """The number that is spelt; None for what is no number of a ruleset."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        return None
    return int(text) if 0 < int(text) <= GREATEST else None


def draft_for(request: Request) -> Document:
    """The draft. Raises PermissionDenied for who may neither edit nor publish it, and Conflict while it has faults."""
    require_draft(request.user)
    draft = read_draft()
    if draft.document is None:
        raise Conflict("The draft has faults. " + " ".join(f"{fault}." for fault in draft.faults[:20]))
    return draft.document


def require_draft(user: Person) -> None:
    """Raises PermissionDenied for somebody who may not see the draft, as the admin has it."""
    if not (may(user, MAY_DRAFT) or may(user, MAY_PUBLISH)):
        raise PermissionDenied(f"The draft needs the permission {MAY_DRAFT} or {MAY_PUBLISH}.")


def may(user: Person, permission: str) -> bool:
    return bool(user.has_perm(permission))  # type: ignore[union-attr]
