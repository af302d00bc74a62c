"""Answers with only the fields that were asked for: `?fields=id,name`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rest_framework import serializers
from rest_framework.request import Request

from .parameters import MOST_STRANGERS, WrongParameter, nearest

PARAMETER = "fields"

if TYPE_CHECKING:
    Base = serializers.Serializer[Any]
else:
    Base = object


def asked(request: Request | None) -> frozenset[str] | None:
    """The fields that a reader asked for; None for all."""
    said = request.query_params.get(PARAMETER) if request is not None else None
    return frozenset(filter(None, (each.strip() for each in said.split(",")))) or None if said else None


def asks(request: Request | None, *names: str) -> bool:
    """Whether one of these fields is to be in the answer, so that what it takes must be read."""
    wanted = asked(request)
    return wanted is None or not wanted.isdisjoint(names)


def only(request: Request | None, data: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the fields that were asked for."""
    wanted = asked(request)
    return {name: value for name, value in data.items() if wanted is None or name in wanted}


def check(request: Request, view: Any) -> None:
    """Raises WrongParameter for a field that the view's answer does not have."""
    wanted = asked(request)
    if wanted is None:
        return
    names = list(view.get_serializer_class()().fields)
    unknown = sorted(wanted.difference(names))[:MOST_STRANGERS]
    if unknown:
        raise WrongParameter({PARAMETER: [f"There is no field {each!r}.{nearest(each, names)}" for each in unknown]})


class Sparse(Base):
    """A serializer whose rows of a list have only the fields that were asked for; mixed in before the serializer.

    A single record is cut down by `only`, because its version is that of the whole.
    """

    def get_fields(self) -> Any:
        fields = super().get_fields()
        parent: Any = self.parent
        if parent is None or parent.parent is not None or self.field_name:
            return fields
        wanted = asked(self.context.get("request"))
        return {name: field for name, field in fields.items() if wanted is None or name in wanted}
