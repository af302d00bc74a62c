"""A company as the API says it, and what may be said of one."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django_countries import countries
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.accounts import FACT_OF_STATUS, Origin, Said
from crm.api.links import CompanyLink, PersonLink, TeamLink, without_links_that_stand
from crm.api.points import PointsField
from crm.api.values import KeptText, PastDay, Word
from crm.imports.columns import ENDS, SETS
from crm.models import Company, Fit
from crm.stating import Statement
from personas.api.sparse import Sparse
from personas.api.strict import Strict, Whole
from personas.rules.facts import BUILT_IN, FUNDING_STAGES, PROJECT_STAGES, Fact

from .fields import CustomFacts, NumberFact, SetFact

LONGEST_NOTES = 100_000
MOST: dict[str, Any] = {"max_length": 100}

WORKED_OUT = ("fit", "last_activity_at", "updated_at")
"""Fields that nobody edits, and that may change meanwhile."""

WORDS = ("domain", "country", "city", "industry", "funding_stage", "company_type", "project_stage", "lifecycle_stage")
PLAIN = ("name", "notes", "people_researched_on")
LINKS = ("owner", "team", "parent")


class Country(Word):
    """A country by its two letters, or null."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(list(countries), **kwargs)

    def get_attribute(self, instance: Company) -> Any:
        return instance.country.code or None if instance.country else None


class Listed(serializers.BooleanField):
    """Whether it is listed on an exchange: one of the answers that `status` has."""

    def get_attribute(self, instance: Any) -> Any:
        return None if instance.status is None else instance.status == Company.Status.PUBLIC


class FitSummary(serializers.ModelSerializer[Fit]):
    """The stored result of an account. `segment` and the points are what the rules say; an override counts before."""

    possible = serializers.SerializerMethodField(help_text="Segments it may be in, with none.")
    points = PointsField(allow_null=True)
    low = PointsField(allow_null=True)
    high = PointsField(allow_null=True)
    ruleset = serializers.SerializerMethodField(help_text="The ruleset it was scored by; null before that.")

    class Meta:
        model = Fit
        fields = [
            "segment", "status", "possible", "effective_segment", "profile", "points", "low", "high", "band",
            "ruleset", "seen_at", "stale_since",
        ]  # fmt: skip
        read_only_fields = fields

    status = serializers.ChoiceField(
        Fit.Status.choices, source="segment_status", allow_null=True, help_text="null: not scored yet."
    )
    profile = serializers.CharField(source="headline", allow_null=True, help_text="The profile whose points these are.")

    def get_possible(self, fit: Fit) -> list[str]:
        return fit.possible.split(",") if fit.possible else []

    def get_ruleset(self, fit: Fit) -> int | None:
        return fit.scored_ruleset or None


class ExternalIdSerializer(Whole, serializers.Serializer[Any]):
    """What another system calls it."""

    system = serializers.CharField(max_length=60)
    value = serializers.CharField(max_length=200)


class SourceSerializer(Whole, serializers.Serializer[Any]):
    """Where the value of a fact comes from, and of which day it is."""

    source = serializers.CharField(max_length=200)  # type: ignore[assignment]
    observed_on = PastDay(allow_null=True, required=False)
    stated = serializers.CharField(read_only=True, allow_null=True, help_text="The value as the source put it.")
    by_person = serializers.BooleanField(read_only=True, help_text="Whether a person entered it.")


@extend_schema_field(serializers.DictField(child=SourceSerializer()))
class Sources(serializers.DictField):
    """Sources by the key of the fact."""

    child = SourceSerializer()

    def get_attribute(self, instance: Company) -> Any:
        return {
            row.fact: {
                "source": row.source,
                "observed_on": row.observed_on,
                "stated": row.stated,
                "by_person": row.person_id is not None,
            }
            for row in sorted(instance.fact_sources.all(), key=lambda each: each.fact)
        }


class Domains(serializers.ListField):
    """Domains as the company has them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=serializers.CharField(max_length=253), max_length=100, **kwargs)

    def get_attribute(self, instance: Company) -> Any:
        return sorted(row.domain for row in instance.further_domains.all())


class CompanySerializer(Sparse, Strict, serializers.Serializer[Any]):
    """An account, what is known of it, and how well it fits. What is unknown is null."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=300)
    domain = KeptText(max_length=253, help_text="The domain it registered, such as example.com.")
    domains = Domains(required=False, help_text="Further domains.")
    external_ids = ExternalIdSerializer(many=True, required=False, **MOST)
    parent = CompanyLink(allow_null=True, required=False)  # type: ignore[assignment]
    country = Country()
    city = KeptText(max_length=200)
    industry = KeptText(max_length=200)
    employees = NumberFact(BUILT_IN["employees"])
    consumer_users = NumberFact(BUILT_IN["consumer_users"])
    monthly_revenue = NumberFact(BUILT_IN["monthly_revenue"])
    funding_total = NumberFact(BUILT_IN["funding_total"])
    funding_stage = Word(FUNDING_STAGES)
    status = Word(Company.Status.choices)
    is_public = Listed(allow_null=True, required=False, help_text="Listed on an exchange; `status` says more.")
    founded = serializers.IntegerField(min_value=1000, max_value=2100, allow_null=True, required=False)
    company_type = KeptText(max_length=60)
    project_stage = Word(PROJECT_STAGES)
    lifecycle_stage = Word(Company.Stage.choices)
    investors = SetFact(BUILT_IN["investors"])
    accelerators = SetFact(BUILT_IN["accelerators"])
    tags = SetFact(BUILT_IN["tags"])
    technologies = SetFact(BUILT_IN["technologies"])
    custom = CustomFacts()
    people_researched_on = PastDay(
        allow_null=True, required=False, help_text="Since when its people are known to be complete."
    )
    owner = PersonLink(allow_null=True, required=False)
    team = TeamLink(allow_null=True, required=False)
    notes = serializers.CharField(max_length=LONGEST_NOTES, allow_blank=True, required=False)
    sources = Sources(required=False)
    fit = FitSummary(read_only=True)
    last_activity_at = serializers.DateTimeField(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(without_links_that_stand(data, self.instance, LINKS))

    def validate_parent(self, parent: Company | None) -> Company | None:
        if parent is not None and self.instance is not None and parent.pk == self.instance.pk:
            raise serializers.ValidationError("A company is not its own parent.")
        return parent

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if FACT_OF_STATUS in said and "status" in said:
            listed = None if said["status"] is None else said["status"] == Company.Status.PUBLIC
            if listed is not said.pop(FACT_OF_STATUS):
                raise serializers.ValidationError({FACT_OF_STATUS: ["This goes against status."]})
        unsaid = {
            key: ["Say the fact together with its source."]
            for key, each in said.get("sources", {}).items()
            if key not in self.facts_in(said) and not self.stands(key, each)
        }
        if unsaid:
            raise serializers.ValidationError({"sources": unsaid})
        return said

    def stands(self, key: str, source: Mapping[str, Any]) -> bool:
        """Whether the fact has this source already."""
        company: Any = self.instance
        present: Any = {} if company is None else self.fields["sources"].get_attribute(company)
        return key in present and all(present[key].get(name) == value for name, value in source.items())

    def facts_in(self, said: Mapping[str, Any]) -> set[str]:
        facts = {key for key in BUILT_IN if key in said} | {fact.key for fact in said.get("custom", {})}
        return facts | ({FACT_OF_STATUS} if "status" in said else set())


def said_by(data: Mapping[str, Any], *, by: Any, person: int | None, source: str, today: date) -> Said:
    """What a valid body says, as one who is `by` says it."""
    facts: dict[Fact, Statement] = {
        BUILT_IN[key]: data[key] for key in (*ENDS, *WORDS, "founded", FACT_OF_STATUS, *SETS) if key in data
    }
    columns = {name: data[name] for name in (*PLAIN, "status") if name in data}
    columns |= {f"{name}_id": data[name].pk if data[name] else None for name in LINKS if name in data}
    ids = data.get("external_ids")
    return Said(
        by=by,
        person=person,
        origin=Origin(source, today),
        columns=columns,
        facts=facts | data.get("custom", {}),
        sources={key: Origin(each["source"], each.get("observed_on")) for key, each in data.get("sources", {}).items()},
        domains=data.get("domains"),
        external_ids=None if ids is None else [(each["system"], each["value"]) for each in ids],
    )
