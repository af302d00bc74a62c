"""The form of a webhook: events and filters as boxes to tick, out of the rules in force."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldBooleanSwitchWidget

from crm.admin.remembering import Remembering
from crm.models import Deal
from crm.models.webhook import EVENTS
from crm.webhooks.filters import NO_SEGMENT
from crm.webhooks.subscribing import check
from personas.models import Ruleset
from personas.rules.document import Document

Choices = list[tuple[str, str]]

PREFIX = "only_"
LABELS = {
    "segment_after": "Into the segment",
    "segment_before": "Out of the segment",
    "settled": "Only once the segment is certain",
    "band_after": "Into the band",
    "segment": "While the account is in",
    "persona": "From or to the persona",
    "stage_after": "Into the stage",
}
"""The filters that have boxes; owners can be named over the API."""


def boxes(label: str, help_text: str) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, help_text=help_text, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )


class WebhookForm(Remembering):
    """Who is told what, and where."""

    events = forms.MultipleChoiceField(
        choices=[(key, f"{kind.name} ({key})") for key, kind in EVENTS.items()],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="A change of an account is told once: as the first of segment, band and fit that is ticked.",
    )
    only_segment_after = boxes(LABELS["segment_after"], "Of events on companies. None ticked: whatever it is.")
    only_segment_before = boxes(LABELS["segment_before"], "Of events on companies.")
    only_settled = forms.BooleanField(
        label=LABELS["settled"], required=False, widget=UnfoldBooleanSwitchWidget, help_text="Of events on companies."
    )
    only_band_after = boxes(LABELS["band_after"], "Of events on companies.")
    only_segment = boxes(LABELS["segment"], "Of all events on an account: the segment that counts, overrides included.")
    only_persona = boxes(LABELS["persona"], "Of events on contacts.")
    only_stage_after = boxes(LABELS["stage_after"], "Of events on deals.")

    address_fault = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept: Mapping[str, Any] = self.instance.filters or {}
        ruleset = Ruleset.objects.active().first()
        offered = offers(ruleset.document() if ruleset else None)
        for name in LABELS:
            field: Any = self.fields.get(PREFIX + name)
            if field is None:
                continue
            self.initial[PREFIX + name] = kept.get(name, False if name == "settled" else [])
            if name != "settled":
                field.choices = with_kept(offered[name], kept.get(name, ()))
        if "events" in self.fields:
            self.initial["events"] = list(self.instance.events)

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if "owner" not in self.cleaned_data or "events" not in self.cleaned_data:
            return
        others = {name: value for name, value in (self.instance.filters or {}).items() if name not in LABELS}
        said = {name: self.cleaned_data.get(PREFIX + name) for name in LABELS}
        self.instance.filters = others | {name: value for name, value in said.items() if value}
        self.instance.events = self.cleaned_data["events"]
        try:
            check(self.instance)
        except ValidationError as error:
            for name, texts in error.message_dict.items():
                self.add_error(name if name in self.fields else None, texts)
        if self.address_fault and "url" not in self.errors:
            self.add_error("url", self.address_fault)


def offers(document: Document | None) -> dict[str, Choices]:
    """What can be ticked of each filter."""
    profiles = document.profiles if document else ()
    ranked = [(each.key, each.name) for each in profiles if each.rank is not None]
    segments = [*ranked, (NO_SEGMENT, "No segment")]
    bands = {band.key: band.key for profile in profiles for band in profile.bands}
    return {
        "segment_after": segments,
        "segment_before": segments,
        "segment": segments,
        "band_after": list(bands.items()),
        "persona": [(each.key, each.name) for each in document.personas] if document else [],
        "stage_after": [(str(key), str(name)) for key, name in Deal.Stage.choices],
    }


def with_kept(offered: Choices, kept: Iterable[str]) -> Choices:
    """What can be ticked, and what is ticked though the rules do not know it any more."""
    known = {key for key, _ in offered}
    return [*offered, *((key, f"{key} (not in the rules in force)") for key in kept if key not in known)]
