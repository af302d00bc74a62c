"""Forms of deals: what a deal needs, and what it needs to be closed."""

from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from crm.deals import NoCurrency, closing_day, currency_of, wrong_with_amount, wrong_with_closing
from crm.models import Deal

from .remembering import Remembering


class DealForm(Remembering):
    """A deal that is open, or closed on a day; a lost one says why."""

    class Meta:
        model = Deal
        fields: ClassVar[list[str]] = []

    def clean_currency(self) -> str | None:
        return clean_currency(self)

    def clean(self) -> dict[str, Any]:
        return checked(self, super().clean() or {})


class DealRow(forms.ModelForm):  # type: ignore[type-arg]  # not generic when it runs
    """The same in a row of another page."""

    def clean_currency(self) -> str | None:
        return clean_currency(self)

    def clean(self) -> dict[str, Any]:
        return checked(self, super().clean() or {})


def clean_currency(form: forms.BaseForm) -> str | None:
    try:
        return currency_of(form.cleaned_data["currency"])
    except NoCurrency as error:
        raise forms.ValidationError(str(error)) from None


def checked(form: forms.BaseForm, said: dict[str, Any]) -> dict[str, Any]:
    """What was said of a deal, closed today where it names no day; what is wrong stands at its field."""
    for name, wrong in wrong_with_amount(said):
        if name not in form.errors:
            form.add_error(name, wrong)
    if said.get("stage"):
        said["closed_on"] = closing_day(said, today=timezone.now().date())
    if said.get("stage") in Deal.CLOSED:
        check_closing(form, said, opened_on=said.get("opened_on"))
    return said


def check_closing(form: forms.BaseForm, said: dict[str, Any], *, opened_on: Any) -> None:
    """Errors of a deal that is being closed stand at their fields."""
    for name, wrong in wrong_with_closing(said | {"opened_on": opened_on}, today=timezone.now().date()):
        if name in form.fields:
            form.add_error(name, wrong)


class CloseForm(forms.Form):
    """How and when a deal ended."""

    OUTCOMES = ((Deal.Stage.WON.value, "Won"), (Deal.Stage.LOST.value, "Lost"))

    stage = forms.ChoiceField(choices=OUTCOMES, widget=forms.RadioSelect, label="Outcome")
    closed_on = forms.DateField(label="Closed on", widget=UnfoldAdminTextInputWidget({"type": "date"}))
    outcome_reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text="Why it was lost; for one that was won, what made the difference.",
    )
    was = forms.ChoiceField(choices=Deal.Stage, widget=forms.HiddenInput)

    def __init__(self, *args: Any, deal: Deal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.deal = deal

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        check_closing(self, said, opened_on=self.deal.opened_on)
        return said
