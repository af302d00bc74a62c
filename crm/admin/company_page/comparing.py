"""Two accounts side by side, line by line."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils import timezone

from crm.admin.active import ruleset_of
from crm.admin.fit_card import FitCard, Section, fit_card
from crm.admin.scoped import visible
from crm.models import Company
from crm.scoring.explain import ReceiptLine
from crm.scoring.failures import FAULTS
from personas.models import Ruleset

from .account import account_of


@dataclass(frozen=True)
class Pair:
    """One criterion for both accounts."""

    left: ReceiptLine
    right: ReceiptLine

    @property
    def differs(self) -> bool:
        return (self.left.answer, self.left.points) != (self.right.answer, self.right.points) or [
            fact.value for fact in self.left.facts
        ] != [fact.value for fact in self.right.facts]

    @property
    def difference(self) -> str:
        """What differs, in a word: the answer, the points, or only what is known."""
        if self.left.answer is not self.right.answer:
            return "Answer differs"
        if self.left.points != self.right.points:
            return "Points differ"
        return "Same answer, other facts" if self.differs else "Same"


@dataclass(frozen=True)
class PairGroup:
    """Lines that belong together."""

    title: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class Comparison:
    """What one profile says of both accounts."""

    key: str
    name: str
    left: Section
    right: Section
    groups: tuple[PairGroup, ...]

    @property
    def differing(self) -> int:
        """How many lines differ."""
        return sum(pair.differs for group in self.groups for pair in group.pairs)


class OtherForm(forms.Form):
    """Which account to compare with."""

    other = forms.ModelChoiceField(queryset=Company.objects.none(), label="Compare with", required=False)

    def __init__(self, page: Any, request: HttpRequest, company: Company, other: Company | None) -> None:
        super().__init__(initial={"other": other.pk if other else None}, auto_id="compare-%s")
        field: Any = self.fields["other"]
        field.queryset = visible(Company, request).exclude(pk=company.pk)
        field.widget = AutocompleteSelect(Company._meta.get_field("parent"), page.admin_site)
        field.widget.choices = field.choices
        field.widget.attrs |= {"aria-label": "Account to compare with", "data-placeholder": "Name or domain"}
        self.prefix = None


def compare(page: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """Both accounts by the rules as they are; without another one, the field to choose it."""
    company = account_of(page, request, pk, edit=False)
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    wanted = request.GET.get("with") or request.GET.get("other") or ""
    other: Company | None = None
    if wanted.isdecimal() and len(wanted) < 19 and int(wanted) != company.pk:
        other = visible(Company, request).filter(pk=int(wanted)).first()
    ruleset = ruleset_of(request)
    cards = [card_or_none(each, ruleset) for each in (company, other) if each is not None]
    comparisons = compared(*cards) if len(cards) == 2 and cards[0] and cards[1] else ()
    chosen = next((each for each in comparisons if each.key == request.GET.get("profile")), None)
    form = OtherForm(page, request, company, other)
    context = {
        **page.admin_site.each_context(request),
        "title": f"Compare {company}",
        "opts": page.opts,
        "original": company,
        "company": company,
        "other": other,
        "missing": bool(wanted) and other is None,
        "ruleset": ruleset,
        "cards": cards,
        "comparisons": comparisons,
        "chosen": chosen or next(iter(comparisons), None),
        "only": "only" in request.GET,
        "form": form,
        "media": form.media,
    }
    request.current_app = page.admin_site.name
    return render(request, "crm/company_page/compare.html", context)


def card_or_none(company: Company, ruleset: Ruleset | None) -> FitCard | None:
    """The card; None without rules, or where a fact does not go together with one."""
    if ruleset is None:
        return None
    try:
        return fit_card(company, ruleset, timezone.now())
    except FAULTS:
        return None


def compared(left: FitCard | None, right: FitCard | None) -> tuple[Comparison, ...]:
    """The profiles in the order of the first account's card."""
    if left is None or right is None:
        return ()
    others = {section.receipt.key: section for section in right.sections}
    return tuple(side_by_side(section, others[section.receipt.key]) for section in left.sections)


def side_by_side(left: Section, right: Section) -> Comparison:
    """The lines of one profile in pairs: one ruleset gives both accounts the same lines."""
    groups = tuple(
        PairGroup(one.title, tuple(Pair(a, b) for a, b in zip(one.lines, two.lines, strict=True)))
        for one, two in zip(left.receipt.groups, right.receipt.groups, strict=True)
    )
    return Comparison(left.receipt.key, left.receipt.name, left, right, groups)
