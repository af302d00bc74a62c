"""Facts as JSON: numbers and ranges, sets of names, and what is kept in the rules' own words."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.imports.columns import ENDS
from crm.models import Attribute, Company
from crm.stating import RESEARCHED, Names, Statement
from personas.api.parameters import strangers
from personas.rules.facts import NUMBERS, Fact, InvalidValue, Kind, read
from personas.rules.texts import jsonable

if TYPE_CHECKING:
    Field = serializers.Field[Any, Any, Any, Any]
else:
    Field = serializers.Field

MOST_NAMES = 500
LONGEST = 300

NUMBER = {"type": "number"}
RANGE = {
    "type": "object",
    "properties": {"low": NUMBER | {"nullable": True}, "high": NUMBER | {"nullable": True}},
    "additionalProperties": False,
}
NAMES = {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": LONGEST}, "maxItems": MOST_NAMES}
SET = {
    "type": "object",
    "properties": {
        "value": NAMES,
        "complete": {"type": "boolean", "description": "Whether these are known to be all."},
    },
    "required": ["value"],
}


def ends(low: Any, high: Any) -> Any:
    """A number that is exact, a range with an open end as null, or None."""
    if low is None and high is None:
        return None
    return jsonable(low) if low == high else {"low": jsonable(low), "high": jsonable(high)}


@extend_schema_field({"oneOf": [NUMBER, RANGE], "nullable": True})
class NumberFact(Field):
    """A number where it is exact, a range where it is not; null where it is unknown."""

    def __init__(self, fact: Fact, **kwargs: Any) -> None:
        usual: dict[str, Any] = {"allow_null": True, "required": False, "help_text": help_of(fact)}
        super().__init__(**usual | kwargs)
        self.fact = fact

    def get_attribute(self, instance: Company) -> Any:
        stem = ENDS[self.fact.key]
        return ends(getattr(instance, f"{stem}_low"), getattr(instance, f"{stem}_high"))

    def to_representation(self, value: Any) -> Any:
        return value

    def to_internal_value(self, data: Any) -> Any:
        return single(self.fact, data)


def single(fact: Fact, data: Any) -> Statement:
    """What JSON says of a fact that is no set. Raises ValidationError."""
    try:
        known: Any = read(fact, data)
    except InvalidValue as error:
        raise serializers.ValidationError(sentence(error)) from error
    # Words are kept as they are spelled, and not as the rules fold them.
    return data if isinstance(data, str) and fact.kind in (Kind.TEXT, Kind.CHOICE) else known


def sentence(error: Exception) -> str:
    text = str(error)
    return f"It {text}." if text[:1].islower() else text


def help_of(fact: Fact) -> str:
    return f"{fact.label}{f', {fact.unit}' if fact.unit else ''}."


@extend_schema_field({"oneOf": [SET, NAMES], "nullable": True})
class SetFact(Field):
    """Names, and whether they are known to be all.

    A list, or `value`, says which names there are; `add` and `remove` change
    some of them; `complete` left out stays as it is.
    """

    def __init__(self, fact: Fact, **kwargs: Any) -> None:
        usual: dict[str, Any] = {"allow_null": True, "required": False, "help_text": help_of(fact)}
        super().__init__(**usual | kwargs)
        self.fact = fact

    def get_attribute(self, instance: Company) -> Any:
        if self.fact.key == "investors":
            names = [row.investor.name for row in instance.investments.all()]
        else:
            names = terms_of(instance, self.fact.key)
        return {"value": sorted(names), "complete": getattr(instance, RESEARCHED[self.fact.key]) is not None}

    def to_representation(self, value: Any) -> Any:
        return value

    def to_internal_value(self, data: Any) -> Names:
        return names(data)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        value = super().run_validation(data)
        if isinstance(value, Names) and self.root.instance is not None:
            return whole(value, data, self.get_attribute(self.root.instance)["value"])
        return value


def terms_of(company: Company, vocabulary: str) -> list[str]:
    return [row.term.name for row in company.terms.all() if row.term.vocabulary == vocabulary]


def names(data: Any) -> Names:
    """What JSON says of a set. Raises ValidationError."""
    said: Any = {"value": data} if isinstance(data, list) else data
    if not isinstance(said, Mapping) or not said or not ({"value", "add", "remove", "complete"} >= set(said)):
        raise serializers.ValidationError('Write a list of names, or {"value": [...], "complete": true}.')
    if "value" in said and ("add" in said or "remove" in said):
        raise serializers.ValidationError("Write either value, or add and remove.")
    complete = said.get("complete")
    if complete is not None and not isinstance(complete, bool):
        raise serializers.ValidationError("complete is true or false.")
    return Names(listed(said.get("value", said.get("add", []))), listed(said.get("remove", [])), complete)


def listed(data: Any) -> tuple[str, ...]:
    if not isinstance(data, list) or not all(isinstance(each, str) and each.strip() for each in data):
        raise serializers.ValidationError("Write a list of names.")
    if len(data) > MOST_NAMES or any(len(each) > LONGEST for each in data):
        raise serializers.ValidationError(f"At most {MOST_NAMES} names, of at most {LONGEST} characters each.")
    return tuple(data)


def whole(said: Names, data: Any, present: list[str]) -> Names:
    """The names as a change of those that are there: what `value` does not name is gone."""
    if isinstance(data, list) or "value" in data:
        return Names(said.there, tuple(each for each in present if each not in said.there), said.complete)
    return said


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {},
        "description": "The custom facts of the active rules by key, each as facts are; null where unknown.",
    }
)
class CustomFacts(Field):
    """The custom facts of the active rules, which the context of the serializer has as `custom`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False} | kwargs)

    @property
    def facts(self) -> Mapping[str, Fact]:
        found: Mapping[str, Fact] = self.context.get("custom", {})
        return found

    def get_attribute(self, instance: Company) -> Any:
        rows = {row.fact: row for row in instance.attributes.all()} if self.facts else {}
        return {key: self.value_of(instance, fact, rows.get(key)) for key, fact in self.facts.items()}

    def value_of(self, company: Company, fact: Fact, row: Attribute | None) -> Any:
        if fact.kind is Kind.SET:
            return {"value": sorted(terms_of(company, fact.key)), "complete": bool(row and row.complete)}
        if row is None:
            return None
        if fact.kind in NUMBERS:
            return ends(row.low, row.high)
        return row.day if fact.kind is Kind.DATE else row.boolean if fact.kind is Kind.BOOLEAN else row.text

    def to_representation(self, value: Any) -> Any:
        return value

    def to_internal_value(self, data: Any) -> dict[Fact, Statement]:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError("Write an object: facts by their key.")
        found: dict[Fact, Statement] = {}
        wrong: dict[str, Any] = {}
        wrong |= strangers(data, self.facts, "The active rules have no such fact.")
        company: Company | None = self.root.instance
        for key, value in data.items():
            fact = self.facts.get(str(key))
            if fact is None:
                continue
            try:
                found[fact] = self.stated(fact, value, company)
            except serializers.ValidationError as error:
                wrong[fact.key] = error.detail
        if wrong:
            raise serializers.ValidationError(wrong)
        return found

    def stated(self, fact: Fact, value: Any, company: Company | None) -> Statement:
        if value is None:
            return None
        if fact.kind is not Kind.SET:
            return single(fact, value)
        said = names(value)
        return whole(said, value, terms_of(company, fact.key)) if company else said
