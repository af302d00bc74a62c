"""Forms of deals: what a deal needs, and what it needs to be closed."""

from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from crm.models import Deal

from .remembering import Remembering


class DealForm(Remembering):
    """A deal that is open, or closed on a day; a lost one says why."""

    class Meta:
        model = Deal
        fields: ClassVar[list[str]] = []

    def clean_currency(self) -> str | None:
        currency = (self.cleaned_data["currency"] or "").strip().upper()
        if currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
            raise forms.ValidationError("A currency has three letters, such as USD.")
        return currency or None

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("amount") is not None:
            if said["amount"] < 0:
                self.add_error("amount", "An amount is at least 0.")
            elif not said.get("currency") and "currency" not in self.errors:
                self.add_error("currency", "Say in which currency the amount is, such as USD.")
        if said.get("stage") in Deal.CLOSED:
            # Closed with no day named is closed today.
            said["closed_on"] = said.get("closed_on") or timezone.now().date()
            check_closing(self, said, opened_on=said.get("opened_on"))
        elif said.get("stage"):
            said["closed_on"] = None
        return said


def check_closing(form: forms.BaseForm, said: dict[str, Any], *, opened_on: Any) -> None:
    """Errors of a deal that is being closed stand at their fields."""
    closed_on = said.get("closed_on")
    if closed_on and closed_on > timezone.now().date():
        form.add_error("closed_on", "This day is still to come. A deal is closed once that has happened.")
    elif closed_on and opened_on and closed_on < opened_on:
        form.add_error("closed_on", f"The deal was opened later, on {opened_on:%-d %b %Y}.")
    if said.get("stage") == Deal.Stage.LOST and not said.get("outcome_reason") and "outcome_reason" in form.fields:
        form.add_error("outcome_reason", "Say in a few words why it was lost.")


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
