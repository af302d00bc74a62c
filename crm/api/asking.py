"""What lists are narrowed by: ids, days and moments, words out of a set, yes or no."""

from typing import Any

from django import forms
from django_filters import rest_framework as filters
from drf_spectacular.drainage import set_override

GREATEST = 2**63 - 1


class Id(filters.NumberFilter):
    """Records that point to the one with this id."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"min_value": 1, "max_value": GREATEST} | kwargs)
        describe(self, {"type": "integer", "minimum": 1}, kwargs)

    def get_max_validator(self) -> None:
        """None: the greatest value is said by the field."""
        return


class OneOf(filters.BaseInFilter, filters.ChoiceFilter):
    """Records with one of these words, by comma."""


class Keys(filters.BaseInFilter, filters.CharFilter):
    """Records with one of these keys, by comma."""


class YesNo(filters.TypedChoiceFilter):
    """true or false, and nothing else."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        words = {"choices": (("true", "true"), ("false", "false")), "coerce": lambda word: word == "true"}
        super().__init__(*args, **words | kwargs)
        describe(self, {"type": "boolean"}, kwargs)


def describe(filter_: Any, schema: dict[str, Any], said: dict[str, Any]) -> None:
    """The schema of the API says of this filter what it takes."""
    text = said.get("help_text")
    set_override(filter_, "field", schema | ({"description": text} if text else {}))
