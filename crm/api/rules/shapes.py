"""The objects in answers about rules, in the words of the rule document, with nothing left out."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from personas.rules.parts import BUYING_ROLES, COMBINES, MATCHES, STANCES, STATEMENTS, SUBJECTS, TIERS


class Texts(serializers.ListField):
    """Texts."""

    child = serializers.CharField()


@extend_schema_field({"type": "object", "additionalProperties": True, "description": "As in a rule document."})
class ConditionField(serializers.JSONField):
    """A condition as a rule document has it."""


class StatementSerializer(serializers.Serializer[Any]):
    """Something a persona would say."""

    kind = serializers.ChoiceField(choices=STATEMENTS)
    text = serializers.CharField()


class PersonaSerializer(serializers.Serializer[Any]):
    """Someone we build for and sell to, whole."""

    key = serializers.CharField()
    name = serializers.CharField()
    aliases = Texts()
    tier = serializers.ChoiceField(choices=TIERS)
    buying_roles = serializers.ListField(child=serializers.ChoiceField(choices=BUYING_ROLES))
    titles = Texts(help_text="Job titles that match.")
    exclude = Texts(help_text="Job titles that rule them out.")
    story = serializers.CharField(allow_blank=True)
    pain_tolerance = serializers.CharField(allow_blank=True)
    technical_level = serializers.CharField(allow_blank=True)
    found_at = Texts()
    statements = StatementSerializer(many=True, help_text="What they would say, as the rule document has it.")
    goals = Texts()
    challenges = Texts()
    deal_makers = Texts(help_text="Talking points: say this.")
    deal_breakers = Texts(help_text="Avoid this.")


class ConditionSerializer(serializers.Serializer[Any]):
    """A condition in plain words, and as the rule document has it."""

    sentence = serializers.CharField()
    when = ConditionField()


class LineSerializer(serializers.Serializer[Any]):
    """One criterion."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a name of the domain, not that of a field
    sentence = serializers.CharField(help_text="What it asks for, in plain words.")
    when = ConditionField()
    points = serializers.FloatField(allow_null=True, help_text="Of rows of components and of bonuses.")
    reason = serializers.CharField(allow_blank=True, help_text="Of disqualifiers.")
    rationale = serializers.CharField(allow_blank=True)


class ComponentSerializer(serializers.Serializer[Any]):
    """A group of rows, and how their points become one number."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a name of the domain, not that of a field
    combine = serializers.ChoiceField(choices=COMBINES)
    gate = ConditionSerializer(allow_null=True, help_text="Counts only where this holds.")
    cap = serializers.FloatField(allow_null=True)
    floor = serializers.FloatField(allow_null=True)
    otherwise = serializers.FloatField(allow_null=True, help_text="Points where no row holds.")
    rows = LineSerializer(many=True)


class BandSerializer(serializers.Serializer[Any]):
    """A name for totals of `start` and more, below the band above it."""

    key = serializers.CharField()
    start = serializers.FloatField(allow_null=True)


class ProfileSerializer(serializers.Serializer[Any]):
    """A kind of company, or of person: what it asks for, what it is worth, and what sales does with it."""

    key = serializers.CharField()
    name = serializers.CharField()
    subject = serializers.ChoiceField(choices=SUBJECTS)
    is_segment = serializers.BooleanField()
    rank = serializers.IntegerField(allow_null=True, help_text="The order in which segments are looked at.")
    stance = serializers.ChoiceField(choices=STANCES, allow_null=True)
    summary = serializers.CharField(allow_blank=True)
    action = serializers.CharField(allow_blank=True)
    examples = Texts()
    wanted_personas = Texts(help_text="Keys of the personas whom such a company should have.")
    wanted_roles = Texts(help_text="The buying roles that somebody there should have.")
    missing = serializers.ChoiceField(choices=("open", "yes", "no"), help_text="What an unknown fact counts as.")
    enough_data = ConditionSerializer(allow_null=True)
    disqualify = LineSerializer(many=True)
    must = LineSerializer(many=True)
    components = ComponentSerializer(many=True)
    bonus = LineSerializer(many=True)
    flags = LineSerializer(many=True)
    bands = BandSerializer(many=True, help_text="From the top down.")
    maximum = serializers.FloatField(allow_null=True)
    text = Texts(help_text="The whole profile as lines of plain words; what belongs to a line is indented below it.")


class EntrySerializer(serializers.Serializer[Any]):
    """One name on a list, with its other spellings."""

    name = serializers.CharField()
    aliases = Texts()


class UseSerializer(serializers.Serializer[Any]):
    """A place that asks a list."""

    profile = serializers.CharField()
    line = serializers.CharField(allow_null=True, help_text="The key of the criterion; null for a gate or enough data.")


class ListSerializer(serializers.Serializer[Any]):
    """A list that the organisation owns, such as its leading investors."""

    key = serializers.CharField()
    title = serializers.CharField()
    match = serializers.ChoiceField(choices=MATCHES)
    contains_from = serializers.IntegerField(
        allow_null=True, help_text="Entries of so many letters also match inside a longer name."
    )
    used_by = UseSerializer(many=True)
    entries = EntrySerializer(many=True)
