"""A number that may be known only as a range, entered in one text field."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextInputWidget

UNKNOWN = format_html('<span class="icp-unknown">{}</span>', "unknown")
FORMS_THAT_DO = "Write 42, 11-50, 10,000+ or <20, or leave it empty when it is unknown."
SUFFIXES = {"": 1, "k": 1_000, "m": 1_000_000, "mn": 1_000_000, "b": 1_000_000_000, "bn": 1_000_000_000}
NUMBER = re.compile(r"\$?\s*(?P<digits>\d{1,3}(?:[,  ]\d{3})+|\d+)(?P<fraction>\.\d+)?\s*(?P<suffix>[a-z]*)")
MOST_DIGITS = 24
"""Before the decimal point; with places and suffix a number still has all its digits."""
ABOVE = ("more than", "over", "above", ">")
FROM = ("at least", "from", ">=", "≥")
BELOW = ("less than", "fewer than", "under", "below", "<")
UP_TO = ("at most", "up to", "<=", "≤")


@dataclass(frozen=True)
class Range:
    """The lowest and highest value; equal when exact, None where there is no limit, both None when unknown."""

    low: Decimal | None = None
    high: Decimal | None = None

    def __str__(self) -> str:
        """The range as it is written into the field; empty when unknown."""
        if self.low is None and self.high is None:
            return ""
        if self.high is None:
            return f"{written(self.low)}+"
        if self.low is None:
            return f"at most {written(self.high)}"
        return written(self.low) if self.low == self.high else f"{written(self.low)}-{written(self.high)}"


def written(number: Decimal | None) -> str:
    """A number with commas, and without places that say nothing."""
    if number is None:
        return ""
    exact = Decimal(number)
    return f"{exact:,.0f}" if exact == exact.to_integral_value() else f"{exact:,.2f}"


def read_range(text: str, *, places: int = 0) -> Range:
    """The range that `text` states, in steps of `places` decimals; raises ValidationError for what states none.

    "<20" ends at the step below 20, ">20" starts at the step above it.
    """
    said = re.sub(r"[–—−]", "-", text.strip().casefold())
    if not said or said == "unknown":
        return Range()
    step = Decimal(1).scaleb(-places)
    for words, low, shift in ((FROM, True, 0), (UP_TO, False, 0), (ABOVE, True, 1), (BELOW, False, -1)):
        for word in words:
            if said.startswith(word):
                end = read_number(said.removeprefix(word).strip(), text, places) + shift * step
                if end < 0:
                    raise ValidationError(f"Nothing lies below 0. {FORMS_THAT_DO}", code="range")
                return Range(low=end) if low else Range(high=end)
    if said.endswith("+"):
        return Range(low=read_number(said.removesuffix("+").strip(), text, places))
    parts = re.split(r"\s*(?:-|\bto\b|\.\.\.?)\s*", said)
    if len(parts) > 2 or not all(parts):
        raise ValidationError(f"“{text}” is not a number or a range. {FORMS_THAT_DO}", code="range")
    ends = [read_number(part, text, places) for part in parts]
    if len(parts) == 2 and parts[1][-1].isalpha() and not parts[0][-1].isalpha():
        raise ValidationError(f"Write the unit at both ends: 100{parts[1][-1]}-250{parts[1][-1]}.", code="range")
    if ends[0] > ends[-1]:
        raise ValidationError("The lowest value lies above the highest. Write the lower one first.", code="range")
    return Range(ends[0], ends[-1])


def read_number(part: str, text: str, places: int) -> Decimal:
    """One number with its suffix; raises ValidationError naming the whole `text`."""
    found = NUMBER.fullmatch(part)
    if found is None or found["suffix"] not in SUFFIXES:
        raise ValidationError(f"“{text}” is not a number or a range. {FORMS_THAT_DO}", code="range")
    digits = re.sub(r"\D", "", found["digits"])
    if len(digits) > MOST_DIGITS:
        raise ValidationError(f"“{text[:60]}” is too much to be kept.", code="range")
    if found["fraction"] and not found["suffix"] and len(found["fraction"]) == 4 and digits != "0":
        raise ValidationError(
            f"“{part}” can be read in two ways. Write {digits},{found['fraction'][1:]} or {digits}.", code="range"
        )
    number = Decimal(digits + (found["fraction"] or "")) * SUFFIXES[found["suffix"]]
    if number != round(number, places):
        said = "a whole number" if places == 0 else f"at most {places} decimal places"
        raise ValidationError(f"“{part}” needs to be {said}.", code="range")
    return number


class RangeField(forms.CharField):
    """One text field for a range; its value is a Range. `places` and `most` come from the columns behind it."""

    widget = UnfoldAdminTextInputWidget

    def __init__(self, *, places: int = 0, most: Decimal, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "max_length": 60} | kwargs)
        self.places = places
        self.most = most

    def prepare_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, Range) else value

    def clean(self, value: Any) -> Range:
        found = read_range(super().clean(value) or "", places=self.places)
        if any(end is not None and end > self.most for end in (found.low, found.high)):
            raise ValidationError(f"That is too much: at most {written(self.most)} can be kept.", code="range")
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.clean(data) != (initial or Range()))
        except ValidationError:
            return True


class RangesForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic when it runs
    """A form whose fields named in `ranges` fill the columns NAME_low and NAME_high of the model."""

    ranges: Sequence[str] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.ranges:
            ends = (getattr(self.instance, f"{name}_low"), getattr(self.instance, f"{name}_high"))
            self.initial.setdefault(name, Range(*(None if end is None else Decimal(end) for end in ends)))

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        for name in self.ranges:
            found = self.cleaned_data.get(name)
            if isinstance(found, Range):
                setattr(self.instance, f"{name}_low", found.low)
                setattr(self.instance, f"{name}_high", found.high)
        return cleaned


def range_text(row: models.Model, name: str) -> SafeString | str:
    """The range in the columns NAME_low and NAME_high; a muted word where it is unknown."""
    found = Range(getattr(row, f"{name}_low"), getattr(row, f"{name}_high"))
    return str(found).replace("-", "–") or UNKNOWN
