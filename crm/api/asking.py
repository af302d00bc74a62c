"""What lists are narrowed by: ids, people, words out of a set, yes or no.

The names are the same in every list: `X_since` is on that day or at that moment or later, `X_before` is earlier.
"""

from typing import Any

from django import forms
from django_filters import rest_framework as filters
from drf_spectacular.drainage import set_override

from personas.api.parameters import WrongParameter

GREATEST = 2**63 - 1
ME, NOBODY = "me", "nobody"


class Id(filters.NumberFilter):
    """Records that point to the one with this id."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"min_value": 1, "max_value": GREATEST} | kwargs)
        describe(self, {"type": "integer", "minimum": 1}, kwargs)

    def get_max_validator(self) -> None:
        """None: the greatest value is said by the field."""
        return


class Somebody(filters.CharFilter):
    """Records that point to this user: by id, `me`, or `nobody`."""

    def filter(self, rows: Any, value: Any) -> Any:
        if not value:
            return rows
        return rows.filter(**{self.field_name or "": user_named(self.field_name or "", value, self.parent.request)})


def user_named(name: str, value: str, request: Any) -> int | None:
    """The id of the user whom a parameter names, None for nobody; raises WrongParameter."""
    if value == ME:
        return request.user.pk if request else None
    return id_or_nobody(name, value, f"the id of a user, {ME}, or {NOBODY}")


def id_or_nobody(name: str, value: str, wanted: str) -> int | None:
    """The id that a parameter says, None for nobody; raises WrongParameter, which says what is wanted."""
    if value == NOBODY:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) < 19):
        raise WrongParameter({name: [f"Write {wanted}."]})
    return int(value)


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
