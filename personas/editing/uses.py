"""Where the draft uses a list, a fact or a persona."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from personas.models import Component, Criterion, GoldenCase, Profile
from personas.rules.errors import Fault, RuleError

Row = Profile | Component | Criterion | GoldenCase
LIST_QUESTIONS = ("in_list", "any_in_list")


@dataclass(frozen=True)
class Use:
    """One place: the row, which part of it, and the condition there; a golden case has none."""

    row: Row
    part: str = ""
    condition: object = None

    def __str__(self) -> str:
        if isinstance(self.row, GoldenCase):
            return f"Golden case “{self.row}”"
        if isinstance(self.row, Profile):
            return f"{self.row}: {self.part}"
        return f"{self.row.profile}: {self.row}{f', {self.part}' if self.part else ''}"


def conditions() -> Iterator[Use]:
    """Every condition of the draft, criteria that are off among them."""
    for profile in Profile.objects.exclude(enough_data=None):
        yield Use(profile, "counted only where enough is known", profile.enough_data)
    for part in Component.objects.exclude(gate=None).select_related("profile"):
        yield Use(part, "counts only where", part.gate)
    for row in Criterion.objects.select_related("profile").order_by(
        "profile__subject", "profile__position", "position", "pk"
    ):
        yield Use(row, "" if row.enabled else "off", row.condition)


def comparisons(raw: object) -> Iterator[Mapping[str, object]]:
    """Every comparison in a condition as it is stored, right or wrong."""
    if isinstance(raw, list):
        for each in raw:
            yield from comparisons(each)
    elif isinstance(raw, dict):
        if raw.keys() & {"fact", "known", "unknown"}:
            yield raw
        for key in ("all", "any", "of", "not"):
            yield from comparisons(raw.get(key))


def found(asks: Callable[[Mapping[str, object]], bool]) -> list[Use]:
    return [use for use in conditions() if any(asks(each) for each in comparisons(use.condition))]


def uses_of_list(key: str) -> list[Use]:
    """Where the list with this key is looked something up in."""
    return found(lambda each: any(each.get(question) == key for question in LIST_QUESTIONS))


def uses_by_list() -> dict[str, list[Use]]:
    """The same for every list that is used."""
    out: dict[str, list[Use]] = {}
    for use in conditions():
        named = (each.get(question) for each in comparisons(use.condition) for question in LIST_QUESTIONS)
        for key in dict.fromkeys(each for each in named if isinstance(each, str)):
            out.setdefault(key, []).append(use)
    return out


def uses_of_fact(key: str) -> list[Use]:
    """Where the fact is asked for, and the golden cases that have it."""
    cases = [Use(case) for case in GoldenCase.objects.all() if key in case.facts]
    return found(lambda each: key in (each.get("fact"), each.get("known"), each.get("unknown"))) + cases


def uses_by_fact() -> dict[str, list[Use]]:
    """The same for every fact that is used."""
    out: dict[str, list[Use]] = {}
    for use in conditions():
        named = (each.get(word) for each in comparisons(use.condition) for word in ("fact", "known", "unknown"))
        for key in dict.fromkeys(each for each in named if isinstance(each, str)):
            out.setdefault(key, []).append(use)
    for case in GoldenCase.objects.all():
        for key in case.facts:
            out.setdefault(key, []).append(Use(case))
    return out


PERSONAS = ("personas", "contact_persona")


def uses_of_persona(key: str) -> list[Use]:
    """Where it is asked whether this persona is there, and the segments that want it."""
    return [*questions_of_persona(key), *(Use(profile, "wanted personas") for profile in wanting(key))]


def wanting(key: str) -> list[Profile]:
    """The profiles that want this persona."""
    return [each for each in Profile.objects.exclude(wanted_personas=[]) if key in each.wanted_personas]


def rename_wanted(key: str, to: str) -> None:
    """The profiles that want the persona `key` want it under its new key."""
    for profile in wanting(key):
        profile.wanted_personas = [to if each == key else each for each in profile.wanted_personas]
        profile.save(update_fields=["wanted_personas"])


def questions_of_persona(key: str) -> list[Use]:
    """Where it is asked whether this persona is there."""

    def asks(each: Mapping[str, object]) -> bool:
        values = (each.get(question) for question in ("any_of", "all_of", "none_of"))
        return each.get("fact") in PERSONAS and any(isinstance(value, list) and key in value for value in values)

    return found(asks)


def refuse_where_used(what: str, uses: list[Use]) -> None:
    """Raise RuleError that names the places, where there are any."""
    if uses:
        named = "; ".join(str(each) for each in uses[:8]) + (f" and {len(uses) - 8} more" if len(uses) > 8 else "")
        raise RuleError([Fault("", f"{what} is in use", f"it stays while these use it: {named}")])
