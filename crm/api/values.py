"""Fields with one value: numbers, texts, words out of a few, and days gone by. What is not known is null."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from personas.rules.texts import jsonable


class NumberField(serializers.DecimalField):
    """An exact number, in JSON a number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"coerce_to_string": False} | kwargs)

    def to_internal_value(self, data: Any) -> Any:
        # A yes or no is no number, though Python counts with it.
        return self.fail("invalid") if isinstance(data, bool) else super().to_internal_value(data)

    def to_representation(self, value: Any) -> Any:
        return jsonable(Decimal(str(value)))


class KeptText(serializers.CharField):
    """A text that is known, or null."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"allow_null": True, "required": False} | kwargs)


class Word(serializers.ChoiceField):
    """One of a few words, or null."""

    def __init__(self, choices: Any, **kwargs: Any) -> None:
        super().__init__(choices, **{"allow_null": True, "required": False} | kwargs)


class PastDay(serializers.DateField):
    """A day that has come, from the year `since` on."""

    def __init__(self, *, since: int = 1900, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.since = since

    def to_internal_value(self, value: Any) -> date:
        day = super().to_internal_value(value)
        if day.year < self.since or day > timezone.now().date():
            raise serializers.ValidationError(f"A day from {self.since} on, and not one to come.")
        return day
