"""A contact as the API says it, and what may be said of one."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.api.companies.serializer import ExternalIdSerializer, SourceSerializer
from crm.api.links import Linked, PersonLink, without_links_that_stand
from crm.api.points import PointsField
from crm.api.values import KeptText, PastDay, Word
from crm.buying_group import Known, decided_roles, known_as, roles_text
from crm.models import Company, Contact, ContactFit, Employment
from crm.origins import FACTS, Origin, word_of
from crm.people import Job, Said
from personas.api.parameters import nearest
from personas.api.sparse import Sparse
from personas.api.strict import Strict, Whole
from personas.rules.document import Document
from personas.rules.parts import BUYING_ROLES

MOST_FOLLOWERS = 2**63 - 1
MOST: dict[str, Any] = {"max_length": 100}

WORKED_OUT = ("matched", "seniority", "function", "buying_roles", "fit", "last_activity_at", "updated_at")
"""Fields that nobody edits, and that may change meanwhile."""

COLUMNS = (
    "name", "email", "linkedin_url", "city", "followers", "is_founder", "consent", "persona", "is_champion",
)  # fmt: skip
LINKS = ("company", "owner")


class OwnCompanyLink(Linked):
    """A company that the caller may edit, by its id: its people are part of it."""

    default_error_messages = {"does_not_exist": "There is no company {pk_value} that you may edit."}

    def get_queryset(self) -> QuerySet[Any]:
        return Company.objects.editable_by(self.caller) if "request" in self.context else Company.objects.none()


class ContactFitSummary(serializers.ModelSerializer[ContactFit]):
    """The points of a person by the first profile of people that does not rule them out."""

    points = PointsField(allow_null=True)
    low = PointsField(allow_null=True)
    high = PointsField(allow_null=True)

    class Meta:
        model = ContactFit
        fields = ["profile", "status", "verdict", "points", "low", "high", "band", "ruleset", "seen_at", "stale_since"]
        read_only_fields = fields

    seen_at = serializers.DateTimeField(source="company.fit.seen_at", allow_null=True)
    stale_since = serializers.DateTimeField(source="company.fit.stale_since", allow_null=True)


class EmploymentSerializer(Whole, serializers.Serializer[Any]):
    """Where somebody worked before, or has a day job beside their company."""

    kind = serializers.ChoiceField(Employment.Kind.choices, default=Employment.Kind.PREVIOUS)
    employer = serializers.CharField(max_length=300, source="employer.name")
    company = serializers.IntegerField(
        source="employer.company.pk",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="The company that the employer is.",
    )
    title = KeptText(max_length=300)
    ended_on = serializers.DateField(allow_null=True, required=False)


@extend_schema_field(
    {
        "type": "object",
        "properties": {
            "how": {
                "type": "string",
                "enum": ["decided", "certain", "ambiguous", "none", "excluded", "unmatched", "untitled"],
            },
            "personas": {"type": "array", "items": {"type": "string"}, "description": "The likeliest first."},
            "evidence": {"type": "array", "items": {"type": "object", "additionalProperties": {}}},
            "flags": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["how", "personas", "evidence", "flags"],
    }
)
class Matched(serializers.Field):  # type: ignore[type-arg]
    """Who somebody is, how that is known, and the words of the title that say it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, contact: Contact) -> Any:
        known = known_of(contact, self.context)
        reading: Mapping[str, Any] = (contact.title.reading if contact.title else None) or {}
        return {
            "how": known.how,
            "personas": list(known.personas),
            "evidence": reading.get("evidence", []),
            "flags": reading.get("flags", []),
        }


def known_of(contact: Contact, context: Mapping[str, Any]) -> Known:
    document: Document = context.get("document") or Document()
    title = contact.title
    return known_as(
        document,
        persona=contact.persona,
        roles=contact.roles,
        result=title.result if title else None,
        titled=title is not None,
        matched=[each.persona for each in title.personas.all()] if title else (),
    )


@extend_schema_field(
    {
        "type": "object",
        "properties": {
            name: {"type": "array", "items": {"type": "string", "enum": list(BUYING_ROLES)}}
            for name in ("certain", "perhaps")
        },
        "required": ["certain", "perhaps"],
    }
)
class BuyingRoles(serializers.Field):  # type: ignore[type-arg]
    """The roles that somebody has, as decided or as their persona has them, and those that they may have."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, contact: Contact) -> Any:
        known = known_of(contact, self.context)
        return {"certain": list(known.roles), "perhaps": list(known.perhaps)}


class DecidedRoles(serializers.ListField):
    """Decided buying roles; none of them where the list is empty, and what the persona says where it is null."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=serializers.ChoiceField(BUYING_ROLES), max_length=len(BUYING_ROLES), **kwargs)

    def get_attribute(self, instance: Contact) -> Any:
        found = decided_roles(instance.roles)
        return None if found is None else list(found)


@extend_schema_field(serializers.DictField(child=SourceSerializer()))
class ContactSources(serializers.DictField):
    """Sources by the name of the fact."""

    child = SourceSerializer()

    def get_attribute(self, instance: Contact) -> Any:
        return {
            row.fact: {
                "source": row.source,
                "observed_on": row.observed_on,
                "stated": None,
                "by_person": row.person_id is not None,
            }
            for row in sorted(instance.sources.all(), key=lambda each: each.fact)
        }


class ContactSerializer(Sparse, Strict, serializers.Serializer[Any]):
    """A person we know, at a company or not. What is unknown is null."""

    id = serializers.IntegerField(read_only=True)
    company = OwnCompanyLink(
        allow_null=True, required=False, help_text="Another one is a move: the former employer is kept."
    )
    moved_on = PastDay(since=1950, write_only=True, required=False, help_text="Since when; today where left out.")
    correction = serializers.BooleanField(
        write_only=True, required=False, help_text="They never were at the former company: no move."
    )
    name = serializers.CharField(max_length=300)
    email = serializers.EmailField(max_length=254, allow_null=True, required=False)
    external_ids = ExternalIdSerializer(many=True, required=False, **MOST)
    title = KeptText(max_length=300, source="title.text", help_text="The job title as it is written.")
    linkedin_url = serializers.URLField(max_length=200, allow_null=True, required=False)
    city = KeptText(max_length=200)
    followers = serializers.IntegerField(min_value=0, max_value=MOST_FOLLOWERS, allow_null=True, required=False)
    is_founder = serializers.BooleanField(allow_null=True, required=False)
    is_champion = serializers.BooleanField(allow_null=True, required=False, help_text="Speaks for us.")
    consent = Word(Contact.Consent.choices)
    persona = KeptText(max_length=80, help_text="Decided for this contact; null is what the title says.")
    roles = DecidedRoles(
        allow_null=True,
        required=False,
        help_text="Decided for this contact; null is what the persona has.",
    )
    owner = PersonLink(allow_null=True, required=False)
    employments = EmploymentSerializer(many=True, required=False, **MOST)
    sources = ContactSources(required=False, help_text="Where each fact comes from.")
    matched = Matched()
    seniority = serializers.CharField(source="title.seniority", read_only=True, default=None, allow_null=True)
    function = serializers.CharField(source="title.function", read_only=True, default=None, allow_null=True)
    buying_roles = BuyingRoles()
    fit = ContactFitSummary(read_only=True, default=None, allow_null=True)
    last_activity_at = serializers.DateTimeField(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(without_links_that_stand(data, self.instance, LINKS))

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        unsaid = {
            key: ["Say the fact together with its source."]
            for key, each in said.get("sources", {}).items()
            if not (key in FACTS and key in said) and not self.stands(key, each)
        }
        if unsaid:
            raise serializers.ValidationError({"sources": unsaid})
        return said

    def stands(self, key: str, source: Mapping[str, Any]) -> bool:
        """Whether the fact has this source already."""
        contact: Any = self.instance
        present: Any = {} if contact is None else self.fields["sources"].get_attribute(contact)
        return key in present and all(present[key].get(name) == value for name, value in source.items())

    def validate_persona(self, key: str | None) -> str | None:
        if key is None or (self.instance is not None and key == self.instance.persona):
            return key
        keys = [each.key for each in (self.context.get("document") or Document()).personas]
        if key not in keys:
            raise serializers.ValidationError(f"The active rules have no such persona.{nearest(key, keys)}")
        return key


def said_by(data: Mapping[str, Any], *, by: Any, today: date) -> Said:
    """What a valid body says."""
    columns = {name: data[name] for name in COLUMNS if name in data}
    if "owner" in data:
        columns["owner_id"] = data["owner"].pk if data["owner"] else None
    if "roles" in data:
        columns["roles"] = None if data["roles"] is None else roles_text(data["roles"])
    jobs = data.get("employments")
    text = data["title"]["text"] if "title" in data else None
    ids = data.get("external_ids")
    origin = word_of(by, today)
    return Said(
        by=by,
        on=data.get("moved_on", today),
        origin=origin,
        external_ids=None if ids is None else [(each["system"], each["value"]) for each in ids],
        sources={
            key: Origin(each["source"], each.get("observed_on"), origin.person)
            for key, each in data.get("sources", {}).items()
        },
        columns=columns,
        moves="company" in data,
        company=data.get("company"),
        correction=data.get("correction", False),
        titled="title" in data,
        title=" ".join(text.split())[:300] or None if text else None,
        jobs=None
        if jobs is None
        else [
            Job(
                each.get("kind", Employment.Kind.PREVIOUS),
                each["employer"]["name"],
                each.get("title"),
                each.get("ended_on"),
            )
            for each in jobs
        ],
    )
