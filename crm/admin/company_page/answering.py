"""Answering a question about an account, or mending what is known, where one reads it."""

import json
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from django.utils.html import format_html_join

from crm.admin.fit_card import FitCard
from crm.admin.history import who
from crm.admin.remembering import remembered
from crm.models import Company, FactSource, Investor, Term
from crm.names import name_key
from crm.rescoring import rescore_now
from crm.scoring.drain import scorer_for
from crm.scoring.known import Stated, known_facts
from crm.stating import can_be_stated, state
from personas.models import Ruleset
from personas.rules.facts import Fact, InvalidValue, Kind
from personas.rules.text import value_text

from .account import account_of, alone, back_to, by_htmx, fact_of
from .answer_form import AnswerForm
from .card import card_of, card_parts

NAMES_OFFERED = 8
TEMPLATE = "crm/company_page/answer_form.html"


@dataclass(frozen=True)
class Told:
    """What an answer did, in a sentence; `certain` when lists show it too."""

    text: str
    certain: bool


def answer(page: Any, request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """The form that asks for one fact; posted, the fact is kept and the account is scored at once."""
    company = account_of(page, request, pk, edit=True)
    found = fact_of(request, key)
    if found is None or not can_be_stated(found[1]):
        raise Http404("There is no such fact to answer.")
    ruleset, fact = found
    if request.method == "GET":
        return form_part(page, request, company, form_for(request, company, ruleset, fact))
    if request.method != "POST":
        return HttpResponseNotAllowed(["GET", "POST"])
    forget = "unknown" in request.POST
    form = form_for(request, company, ruleset, fact)
    if not forget and not form.is_valid():
        return form_part(page, request, company, form)
    before = card_of(company, ruleset)
    was = remembered(page, request, company)
    try:
        meanwhile = keep(request, company, ruleset, form, forget=forget)
    except InvalidValue as error:
        form.add_error("value", f"{fact.label} {error}.")
        return form_part(page, request, company, form)
    if meanwhile is not None:
        return form_part(page, request, company, meanwhile)
    fresh = rescore_now(company.pk)
    company = page.get_object(request, str(pk))
    after = card_of(company, ruleset)
    told = tell(fact, company, ruleset, before, after, fresh=fresh)
    if not by_htmx(request):
        page.message_user(request, told.text, messages.SUCCESS if told.certain else messages.WARNING)
        return back_to(company)
    response = card_parts(page, request, company, ruleset, said=told.text, focus=focus_of(form))
    response["HX-Trigger-After-Settle"] = json.dumps({"icp:stated": moved(was, remembered(page, request, company))})
    return response


def keep(
    request: HttpRequest, company: Company, ruleset: Ruleset, form: AnswerForm, *, forget: bool
) -> AnswerForm | None:
    """None once the fact is as the form says; where somebody else stated it since the form was shown, a form again.

    Raises InvalidValue for what the fact cannot be.
    """
    with transaction.atomic():
        # Whoever states a fact of the account waits here for the other.
        Company.objects.select_for_update(of=("self",)).get(pk=company.pk)
        again = form_for(request, company, ruleset, form.fact, emptied=forget)
        if not form.has_seen(again.present):
            again.meanwhile = stated_meanwhile(company, again)
            return again
        state(
            company.pk,
            form.fact,
            None if forget else form.statement(),
            by=request.user if isinstance(request.user, User) else None,
            source="" if forget else form.cleaned_data["source"],
            on=timezone.now().date() if forget else form.cleaned_data["on"],
        )
    return None


def stated_meanwhile(company: Company, form: AnswerForm) -> str:
    """Who saved what in place of what the form was made from."""
    row = FactSource.objects.filter(company=company, fact=form.fact.key).select_related("person").first()
    somebody = who(row.person) if row and row.person else "An import or another program" if row else "Somebody"
    present = form.present
    value = value_text(present.fact, present.shown) if present and present.shown is not None else "not known"
    source = f" ({present.source})" if present and present.source else ""
    return (
        f"{somebody} saved this after you opened it: {value}{source}. Yours is not saved. "
        "Save once more to overwrite theirs."
    )


def form_for(
    request: HttpRequest, company: Company, ruleset: Ruleset, fact: Fact, *, emptied: bool = False
) -> AnswerForm:
    """The form for this fact, with what is known of it, and with what was posted unless it was `emptied`."""
    at = timezone.now()
    present = known_facts(company.pk, scorer_for(ruleset, at.date())).get(fact.key)
    asked = request.POST if request.method == "POST" else request.GET
    place = "mend" if asked.get("place") == "mend" else "ask"
    return AnswerForm(
        fact,
        today=at.date(),
        present=present or Stated(fact, None),
        place=place,
        data=request.POST if request.method == "POST" and not emptied else None,
    )


def form_part(page: Any, request: HttpRequest, company: Company, form: AnswerForm) -> HttpResponse:
    """The form by itself; with faults it takes the place of the one that was sent."""
    context = {"form": form, "fact": form.fact, "may_answer": True}
    response = alone(page, request, company, TEMPLATE, f"{form.fact.label} of {company}", context)
    if request.method == "POST" and by_htmx(request):
        response["HX-Retarget"] = f"#{form.place}-{form.fact.key}"
        response["HX-Reswap"] = "outerHTML"
    return response


def focus_of(form: AnswerForm) -> str:
    """Where the keyboard goes on: to the next question, or to the line that was mended."""
    return "ask" if form.place == "ask" else form.fact.key


def moved(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The fields of the page's own form that are now otherwise: how each looks, and what it was built from."""
    return {
        name: {"value": value["value"], "mark": value["mark"]}
        for name, value in after.items()
        if before.get(name, {}).get("mark") != value["mark"]
    }


def tell(
    fact: Fact, company: Company, ruleset: Ruleset, before: FitCard | None, after: FitCard | None, *, fresh: bool
) -> Told:
    """What is known now, and what it did to segment and points."""
    present = after.receipt.known.get(fact.key) if after else None
    if present is None:
        text = f"{fact.label} is saved."
    else:
        text = f"{fact.label} is {value_text(present.fact, present.shown)} now"
    if after is None:
        return Told(f"{text} It is kept, but this account cannot be worked out by the rules as they are.", False)
    moves = [] if before is None else list(changes(before, after))
    if moves:
        text = f"{text.removesuffix('.')}: {', '.join(moves)}."
    else:
        head = after.headline
        points = f", {head.points.text} points" if head and head.points.known else ""
        text = f"{text.removesuffix('.')}. Segment and points stay: {standing_of(after)}{points}."
    if present is not None and present.stale:
        text += " The day you gave is too long ago, so it counts as unknown."
    if not fresh:
        text += " It is kept; lists show it as soon as the account can be scored, which is tried again by itself."
    return Told(text, fresh)


def changes(before: FitCard, after: FitCard) -> Any:
    """Segment and points before and after, where they differ."""
    if standing_of(before) != standing_of(after):
        yield f"{standing_of(before)} → {standing_of(after)}"
    old, new = before.headline, after.headline
    if old is None or new is None or not new.points.known:
        return
    was = old.points.text if old.points.known else "no number"
    if old.receipt.key != new.receipt.key:
        yield f"{was} for {old.receipt.name} → {new.points.text} points for {new.receipt.name}"
    elif was != new.points.text:
        yield f"{was} → {new.points.text} points"


def standing_of(card: FitCard) -> str:
    """The computed segment in words."""
    segment = card.receipt.segment
    name = card.receipt.names.get
    if segment.status == "settled":
        return name(segment.key or "", segment.key or "")
    if segment.status == "none":
        return "In no segment"
    if segment.provisional:
        return f"{name(segment.provisional, segment.provisional)}, provisional"
    return "Undecided"


def names(page: Any, request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Known names of a set that begin as what was typed last, to choose from."""
    account_of(page, request, pk, edit=True)
    found = fact_of(request, key)
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    if found is None or found[1].kind is not Kind.SET or not can_be_stated(found[1]):
        raise Http404("There is no such set.")
    typed = request.GET.get("value", "")
    before, _, last = typed.rpartition(",")
    last = last.strip()
    if not last or "\x00" in last:
        return HttpResponse("")
    if key == "investors":
        rows = Investor.objects.filter(name_key__startswith=name_key(last)).order_by("name_key")
        offered = list(rows.values_list("name", flat=True)[:NAMES_OFFERED])
    else:
        terms = Term.objects.filter(vocabulary=key, name__istartswith=last).order_by("name")
        offered = list(terms.values_list("name", flat=True)[:NAMES_OFFERED])
    start = f"{before.strip()}, " if before.strip() else ""
    return HttpResponse(format_html_join("", '<option value="{}"></option>', ((f"{start}{each}",) for each in offered)))
