"""What bulk calls answer, for the schema."""

from typing import Any

from rest_framework import serializers

from crm.upserting.answers import RESULTS


class FaultShape(serializers.Serializer[Any]):
    """A part of a row that cannot be taken."""

    pointer = serializers.CharField(allow_blank=True, help_text="JSON pointer within the row; empty for all of it.")
    detail = serializers.CharField()


class KeptShape(serializers.Serializer[Any]):
    """A fact that stayed as it was."""

    fact = serializers.CharField()
    detail = serializers.CharField(help_text="Why the row's value was not taken.")


class RowShape(serializers.Serializer[Any]):
    """What became of one row."""

    row = serializers.IntegerField(help_text="Its place among the rows sent, from 0.")
    id = serializers.IntegerField(allow_null=True, help_text="The record that it is about; null where it is refused.")
    result = serializers.ChoiceField(RESULTS)
    errors = FaultShape(many=True)  # type: ignore[assignment]
    kept = KeptShape(many=True)


class CountsShape(serializers.Serializer[Any]):
    """How many rows came to what."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()


class BulkShape(serializers.Serializer[Any]):
    """What became of all rows, in the order in which they were sent."""

    counts = CountsShape()
    results = RowShape(many=True)
