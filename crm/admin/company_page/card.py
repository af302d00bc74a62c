"""The fit card with all that one does on it, as a part of the page and alone."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from crm.admin import working
from crm.admin.fit_card import FitCard, fit_card
from crm.admin.freshness import freshness_of
from crm.admin.stamp import stamp_of
from crm.admin.write_first import write_first
from crm.models import Company
from crm.scoring.explain import AskFirst
from crm.scoring.failures import FAULTS
from crm.scoring.known import Stated
from crm.stating import can_be_stated
from personas.models import Ruleset

from .answer_form import AnswerForm, Arises, arises
from .opinions import opinions_of

logger = logging.getLogger(__name__)

QUESTIONS = 5


@dataclass(frozen=True)
class Question:
    """A fact worth asking for, with the form that takes the answer, or the page where it comes from."""

    ask: AskFirst
    form: AnswerForm | None = None
    arises: Arises | None = None
    address: str = ""


def card_of(company: Company, ruleset: Ruleset, *, since: datetime | None = None) -> FitCard | None:
    """The card; None where a fact does not go together with a rule."""
    try:
        return fit_card(company, ruleset, timezone.now(), since=since)
    except FAULTS as error:  # what keeps it from being scored must not keep people from mending it
        logger.warning("fit card not shown company=%d error=%s", company.pk, type(error).__name__)
        return None


def card_context(
    page: Any, request: HttpRequest, company: Company, ruleset: Ruleset | None, *, since: datetime | None = None
) -> dict[str, Any]:
    """What the templates of the card show."""
    context: dict[str, Any] = {"ruleset": ruleset, "original": company, **working.context(request, company, ruleset)}
    if ruleset is None:
        return context
    card = card_of(company, ruleset, since=since)
    may_edit: bool = page.has_change_permission(request, company)
    context |= {
        "stamp": stamp_of(company, ruleset, freshness_of(request)),
        "card": card,
        "since": since,
        "may_answer": may_edit,
        "may_override": may_edit and request.user.has_perm("crm.add_override"),
        "may_end_override": may_edit and request.user.has_perm("crm.change_override"),
        "may_say": request.user.has_perm("crm.add_opinion"),
        "has_change_permission": may_edit,
    }
    context["first"] = write_first(request, [company.pk], ruleset).get(company.pk)
    if card is not None:
        context["questions"] = [
            question(request, company, ruleset, ask, card.receipt.known, may_edit=may_edit)
            for ask in card.receipt.questions[:QUESTIONS]
        ]
        context["opinions"] = opinions_of(request, company)
        context["statable"] = frozenset(
            key for key, each in card.receipt.known.items() if may_edit and can_be_stated(each.fact)
        )
    return context


def question(
    request: HttpRequest,
    company: Company,
    ruleset: Ruleset,
    ask: AskFirst,
    known: Mapping[str, Stated],
    *,
    may_edit: bool,
) -> Question:
    """The question with its form, where this person may answer it."""
    fact = ruleset.document().vocabulary[ask.fact]
    elsewhere = arises(fact)
    if elsewhere is not None:
        open_to = may_edit and request.user.has_perm(elsewhere.permission)
        address = f"{reverse(elsewhere.page)}?company={company.pk}" if open_to else ""
        return Question(ask, arises=elsewhere, address=address)
    if not may_edit:
        return Question(ask)
    return Question(ask, AnswerForm(fact, today=timezone.now().date(), present=known.get(ask.fact)))


def card_parts(
    page: Any, request: HttpRequest, company: Company, ruleset: Ruleset | None, *, said: str, focus: str = "ask"
) -> HttpResponse:
    """The parts of the card that a change moves, each to take the place of the one on the page.

    `said` is read out; `focus` is the fact at whose line the keyboard goes on,
    ask for the next question, or nothing.
    """
    context = card_context(page, request, company, ruleset, since=read_since(request))
    return render(request, "crm/fit_card/parts.html", context | {"said": said, "focus": focus, "part": True})


def read_since(request: HttpRequest) -> datetime | None:
    """Since when changes are new to whoever looks, as the page had it."""
    try:
        since = datetime.fromisoformat(request.POST["since"])
    except (KeyError, ValueError):
        return None
    return since if since.tzinfo else None
