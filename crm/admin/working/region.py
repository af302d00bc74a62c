"""The part of an account's page that is shown anew after something was written down."""

from typing import Any

from django.http import HttpRequest

from crm.admin.scoped import may_edit
from crm.models import Activity, Company
from personas.models import Ruleset

from .tasks import to_do
from .timeline import timeline

KINDS = (
    (Activity.Kind.NOTE, "Note", "edit_note"),
    (Activity.Kind.CALL, "Call", "call"),
    (Activity.Kind.EMAIL, "E-mail", "mail"),
    (Activity.Kind.MEETING, "Meeting", "groups"),
    (Activity.Kind.TASK, "Task", "add_task"),
)


def region(
    request: HttpRequest, company: Company, ruleset: Ruleset | None, *, only: str = "", before: str = ""
) -> dict[str, Any]:
    """The account with what is still to do and what happened."""
    return {
        "company": company,
        "may_log": may_log(request, company),
        "kinds": KINDS,
        "tasks": to_do(request, company),
        "timeline": timeline(request, company, ruleset, only=only, before=before),
    }


def may_log(request: HttpRequest, company: Company) -> bool:
    """Whether this person may write down what was done with the account."""
    return request.user.has_perm("crm.add_activity") and may_edit(request, company)
