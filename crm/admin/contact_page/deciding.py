"""What a person decides about a contact, for this contact only: the persona, the buying roles, whether a champion."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, QueryDict
from django.urls import reverse

from crm.admin.active import ruleset_of
from crm.admin.history import who
from crm.admin.provenance import note_contact_edit
from crm.admin.scoped import visible
from crm.admin.working.people import role_name
from crm.buying_group import NOBODY, decided_roles, roles_text
from crm.history import BEFORE
from crm.history import change as change_rows
from crm.models import Contact
from crm.rescoring import rescore_after_commit
from personas.rules.document import Document
from personas.rules.parts import BUYING_ROLES

RECORDS = 200


class NotPossible(ValueError):
    """What was chosen cannot be; the message says what can."""


@dataclass(frozen=True)
class Chosen:
    """A value for the column, and what is said once it is stored; `{}` stands for the contact."""

    value: str | bool | None
    said: str


def persona_in(data: QueryDict, document: Document) -> Chosen:
    key = data.get("persona", "")
    names = {each.key: each.name or each.key for each in document.personas}
    if key and key not in names:
        raise NotPossible("Choose one of the personas in the rules.")
    return Chosen(key or None, f"{{}} is {names[key]} from now on." if key else "{} is what the title says.")


def roles_in(data: QueryDict, document: Document) -> Chosen:
    """The ticked roles; none of them where nothing is ticked; or what the persona says."""
    how, ticked = data.get("how", ""), data.getlist("role")
    if how == "persona":
        return Chosen(None, "The buying roles of {} are what the persona says.")
    if how not in ("these", NOBODY) or any(each not in BUYING_ROLES for each in ticked):
        raise NotPossible("Choose among the buying roles, or none of them.")
    text = roles_text([] if how == NOBODY else ticked)
    named = ", ".join(role_name(each).lower() for each in decided_roles(text) or ())
    return Chosen(text, f"{{}} is {named} from now on." if named else "{} has no buying role from now on.")


def champion_in(data: QueryDict, document: Document) -> Chosen:
    answers = {
        "yes": Chosen(True, "{} is a champion."),
        "no": Chosen(False, "{} is no champion."),
        "": Chosen(None, "Whether {} is a champion is not known."),
    }
    if data.get("champion", "") not in answers:
        raise NotPossible("Choose yes, no or not known.")
    return answers[data.get("champion", "")]


READERS: Mapping[str, Callable[[QueryDict, Document], Chosen]] = {
    "persona": persona_in,
    "roles": roles_in,
    "is_champion": champion_in,
}
"""What a form says, by the column that it is about."""

LABELS = {"persona": "the persona", "roles": "the buying roles", "is_champion": "whether this is a champion"}


def stored(contact: Contact, column: str) -> str:
    """The stored decision as a form sends it; empty where nobody decided."""
    value = getattr(contact, column)
    return "" if value is None else {True: "yes", False: "no"}.get(value, str(value))


def decide(page: Any, request: HttpRequest, pk: int, column: str) -> HttpResponse:
    """What a person chose for this contact is stored, or taken back, and its account scored again."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    contact = contact_of(page, request, pk)
    back = HttpResponseRedirect(page_of(contact, request.POST.get("from", "")))
    ruleset = ruleset_of(request)
    try:
        chosen = READERS[column](request.POST, ruleset.document() if ruleset else Document())
    except NotPossible as error:
        page.message_user(request, str(error), messages.ERROR)
        return back
    if chosen.value == getattr(contact, column):
        page.message_user(request, "Nothing changed.", messages.INFO)
    elif request.POST.get("was", "") != stored(contact, column) or not store(request, contact, column, chosen.value):
        said = f"Not saved: somebody else changed {LABELS[column]} meanwhile. Look at it again."
        page.message_user(request, said, messages.WARNING)
    else:
        page.message_user(request, chosen.said.replace("{}", contact.name), messages.SUCCESS)
    return back


def store(request: HttpRequest, contact: Contact, column: str, value: str | bool | None) -> bool:
    """Whether the contact had what it was looked at with, and has this value now."""
    rows = Contact.objects.filter(pk=contact.pk, **{column: getattr(contact, column)})
    with transaction.atomic():
        done = change_rows(rows, {column: value}, by=request.user if isinstance(request.user, User) else None)
        if done:
            setattr(contact, column, value)
            note_contact_edit(request, contact, [column])
        rescore_after_commit([contact.company_id])
    return done > 0


def contact_of(page: Any, request: HttpRequest, pk: int) -> Contact:
    """The contact, for who may edit it; raises Http404 where this person sees none."""
    found: Contact | None = visible(Contact, request).filter(pk=pk).select_related("title").first()
    if found is None:
        raise Http404("There is no such contact.")
    if not page.has_change_permission(request, found):
        raise PermissionDenied
    return found


def page_of(contact: Contact, came_from: str = "") -> str:
    """The page that the form stood on: that of the contact, or of the account."""
    if came_from == "company" and contact.company_id:
        return f"{reverse('admin:crm_company_change', args=[contact.company_id])}#person-{contact.pk}"
    return reverse("admin:crm_contact_change", args=[contact.pk])


def decided_by(contact: Contact) -> dict[str, str]:
    """By whom and when each decision on the contact was taken, in words; one query, none without a decision."""
    open_still = {column for column in READERS if getattr(contact, column) is not None}
    found = dict.fromkeys(open_still, "by a person")
    if not open_still:
        return found
    later: Any = None
    history: Any = Contact
    records = history.history.filter(id=contact.pk).select_related("history_user")
    for record in [*records.order_by("-history_date", "-history_id")[:RECORDS], None]:
        for column in tuple(open_still):
            if record is not None and getattr(record, column) == getattr(contact, column):
                continue
            open_still.discard(column)
            if later is not None and later.history_change_reason != BEFORE:
                found[column] = f"by {who(later.history_user)} on {later.history_date:%-d %b %Y}"
        later = record
    return found
