"""The form that asks for one fact of one account."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from crm.admin.ranges import Range, RangeField, read_number
from crm.admin.remembering import mark
from crm.imports.columns import ENDS, SINGLE
from crm.imports.numerals import Refused
from crm.imports.vocabularies import members
from crm.models import Company
from crm.scoring.known import Stated
from crm.stating import BY_HAND, RESEARCHED, Names, Statement, can_be_stated, choices_of
from personas.rules.facts import NUMBERS, Fact, Kind, Members, Number, Span

from .form import MOST_COUNT, MOST_MONEY

MOST_CUSTOM = Decimal(10) ** 23
PLACES = {Kind.INTEGER: 0, Kind.MONEY: 2}
SIGNED = re.compile(r"(-)?\s*([\d.,]+)(?:\s*(?:to|\.\.\.?)\s*(-)?\s*([\d.,]+))?")

RESEARCHED_TOGETHER = {
    "funding_researched_on": "These are all its investors and accelerators",
    "tags_researched_on": "These are all its tags and technologies",
}


@dataclass(frozen=True)
class Arises:
    """Where a fact comes from that nobody types: what to do, and the page where one does it."""

    text: str
    page: str
    permission: str
    hint: str = ""


CONTACTS = Arises("Add a contact", "admin:crm_contact_add", "crm.add_contact", "It is read from the contacts.")
WORKPLACE = Arises(
    "Add a contact", "admin:crm_contact_add", "crm.add_contact", "It is read from where the contacts work or worked."
)
ARISING: Mapping[str, Arises] = {
    **dict.fromkeys(("personas", "buying_roles", "titles", "social_followers", "contacts", "champions"), CONTACTS),
    "best_contact_points": CONTACTS,
    **dict.fromkeys(("founder_employers", "day_job_segments", "champions_joined", "champions_left"), WORKPLACE),
    "open_deals": Arises("Add a deal", "admin:crm_deal_add", "crm.add_deal", "It is counted from the deals."),
    "last_activity": Arises(
        "Add an activity", "admin:crm_activity_add", "crm.add_activity", "It is read from the activities."
    ),
}


class NumberField(RangeField):
    """A range of numbers that may also lie below 0, and keep all the places they have."""

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Range):
            return value
        if value.low is not None and value.high is not None and value.low != value.high:
            return f"{plain(value.low)} to {plain(value.high)}"
        if value.high is None and value.low is not None:
            return f"{plain(value.low)}+"
        return f"at most {plain(value.high)}" if value.low is None and value.high is not None else plain(value.low)

    def clean(self, value: Any) -> Range:
        text = re.sub(r"[–—−]", "-", str(value or "")).replace("%", "").strip()
        found = SIGNED.fullmatch(text)
        if found is None or "-" not in (found[1], found[3]):
            return super().clean(text)
        low = read_number(found[2], text, self.places) * (-1 if found[1] else 1)
        if found[4] is None:
            return Range(low, low)
        high = read_number(found[4], text, self.places) * (-1 if found[3] else 1)
        if low > high:
            raise ValidationError("The lowest value lies above the highest. Write the lower one first.", code="range")
        return Range(low, high)


def plain(number: Number | None) -> str:
    return "" if number is None else f"{Decimal(number).normalize():,f}"


class AnswerForm(forms.Form):
    """What somebody knows of one fact, who told them, and of which day it is. Nothing is chosen before they choose.

    `meanwhile` says what somebody else saved since the form was shown.
    """

    source = forms.CharField(
        required=False,
        max_length=200,
        label="Who told you",
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": BY_HAND, "autocomplete": "off"}),
    )
    on = forms.DateField(label="As of", widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}))

    def __init__(
        self,
        fact: Fact,
        *,
        today: date,
        present: Stated | None = None,
        place: str = "ask",
        data: QueryDict | None = None,
    ) -> None:
        self.meanwhile = ""
        super().__init__(data, auto_id=f"{place}-{fact.key}-%s", initial={"on": today.isoformat()})
        self.fact = fact
        self.today = today
        self.place = place
        self.present = present
        self.fields["on"].widget.attrs["max"] = today.isoformat()
        self.fields = {"value": value_field(fact), **self.fields}
        if self.is_set and fact.key in RESEARCHED:
            self.whole = RESEARCHED_TOGETHER[RESEARCHED[fact.key]]
        else:
            self.whole = "That is all of them"
        if present is not None and not self.is_set:
            self.initial["value"] = entered(fact, present)

    @property
    def seen(self) -> str:
        """The sign of what was known when the person saw the form; once they were told of a change, of that."""
        return sign_of(self.present) if self.meanwhile or not self.is_bound else self.data.get("seen", "")

    def has_seen(self, present: Stated | None) -> bool:
        """Whether what is known now was known when the person saw the form, as far as they say."""
        return self.data.get("seen", "") in ("", sign_of(present))

    @property
    def is_set(self) -> bool:
        return self.fact.kind is Kind.SET

    @property
    def is_known(self) -> bool:
        """Whether there is a value that could be taken back."""
        return self.present is not None and (self.present.value is not None or bool(self.present.invalid))

    @property
    def is_plain(self) -> bool:
        """Whether the answer is one of few that all stand on the page."""
        return isinstance(self.fields["value"].widget, forms.RadioSelect)

    # Sets

    def posted(self, name: str) -> list[str]:
        data: Any = self.data
        return list(dict.fromkeys(data.getlist(name))) if isinstance(data, QueryDict) else []

    @property
    def shown(self) -> list[str]:
        """The members that the form showed, and what was added to it since."""
        if self.is_bound:
            return list(dict.fromkeys((*self.posted("shown"), *self.posted("keep"))))
        value = self.present.shown if self.present else None
        return sorted(value.names) if isinstance(value, Members) else []

    @property
    def chips(self) -> list[tuple[str, bool]]:
        """Each member, and whether it is to stay."""
        kept = set(self.posted("keep"))
        return [(name, not self.is_bound or name in kept) for name in self.shown]

    @property
    def complete(self) -> bool:
        """Whether the names are said to be all."""
        if self.is_bound:
            return bool(self.posted("complete"))
        value = self.present.shown if self.present else None
        return isinstance(value, Members) and value.complete

    # What is said

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on > self.today:
            raise ValidationError("This day has not come yet. Leave today, or choose an earlier one.")
        return on

    def clean_value(self) -> Any:
        value = self.cleaned_data["value"]
        if isinstance(value, Range) and value == Range():
            raise ValidationError("Enter a value first.", code="required")
        if self.is_set:
            try:
                names = members(value, separator=",")
            except Refused as error:
                raise ValidationError(str(error)) from error
            if not (names or self.posted("keep") or self.posted("shown") or self.complete):
                raise ValidationError(f"Enter a name, or tick “{self.whole}” if there are none.")
            return names
        return value

    def statement(self) -> Statement:
        """What the valid form says, in the terms of `state`."""
        value = self.cleaned_data["value"]
        if self.is_set:
            kept = self.posted("keep")
            gone = set(self.posted("shown")) - set(kept)
            return Names((*kept, *value), tuple(sorted(gone)), self.complete)
        if isinstance(value, Range):
            low, high = whole(value.low), whole(value.high)
            return low if low is not None and low == high else Span(low, high)
        if self.fact.kind is Kind.BOOLEAN:
            return bool(value == "yes")
        said: Statement = value
        return said


def sign_of(present: Stated | None) -> str:
    """A short sign of a fact's value, source and day, which differs where one of them does."""
    if present is None:
        return mark(None)
    value: object = present.shown if present.shown is not None else present.value
    if isinstance(value, Members):
        value = (sorted(value.names), value.complete)
    known = (value, present.source, present.as_of, present.invalid)
    return mark(known if any(each not in (None, "") for each in known) else None)


def whole(number: Decimal | None) -> Number | None:
    """A number without a fraction as an integer."""
    if number is None:
        return None
    return int(number) if number == number.to_integral_value() else number


def entered(fact: Fact, present: Stated) -> Any:
    """The present value as the field shows it."""
    value = present.shown if present.shown is not None else present.value
    if value is None:
        return None
    if fact.key != "founded" and fact.kind in NUMBERS:
        ends = value if isinstance(value, Span) else Span(value, value)  # type: ignore[arg-type]
        return Range(*(None if end is None else Decimal(end) for end in (ends.low, ends.high)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if fact.key == "country":
        return str(value).upper()
    return value


def value_field(fact: Fact) -> forms.Field:
    """The field that is made for this kind of fact."""
    unit = {"year": "", "number": ""}.get(fact.unit, fact.unit)
    label = f"{fact.label}, in {unit}" if fact.kind is Kind.MONEY and unit else fact.label
    if unit and fact.kind is not Kind.MONEY and unit.casefold() != fact.label.casefold():
        label = f"{fact.label} ({unit})"
    if fact.kind is Kind.SET:
        return forms.CharField(
            required=False,
            label=label,
            max_length=2000,
            widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "placeholder": "Names, by comma"}),
        )
    if fact.key == "founded":
        return forms.IntegerField(
            label=label,
            min_value=1000,
            max_value=2100,
            localize=False,
            widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric", "placeholder": "2019"}),
        )
    if fact.kind in NUMBERS:
        return number_field(fact, label)
    if fact.kind is Kind.BOOLEAN:
        return forms.ChoiceField(label=label, choices=[("yes", "Yes"), ("no", "No")], widget=forms.RadioSelect)
    if fact.kind is Kind.DATE:
        return forms.DateField(label=label, widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}))
    if choices := choices_of(fact):
        return forms.ChoiceField(
            label=label, choices=[("", "Choose …"), *choices], widget=UnfoldAdminSelectWidget, error_messages=CHOOSE
        )
    return forms.CharField(
        label=label, max_length=longest(fact), widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"})
    )


CHOOSE = {"required": "Choose one of them."}


def number_field(fact: Fact, label: str) -> forms.Field:
    """A field for a number or a range of this fact."""
    if fact.key in ENDS:
        return RangeField(
            required=True,
            label=label,
            places=PLACES[fact.kind],
            most=MOST_MONEY if fact.kind is Kind.MONEY else MOST_COUNT,
            widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "placeholder": example(fact)}),
        )
    return NumberField(
        required=True,
        label=f"{label}, %" if fact.kind is Kind.PERCENT and "%" not in label else label,
        places=0 if fact.kind is Kind.INTEGER else 6,
        most=MOST_CUSTOM,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "placeholder": example(fact)}),
    )


def example(fact: Fact) -> str:
    return "250k, 100k-250k or <100k" if fact.kind is Kind.MONEY else "42, 11-50 or 10,000+"


def longest(fact: Fact) -> int:
    """How many letters the value may have."""
    if fact.key in SINGLE:
        field: Any = Company._meta.get_field(SINGLE[fact.key])
        return int(field.max_length)
    return 1000


def arises(fact: Fact) -> Arises | None:
    """Where the fact comes from; None where people state it."""
    return None if can_be_stated(fact) else ARISING.get(fact.key, CONTACTS)
