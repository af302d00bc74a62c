"""Points, which are kept in hundredths, in answers and in what lists are narrowed by."""

from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers

from personas.rules.results import points_json

from .asking import describe

MOST_POINTS = 1_000_000


class PointsField(serializers.FloatField):
    """Points."""

    def to_representation(self, value: Any) -> Any:
        return points_json(value)


class PointsFilter(filters.NumberFilter):
    """Rows with so many points, at least or at most."""

    def __init__(self, field_name: str, lookup_expr: str, **kwargs: Any) -> None:
        bounds = {"min_value": -MOST_POINTS, "max_value": MOST_POINTS}
        super().__init__(field_name, lookup_expr, **bounds | kwargs)
        describe(self, {"type": "number"}, kwargs)

    def filter(self, rows: Any, value: Any) -> Any:
        return super().filter(rows, None if value is None else int(value * 100))
