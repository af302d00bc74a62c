"""The objects in answers about fit. Those of segments and profiles are what `manage.py evaluate` prints."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.api.freshness import AccountFreshness
from personas.rules.facts import Kind

ANSWERS = ("yes", "no", "open")


class Answers(serializers.DictField):
    """Answers by the key of the line."""

    child = serializers.ChoiceField(ANSWERS)


class Keys(serializers.ListField):
    """Keys of facts, profiles or lines."""

    child = serializers.CharField()


class Swing(serializers.Serializer[Any]):
    """By how many points one unknown fact alone can move the total."""

    fact = serializers.CharField()
    swing = serializers.FloatField()


class Segment(serializers.Serializer[Any]):
    """Which segment it is in: settled, undecided between those in `possible`, or none."""

    status = serializers.ChoiceField(("settled", "undecided", "none"))
    key = serializers.CharField(allow_null=True)
    provisional = serializers.CharField(allow_null=True)
    also = Keys()
    possible = Keys(help_text="Every outcome that the unknown facts leave open; none is no segment.")
    settled_by_any_answer_to = Keys()
    could_be_settled_by = Keys()


class ComponentPoints(serializers.Serializer[Any]):
    """Points of one component; null where there is not enough data, or `points` where they are not certain."""

    points = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    rows = Answers()


class ProfileFit(serializers.Serializer[Any]):
    """What one profile says: `points` and `band` are null unless certain."""

    status = serializers.ChoiceField(("exact", "open", "insufficient_data", "disqualified"))
    verdict = serializers.ChoiceField(ANSWERS)
    reason = serializers.CharField(allow_null=True)
    risks = Keys()
    points = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    known = serializers.FloatField(allow_null=True)
    band = serializers.CharField(allow_null=True)
    possible_bands = serializers.ListField(child=serializers.CharField(allow_null=True))
    bounds = serializers.ChoiceField(("tight", "loose"))
    must = Answers()
    components = serializers.DictField(child=ComponentPoints())
    bonus = Answers()
    flags = Answers()
    missing = Keys()
    stale = Keys()
    invalid = Keys()
    questions = Swing(many=True)
    settled_by_any_answer_to = Keys()
    could_be_settled_by = Keys()
    assumed = Keys()


ANY_VALUE = {
    "oneOf": [
        {"type": "number"},
        {"type": "boolean"},
        {"type": "string"},
        {"type": "array", "items": {"type": "string"}},
        {
            "type": "object",
            "properties": {"low": {"type": ["number", "null"]}, "high": {"type": ["number", "null"]}},
            "required": ["low", "high"],
            "additionalProperties": False,
        },
        {"type": "null"},
    ]
}


@extend_schema_field(ANY_VALUE)
class Value(serializers.JSONField):
    """A number, a range of numbers, a day, yes or no, a word, names, or null for unknown."""


class FactKnown(serializers.Serializer[Any]):
    """One fact behind the result, in a form that `evaluate` takes."""

    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.ChoiceField([each.value for each in Kind])
    unit = serializers.CharField()
    value = Value()
    text = serializers.CharField(help_text="The value in words.")
    complete = serializers.BooleanField(required=False, help_text="Of a set: whether these names are all.")
    source = serializers.CharField(help_text="Who said so; empty where nobody noted it.")  # type: ignore[assignment]
    as_of = serializers.DateField(allow_null=True, help_text="The day the value was observed, where it is known.")
    age_days = serializers.IntegerField(allow_null=True)
    stale = serializers.BooleanField(help_text="Whether it is too old to count.")
    invalid = serializers.CharField(allow_null=True, help_text="Why the stored value cannot be.")


class ReceiptLine(serializers.Serializer[Any]):
    """One criterion, as a person reads it."""

    path = serializers.CharField(help_text="kind:key, or points:COMPONENT:ROW; it names the line in its profile.")
    kind = serializers.ChoiceField(("disqualify", "must", "points", "bonus", "flag"))
    label = serializers.CharField()  # type: ignore[assignment]
    rule = serializers.CharField(help_text="The condition in plain words.")
    answer = serializers.ChoiceField(ANSWERS)
    points = serializers.FloatField(allow_null=True, help_text="What it adds; null while that is open.")
    worth = serializers.FloatField(allow_null=True, help_text="What it adds where it holds.")
    facts = Keys(help_text="The facts that it reads.")
    change = serializers.CharField(help_text="What would change the answer; empty where nothing needs to.")
    rationale = serializers.CharField()


class ReceiptGroup(serializers.Serializer[Any]):
    """Lines that belong together, with what they add up to."""

    title = serializers.CharField()
    points = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    note = serializers.CharField()
    lines = ReceiptLine(many=True)


class ProfileReceipt(serializers.Serializer[Any]):
    """All that one profile says, line by line."""

    profile = serializers.CharField()
    name = serializers.CharField()
    stance = serializers.CharField()
    action = serializers.CharField(help_text="What to do with such an account.")
    groups = ReceiptGroup(many=True)


class Question(serializers.Serializer[Any]):
    """A fact worth asking for, and what the answer would do."""

    fact = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    subject = serializers.ChoiceField(("company", "contact"), help_text="Whose fact it is.")
    why = serializers.CharField()
    settles = serializers.CharField(help_text="segment, or the key of a profile.")
    effect = serializers.ChoiceField(
        ("settles", "could_settle", "enables", "moves"),
        help_text="settles: whatever the answer. enables: without it there is no number.",
    )
    swing = serializers.FloatField(allow_null=True, help_text="The most points that it moves; null unless it moves.")
    kind = serializers.ChoiceField([each.value for each in Kind])
    unit = serializers.CharField()
    choices = serializers.ListField(child=serializers.CharField(), help_text="The answers there are; empty: any.")
    can_be_stated = serializers.BooleanField(
        help_text="Whether it can be written to the company; others follow from contacts, deals and activities."
    )


class SetByHand(serializers.Serializer[Any]):
    """A segment that somebody set; it stands beside what the rules say."""

    segment = serializers.CharField(allow_null=True, help_text="null: in no segment, whatever the rules say.")
    state = serializers.ChoiceField(("active", "redundant", "contradicted", "expired"))
    reason = serializers.CharField()
    author = serializers.IntegerField(help_text="The user.")
    author_name = serializers.CharField()
    created_at = serializers.DateTimeField()
    expires_on = serializers.DateField()


class CompanyFitShape(serializers.Serializer[Any]):
    """How well a company fits: what `evaluate` says of its facts as they stand now, the facts, and why."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField(help_text="When it was worked out.")
    ruleset = serializers.IntegerField()
    segment = Segment()
    profiles = serializers.DictField(child=ProfileFit())
    effective_segment = serializers.CharField(allow_null=True, help_text="What counts: set by hand, else settled.")
    headline = serializers.CharField(allow_null=True, help_text="The profile whose points lists show.")
    override = SetByHand(allow_null=True)
    facts = serializers.DictField(child=FactKnown())
    receipt = ProfileReceipt(many=True)
    questions = Question(many=True)
    freshness = AccountFreshness()


class ContactPointsShape(serializers.Serializer[Any]):
    """The points of a person: those of the first profile that does not rule them out."""

    profile = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(("exact", "open", "insufficient_data", "disqualified"))
    verdict = serializers.ChoiceField(ANSWERS)
    points = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    band = serializers.CharField(allow_null=True)


class ContactFitShape(serializers.Serializer[Any]):
    """How well a person fits, by the profiles of people."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    ruleset = serializers.IntegerField()
    company = serializers.IntegerField(allow_null=True)
    without_points_because = serializers.ChoiceField(
        ("no_company", "no_profiles"), allow_null=True, help_text="Why there is nothing to say; else null."
    )
    result = ContactPointsShape(allow_null=True)
    profiles = serializers.DictField(child=ProfileFit())
    facts = serializers.DictField(child=FactKnown())
    receipt = ProfileReceipt(many=True)
    questions = Question(many=True)
    freshness = AccountFreshness(allow_null=True)


class QuestionsShape(serializers.Serializer[Any]):
    """The facts worth asking for, the most decisive first."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    ruleset = serializers.IntegerField()
    questions = Question(many=True)
    freshness = AccountFreshness(allow_null=True)
