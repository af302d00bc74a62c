"""The bodies and answers of what-if."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.api.fit.shapes import ProfileFit, Segment
from personas.rules.parts import SUBJECTS


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": True,
        "description": "Facts by key. A fact is a value, a range {low, high}, or {value, as_of, source, complete}; "
        "null and absence say that it is unknown.",
        "example": {"employees": 120, "investors": {"value": ["Accel"], "complete": False}},
    }
)
class Facts(serializers.JSONField):
    """Facts by key."""


@extend_schema_field({"description": "Comes back as it is."})
class Identity(serializers.JSONField):
    """Whatever the caller knows the row by."""


@extend_schema_field({"type": ["object", "string"], "description": "Rules to try: an object, or YAML or JSON as text."})
class PostedRules(serializers.JSONField):
    """A rule document."""


@extend_schema_field(
    {
        "oneOf": [{"type": "string", "enum": ["active", "draft"]}, {"type": "integer", "minimum": 1}],
        "default": "active",
    }
)
class RulesetNamed(serializers.JSONField):
    """A ruleset."""


class RowAsked(serializers.Serializer[Any]):
    """One row of facts."""

    id = Identity(required=False)
    facts = Facts()


class EvaluationAsked(serializers.Serializer[Any]):
    """Either `facts`, or `rows` of them, at most 1,000; by a published ruleset, the draft, or posted rules."""

    facts = Facts(required=False)
    rows = RowAsked(many=True, required=False)
    ruleset = RulesetNamed(required=False)
    document = PostedRules(required=False)
    at = serializers.DateField(required=False, help_text="The day of evaluation; today in UTC unless given.")
    subject = serializers.ChoiceField(SUBJECTS, required=False, help_text="Whose facts they are; company unless given.")


class EvaluatedRow(serializers.Serializer[Any]):
    """What the rules say of one row: what `manage.py evaluate` prints. A wrong row has an `error` instead."""

    id = Identity()
    segment = Segment(required=False, help_text="Of companies.")
    profiles = serializers.DictField(child=ProfileFit(), required=False)
    error = serializers.CharField(required=False)


class EvaluationResult(serializers.Serializer[Any]):
    """The results in the order of the rows; nothing is stored."""

    ruleset = serializers.IntegerField(allow_null=True, help_text="null for the draft and for posted rules.")
    at = serializers.DateField()
    subject = serializers.ChoiceField(SUBJECTS)
    warnings = serializers.ListField(child=serializers.CharField(), help_text="Facts that no rule knows.")
    results = EvaluatedRow(many=True)
