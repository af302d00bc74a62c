"""What bulk calls and jobs answer, for the schema."""

from typing import Any

from rest_framework import serializers

from crm.models import BulkJob
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


class JobShape(serializers.Serializer[Any]):
    """A job: how far it is, and what became of its rows so far."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(BulkJob.Kind.choices)
    state = serializers.ChoiceField(BulkJob.State.choices)
    source = serializers.CharField()  # type: ignore[assignment]
    observed_on = serializers.DateField(allow_null=True)
    rows = serializers.IntegerField()
    done = serializers.IntegerField(help_text="Rows that were looked at.")
    counts = CountsShape()
    error = serializers.CharField(allow_null=True, help_text="Why it failed; null where it did not.")
    asked_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    results = serializers.CharField(help_text="The address of the answers to the rows, as lines of JSON.")


class JobsPage(serializers.Serializer[Any]):
    """The caller's latest jobs, on one page."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = JobShape(many=True)
