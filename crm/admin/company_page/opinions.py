"""Agreeing or disagreeing with a line of the receipt, or with the segment; kept for those who make the rules."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextareaWidget

from crm.admin.active import ruleset_of
from crm.models import Company, Opinion
from crm.scoring.explain import Receipt, explain
from crm.scoring.failures import FAULTS

from .account import account_of, alone, back_to, by_htmx

TEMPLATE = "crm/company_page/say.html"
MOST_REASON = 2000


@dataclass(frozen=True)
class Said:
    """What people think of one line; `on` is PROFILE|PATH, and | is the segment as a whole."""

    on: str
    mine: Opinion | None = None
    others: tuple[Opinion, ...] = ()

    @property
    def place(self) -> str:
        """The id of its place on the page."""
        return f"say-{hashlib.sha256(self.on.encode()).hexdigest()[:10]}"


@dataclass(frozen=True)
class Opinions:
    """What people think of the lines of one account."""

    by_line: Mapping[str, Said]

    def on(self, profile: str = "", line: str = "") -> Said:
        """What is thought of this line; of the segment as a whole without one."""
        key = f"{profile}|{line}"
        return self.by_line.get(key, Said(key))


def opinions_of(request: HttpRequest, company: Company) -> Opinions:
    """What is thought of this account and not settled yet, in one query; nothing for who may not know."""
    if not (request.user.has_perm("crm.view_opinion") or request.user.has_perm("crm.add_opinion")):
        return Opinions({})
    rows = company.opinions.filter(settled_at=None).select_related("author").order_by("created_at", "pk")
    return Opinions(grouped(rows, request.user.pk))


def grouped(rows: Iterable[Opinion], person: int | None) -> dict[str, Said]:
    """Opinions by line, with this person's own apart."""
    found: dict[str, Said] = {}
    for row in rows:
        on = f"{row.profile}|{row.line}"
        said = found.get(on, Said(on))
        found[on] = Said(on, row, said.others) if row.author_id == person else Said(on, said.mine, (*said.others, row))
    return found


class ReasonForm(forms.Form):
    """Why somebody disagrees."""

    reason = forms.CharField(
        label="What is wrong with it?",
        max_length=MOST_REASON,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        error_messages={"required": "Say why: those who make the rules read it."},
    )


def opinion(page: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """The buttons of one line, or the form that asks why; posted, this person's opinion is kept, changed or gone."""
    company = account_of(page, request, pk, edit=False)
    if not request.user.has_perm("crm.add_opinion"):
        raise PermissionDenied
    if request.method not in ("GET", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    sent = request.POST if request.method == "POST" else request.GET
    on, says = sent.get("on", ""), sent.get("says", "")
    answer = answer_on(request, company, on)
    if answer is None:
        raise Http404("There is no such line.")
    if request.method == "GET":
        return part(page, request, company, on, ReasonForm(auto_id=False) if says == "disagree" else None)
    if says not in ("agree", "disagree", "withdraw"):
        raise Http404("There is no such opinion.")
    form = ReasonForm(request.POST, auto_id=False)
    if says == "disagree" and not form.is_valid():
        return part(page, request, company, on, form)
    keep(request, company, on, says, answer, form.cleaned_data["reason"] if says == "disagree" else "")
    if by_htmx(request):
        return part(page, request, company, on, None, focus=says)
    words = {"agree": "You agree.", "disagree": "You disagree; the reason is kept.", "withdraw": "Withdrawn."}
    page.message_user(request, words[says], messages.SUCCESS)
    return back_to(company)


def keep(request: HttpRequest, company: Company, on: str, says: str, answer: str, reason: str) -> None:
    """This person's open opinion on the line is the one given, or gone."""
    ruleset = ruleset_of(request)
    profile, _, line = on.partition("|")
    which: dict[str, Any] = {
        "company": company,
        "profile": profile,
        "line": line,
        "author_id": request.user.pk,
        "settled_at": None,
    }
    if says == "withdraw" or ruleset is None:
        Opinion.objects.filter(**which).delete()
        return
    given: dict[str, Any] = {
        "agrees": says == "agree",
        "reason": reason,
        "answer": answer[:80],
        "ruleset": ruleset.number,
        "created_at": timezone.now(),
    }
    Opinion.objects.update_or_create(**which, defaults=given)


def answer_on(request: HttpRequest, company: Company, on: str) -> str | None:
    """What the result says on this line now; None where there is no such line."""
    ruleset = ruleset_of(request)
    if ruleset is None or "|" not in on:
        return None
    try:
        receipt = explain(company, at=timezone.now(), ruleset=ruleset)
    except FAULTS:
        return None
    if on == "|":
        segment = receipt.segment
        return segment.key or ("undecided" if segment.status == "undecided" else "none")
    return answers_of(receipt).get(on)


def answers_of(receipt: Receipt) -> dict[str, str]:
    """The answer of every line, by PROFILE|PATH."""
    return {
        f"{profile.key}|{line.path}": line.answer.word
        for profile in receipt.profiles
        for group in profile.groups
        for line in group.lines
    }


def part(
    page: Any, request: HttpRequest, company: Company, on: str, form: ReasonForm | None, *, focus: str = ""
) -> HttpResponse:
    profile, _, line = on.partition("|")
    said = opinions_of(request, company).on(profile, line)
    context = {"said": said, "form": form, "may_say": True, "focus": focus}
    return alone(page, request, company, TEMPLATE, f"What you think of {company}", context)
