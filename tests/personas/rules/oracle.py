"""The rule language said once more, as plainly and slowly as possible, to hold the real one against.

It works on a rule document as data and on plain values: numbers, days, words,
sets of words. What is not known is a tuple of all values worth telling apart,
and every answer comes from trying them all. Nothing of `personas.rules` is used.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import combinations, permutations, product
from math import ceil, floor
from typing import Any

Data = Mapping[str, Any]
World = dict[str, Any]

NUMBERS = ("integer", "decimal", "money", "percent")
STAGES = ["bootstrapped", "pre_seed", "seed", "series_a", "series_b", "series_c", "series_d_plus", "public"]
BUILT_IN: dict[str, Data] = {
    "employees": {"kind": "integer", "minimum": 0},
    "monthly_revenue": {"kind": "money", "minimum": 0},
    "founded": {"kind": "integer", "minimum": 1000, "maximum": 2100},
    "funding_stage": {"kind": "choice", "choices": STAGES},
    "company_type": {"kind": "choice"},
    "is_public": {"kind": "boolean"},
    "country": {"kind": "text"},
    "industry": {"kind": "text"},
    "domain": {"kind": "text"},
    "tags": {"kind": "set"},
    "investors": {"kind": "set"},
    "day_job_segments": {"kind": "set"},
    "last_activity": {"kind": "date"},
}
TOO_MANY = 20_000
OTHER = "zz"  # a word that no rule mentions


class TooManyWorlds(Exception):
    """Trying them all would take too long."""


class Invalid(Exception):
    """A posted value that cannot be."""


# Text


@cache
def fold(text: str) -> str:
    return " ".join(text.casefold().replace("&", " and ").split())


@cache
def words(text: str) -> str:
    """The words of `text` with one space before and after each."""
    return " " + "".join(word + " " for word in re.findall(r"[a-z0-9]+", fold(text)))


def has_word(text: str, pattern: str) -> bool:
    if pattern.endswith("*"):
        return words(pattern[:-1]).removesuffix(" ") in words(text)
    return words(pattern) in words(text)


def under(host: str, domain: str) -> bool:
    """Whether `host` is `domain` or stands below it."""
    return host == domain or host.endswith("." + domain)


@cache
def name_key(name: str) -> str:
    """`name` in words, without a legal form at its end."""
    return " " + re.sub(r" (inc|llc|ltd|gmbh) $", " ", words(name)).strip() + " "


def on_list(named: Data, name: str) -> bool:
    inside = named.get("contains_from")
    for entry in spellings(named):
        if named.get("match") == "domain":
            if under(fold(name), fold(entry)):
                return True
            continue
        key = name_key(entry)
        if key == name_key(name):
            return True
        if inside is not None and len(key.replace(" ", "")) >= inside and key in name_key(name):
            return True
    return False


def spellings(named: Data) -> list[str]:
    out: list[str] = []
    for entry in named["entries"]:
        out += [entry] if isinstance(entry, str) else [entry["name"], *entry.get("aliases", [])]
    return out


# Facts


@dataclass(frozen=True)
class Knowledge:
    """What is known of a fact: whether anything is, and every value it may have."""

    known: bool
    values: tuple[Any, ...]


def conditions_in(condition: Data) -> Iterator[Data]:
    """Every comparison and every `known` in `condition`."""
    for word in ("all", "any", "of"):
        if word in condition:
            for part in condition[word]:
                yield from conditions_in(part)
            return
    if "not" in condition:
        yield from conditions_in(condition["not"])
    else:
        yield condition


def fact_of(condition: Data) -> str:
    return str(condition.get("fact") or condition.get("known") or condition.get("unknown"))


def operator_of(condition: Data) -> tuple[str, Any]:
    [(operator, value)] = [pair for pair in condition.items() if pair[0] not in ("fact", "missing")]
    return operator, value


def as_date(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def total_of(numbers: Iterable[Any]) -> Any:
    return sum(numbers, start=0)


def shown(number: Any) -> Any:
    """A number as it stands in JSON."""
    if number is None or isinstance(number, int):
        return number
    return int(number) if number == int(number) else float(number)


class Oracle:
    """Answers for one document and one set of posted facts."""

    def __init__(self, document: Data, facts: Data, at: date) -> None:
        self.document = document
        self.at = at
        self.lists: Data = document.get("lists", {})
        self.vocabulary: dict[str, Data] = BUILT_IN | {
            key: {**BUILT_IN.get(key, {}), **fact} for key, fact in document.get("facts", {}).items()
        }
        self.profiles: list[Data] = document.get("profiles", [])
        self.stale: set[str] = set()
        self.invalid: set[str] = set()
        self.found_today: dict[int, str] = {}
        self.comparisons: dict[str, list[Data]] = {}
        for profile in self.profiles:
            for condition in self.conditions(profile):
                for each in conditions_in(condition):
                    found = self.comparisons.setdefault(fact_of(each), [])
                    if "fact" in each and each not in found:
                        found.append(each)
        self.knowledge = {key: self.learn(key, facts.get(key)) for key in self.comparisons}

    def conditions(self, profile: Data, *kinds: str) -> list[Data]:
        """The conditions of these parts of a profile; of all parts where none is named."""
        out: list[Data] = []
        for kind in kinds or ("disqualify", "enough_data", "must", "components", "bonus", "flags"):
            for part in [profile[kind]] if kind == "enough_data" and kind in profile else profile.get(kind, []):
                if kind == "enough_data":
                    out.append(part)
                elif kind == "components":
                    out += [part["gate"]] if "gate" in part else []
                    out += [row["when"] for row in part["rows"]]
                else:
                    out.append(part["when"])
        return out

    # What is known

    def learn(self, key: str, given: Any) -> Knowledge:
        fact = self.vocabulary[key]
        try:
            found = self.read(key, given)
        except Invalid:
            self.invalid.add(key)
            found = None
        values_of_all = self.representatives(key)
        values = [value for value in values_of_all if found is None or found(value)]
        if isinstance(given, dict):
            given = given.get("value", given)
        if found is None:
            return Knowledge(False, self.different(key, values))
        if fact["kind"] in NUMBERS and isinstance(given, dict):
            values += [given[end] for end in ("low", "high") if given.get(end) is not None]
        elif fact["kind"] == "set":
            held = frozenset(fold(name) for name in given) - {""}
            open_ended = found(held | {OTHER})
            values = [held | more for more in values_of_all] if open_ended else [held]
        else:
            values = [self.plain(fact, given)]
        return Knowledge(True, self.different(key, values))

    def different(self, key: str, values: Iterable[Any]) -> tuple[Any, ...]:
        """One of `values` for each combination of answers."""
        asked = [each for each in self.comparisons[key] if "fact" in each]
        out: dict[Any, Any] = {}
        for value in values:
            out.setdefault(tuple(self.compare(each, value) for each in asked), value)
        return tuple(out.values())

    def plain(self, fact: Data, given: Any) -> Any:
        if fact["kind"] == "date":
            return as_date(given)
        return fold(given) if isinstance(given, str) else given

    def read(self, key: str, given: Any) -> Any:
        """A test that tells which values agree with `given`; None where it says nothing."""
        fact = self.vocabulary[key]
        complete = True
        if isinstance(given, dict) and {"value", "as_of", "source", "complete"} & given.keys():
            complete = given.get("complete", True)
            limit = fact.get("fresh_for_days")
            test = self.test(fact, given.get("value"), complete=complete)
            as_of = given.get("as_of")
            if test and limit is not None and as_of and (self.at - as_date(as_of)).days > limit:
                self.stale.add(key)
                return None
            return test
        return self.test(fact, given, complete=complete)

    def test(self, fact: Data, value: Any, *, complete: bool) -> Any:
        kind = fact["kind"]
        if value is None or value == "":
            return None
        if kind in NUMBERS:
            low, high = (value.get("low"), value.get("high")) if isinstance(value, dict) else (value, value)
            for end in (low, high):
                self.check_number(fact, end)
            if (low is None and high is None) or (low is not None and high is not None and low > high):
                raise Invalid
            return lambda each: (low is None or low <= each) and (high is None or each <= high)
        if kind == "boolean":
            self.must_be(isinstance(value, bool))
            return lambda each: each is value
        if kind == "set":
            self.must_be(isinstance(value, list) and all(isinstance(name, str) for name in value))
            held = frozenset(fold(name) for name in value) - {""}
            return lambda each: each == held or (not complete and each >= held)
        self.must_be(isinstance(value, str))
        if kind == "date":
            try:
                as_date(value)
            except ValueError:
                raise Invalid from None
            return lambda each: each == as_date(value)
        self.must_be("choices" not in fact or fold(value) in fact["choices"])
        return lambda each: each == fold(value)

    def must_be(self, right: bool) -> None:
        if not right:
            raise Invalid

    def check_number(self, fact: Data, number: Any) -> None:
        if number is None:
            return
        self.must_be(isinstance(number, int | Decimal) and not isinstance(number, bool))
        self.must_be(fact["kind"] != "integer" or number == int(number))
        self.must_be("minimum" not in fact or number >= fact["minimum"])
        self.must_be("maximum" not in fact or number <= fact["maximum"])

    def representatives(self, key: str) -> list[Any]:
        """Values of a fact, enough of them to give every combination of answers."""
        fact = self.vocabulary[key]
        kind = fact["kind"]
        mentioned: list[Any] = []
        for condition in self.comparisons[key]:
            _, value = operator_of(condition)
            mentioned += value if isinstance(value, list) else [value]
        if kind in NUMBERS:
            return self.numbers(fact, mentioned)
        if kind == "boolean":
            return [False, True]
        if kind == "date":
            days = [self.at - timedelta(each) if isinstance(each, int) else as_date(each) for each in mentioned]
            return sorted({day + timedelta(more) for day in [self.at, *days] for more in (-1, 0, 1)})
        if kind == "set":
            return self.sets(key, mentioned)
        return list(fact["choices"]) if "choices" in fact else self.texts(key)

    def numbers(self, fact: Data, mentioned: list[Any]) -> list[Any]:
        ends = [fact[end] for end in ("minimum", "maximum") if end in fact]
        near: set[Any] = set()
        for number in [0, *mentioned, *ends]:
            if fact["kind"] == "integer":
                near |= {floor(number) - 1, floor(number), ceil(number), ceil(number) + 1}
            else:
                near |= {number - Decimal("0.0001"), number, number + Decimal("0.0001")}
        low, high = fact.get("minimum", min(near)), fact.get("maximum", max(near))
        return [number for number in sorted(near) if low <= number <= high]

    def names(self, mentioned: Iterable[str]) -> list[str]:
        """Names that are mentioned, stand on a list, are another spelling of one, or hold one; and another."""
        out = [OTHER]
        for each in mentioned:
            if each not in self.lists:
                out += [each, f"{each} {OTHER}"]
                continue
            for name in spellings(self.lists[each]):
                out += [name, f"{name}, inc", f"{OTHER} {name}", f"{OTHER}.{name}"]
        return list(dict.fromkeys(fold(name) for name in out))

    def texts(self, key: str) -> list[str]:
        named: list[str] = []
        pieces: list[str] = []
        endings = [""]
        for condition in self.comparisons[key]:
            operator, value = operator_of(condition)
            several = value if isinstance(value, list) else [value]
            if operator == "has_word":
                pieces += [each.rstrip("*") for each in several]
                pieces += [each.rstrip("*") + OTHER for each in several if each.endswith("*")]
            elif operator == "ends_with":
                endings += ["." + each.strip(".") for each in several]
            else:
                named += several
                if operator == "in_list" and self.lists[value].get("match") == "domain":
                    endings += ["." + each for each in spellings(self.lists[value])]
                elif operator == "in_list" and "contains_from" in self.lists[value]:
                    pieces += spellings(self.lists[value])
        out = [*self.names(named), *(ending[1:] for ending in endings if ending)]
        told_apart: dict[Any, str] = {}
        for piece in pieces:
            brings = [self.compare(each, fold(piece)) for each in self.comparisons[key] if "fact" in each]
            told_apart.setdefault(tuple(brings), piece)
        if len(told_apart) > 5:
            raise TooManyWorlds
        for ending in dict.fromkeys(endings):
            out.append(OTHER + ending)
            for size in range(1, len(told_apart) + 1):
                for chosen in permutations(told_apart.values(), size):
                    out.append(" ".join(chosen) + ending)
                    out.append(f"{OTHER} {f' {OTHER} '.join(chosen)} {OTHER}{ending}")
        return [text for text in dict.fromkeys(fold(text) for text in out) if text]

    def sets(self, key: str, mentioned: list[Any]) -> list[frozenset[str]]:
        names = [each for each in mentioned if isinstance(each, str)]
        told_apart: dict[Any, str] = {}
        for name in self.names(names):
            brings = [on_list(self.lists[each], name) if each in self.lists else fold(each) == name for each in names]
            told_apart.setdefault(tuple(brings), name)
        members = list(told_apart.values())
        if len(members) > 10:
            raise TooManyWorlds
        return [frozenset(some) for size in range(len(members) + 1) for some in combinations(members, size)]

    # Conditions

    def compare(self, condition: Data, value: Any) -> bool:
        """Whether one comparison holds for a known value."""
        operator, wanted = operator_of(condition)
        fact = self.vocabulary[condition["fact"]]
        kind = fact["kind"]
        if kind == "date" and operator in ("within_days", "older_than_days"):
            return ((self.at - value).days <= wanted) is (operator == "within_days")
        if kind == "date":
            wanted = [as_date(each) for each in wanted] if isinstance(wanted, list) else as_date(wanted)
        elif kind == "choice" and "choices" in fact and operator in ("at_least", "at_most"):
            wanted, value = fact["choices"].index(wanted), fact["choices"].index(value)
        elif kind in ("choice", "text", "set") and operator not in ("in_list", "any_in_list", "empty"):
            wanted = [fold(each) for each in wanted] if isinstance(wanted, list) else fold(wanted)
        phrases = wanted if isinstance(wanted, list) else [wanted]
        match operator:
            case "at_least":
                return bool(value >= wanted)
            case "at_most":
                return bool(value <= wanted)
            case "more_than":
                return bool(value > wanted)
            case "less_than":
                return bool(value < wanted)
            case "between":
                return bool(wanted[0] <= value <= wanted[1])
            case "is":
                return bool(value == wanted)
            case "is_not":
                return bool(value != wanted)
            case "one_of":
                return value in wanted
            case "none_of":
                return not set(wanted) & value if kind == "set" else value not in wanted
            case "in_list":
                return on_list(self.lists[wanted], value)
            case "has_word":
                return any(has_word(value, phrase) for phrase in phrases)
            case "ends_with":
                return any(under(value, phrase.strip(".")) for phrase in phrases)
            case "any_of":
                return bool(set(wanted) & value)
            case "all_of":
                return bool(set(wanted) <= value)
            case "any_in_list":
                return any(on_list(self.lists[wanted], name) for name in value)
            case "empty":
                return (not value) is wanted
        raise AssertionError(operator)

    def today(self, condition: Data) -> str:
        """One comparison by what is known today, before any assumption."""
        knowledge = self.knowledge[condition["fact"]]
        if not knowledge.known:
            return "open"
        if id(condition) not in self.found_today:
            found = {self.compare(condition, value) for value in knowledge.values}
            self.found_today[id(condition)] = "open" if len(found) > 1 else "yes" if found == {True} else "no"
        return self.found_today[id(condition)]

    def truth(self, profile: Data, condition: Data) -> str:
        """yes, no or open, by three-valued logic."""
        if "fact" in condition:
            found = self.today(condition)
            return self.policy(profile, condition) if found == "open" else found
        if "known" in condition or "unknown" in condition:
            return "yes" if self.knowledge[fact_of(condition)].known is ("known" in condition) else "no"
        if "not" in condition:
            return {"yes": "no", "no": "yes", "open": "open"}[self.truth(profile, condition["not"])]
        parts = [self.truth(profile, part) for word in ("all", "any", "of") for part in condition.get(word, [])]
        needed = len(parts) if "all" in condition else condition.get("at_least", 1)
        if parts.count("yes") >= needed:
            return "yes"
        return "no" if len(parts) - parts.count("no") < needed else "open"

    def policy(self, profile: Data, condition: Data) -> str:
        return str(condition.get("missing") or profile.get("missing") or "open")

    def holds(self, profile: Data, condition: Data, world: World, *, all_known: bool = False) -> bool:
        """Whether `condition` holds in `world`, where every fact has a value."""
        if "fact" in condition:
            policy = self.policy(profile, condition)
            if policy != "open" and self.today(condition) == "open":
                return policy == "yes"
            return self.compare(condition, world[condition["fact"]])
        if "known" in condition or "unknown" in condition:
            known = all_known or self.knowledge[fact_of(condition)].known
            return known is ("known" in condition)
        if "not" in condition:
            return not self.holds(profile, condition["not"], world, all_known=all_known)
        parts = [
            self.holds(profile, part, world, all_known=all_known)
            for word in ("all", "any", "of")
            for part in condition.get(word, [])
        ]
        needed = len(parts) if "all" in condition else condition.get("at_least", 1)
        return parts.count(True) >= needed

    def worlds(self, conditions: Sequence[Data]) -> list[World]:
        """Every combination of values that these conditions can tell apart."""
        asked: dict[str, list[Data]] = {}
        for condition in conditions:
            for each in conditions_in(condition):
                if "fact" in each:
                    asked.setdefault(each["fact"], []).append(each)
        choices: list[list[Any]] = []
        count = 1
        for fact in sorted(asked):
            different: dict[Any, Any] = {}
            for value in self.knowledge[fact].values:
                different.setdefault(tuple(self.compare(each, value) for each in asked[fact]), value)
            choices.append(list(different.values()))
            count *= len(different)
        if count > TOO_MANY:
            raise TooManyWorlds
        return [dict(zip(sorted(asked), values, strict=True)) for values in product(*choices)]

    # A profile

    def component(self, profile: Data, component: Data, world: World) -> Any:
        """The points of a component in one world."""
        if "gate" in component and not self.holds(profile, component["gate"], world):
            return 0
        combine = component.get("combine", "sum")
        points = [row["points"] for row in component["rows"] if self.holds(profile, row["when"], world)]
        if combine == "sum":
            found = total_of(points)
        elif not points:
            found = component.get("otherwise") or 0
        else:
            found = max(points) if combine == "max" else points[0]
        if component.get("cap") is not None:
            found = min(found, component["cap"])
        if component.get("floor") is not None:
            found = max(found, component["floor"])
        return found

    def must(self, profile: Data, world: World) -> bool:
        return all(self.holds(profile, line["when"], world) for line in profile.get("must", []))

    def total(self, profile: Data, world: World) -> Any:
        points = [self.component(profile, each, world) for each in profile.get("components", [])]
        if self.must(profile, world):
            points += [line["points"] for line in profile.get("bonus", []) if self.holds(profile, line["when"], world)]
        return total_of(points)

    def band(self, profile: Data, total: Any) -> str | None:
        for band in profile.get("bands", []):
            if band.get("from") is None or total >= band["from"]:
                return str(band["key"])
        return None

    def answers(self, profile: Data, lines: Iterable[Data]) -> dict[str, str]:
        return {line["key"]: self.truth(profile, line["when"]) for line in lines}

    def profile(self, profile: Data) -> dict[str, Any]:
        """The result of one profile, as `evaluate` prints it."""
        disqualify = self.answers(profile, profile.get("disqualify", []))
        out: dict[str, Any] = {
            "status": "open",
            "verdict": "open",
            "reason": None,
            "risks": [key for key, answer in disqualify.items() if answer == "open"],
            "points": None,
            "low": None,
            "high": None,
            "known": None,
            "band": None,
            "possible_bands": [],
            "bounds": "tight",
            "must": self.answers(profile, profile.get("must", [])),
            "components": {
                each["key"]: {"points": None, "low": None, "high": None, "rows": self.answers(profile, each["rows"])}
                for each in profile.get("components", [])
            },
            "bonus": self.answers(profile, profile.get("bonus", [])),
            "flags": self.answers(profile, profile.get("flags", [])),
            "missing": self.missing(profile),
            "questions": [],
            "settled_by_any_answer_to": [],
            "could_be_settled_by": [],
            "assumed": self.assumed(profile),
        }
        out["stale"] = sorted(self.stale & set(out["missing"]))
        out["invalid"] = sorted(self.invalid & set(out["missing"]))
        for line in profile.get("disqualify", []):
            if disqualify[line["key"]] == "yes":
                zero = dict.fromkeys(("points", "low", "high"), 0)
                for component in out["components"].values():
                    component.update(zero)
                reason = line.get("reason") or line["key"]
                return out | zero | {
                    "known": 0, "status": "disqualified", "verdict": "no", "reason": reason, "risks": []
                }  # fmt: skip
        worlds = self.worlds(self.conditions(profile, "must", "components", "bonus"))
        totals = [self.total(profile, world) for world in worlds]
        musts = [self.must(profile, world) for world in worlds]
        bands = [self.band(profile, total) for total in totals]
        outcomes = list(zip(musts, bands if profile.get("bands") else totals, strict=True))
        any_answer, some_answer = self.settlers(worlds, [{outcome} for outcome in outcomes])
        out |= {
            "questions": self.questions(worlds, totals),
            "settled_by_any_answer_to": any_answer,
            "could_be_settled_by": some_answer,
        }
        if "enough_data" in profile and self.truth(profile, profile["enough_data"]) != "yes":
            nothing: dict[str, Any] = {"settled_by_any_answer_to": [], "could_be_settled_by": []}
            return out | nothing | {"status": "insufficient_data"}
        known = []
        for component in profile.get("components", []):
            reached = [self.component(profile, component, world) for world in worlds]
            ends = {"low": shown(min(reached)), "high": shown(max(reached))}
            points = ends["low"] if ends["low"] == ends["high"] else None
            out["components"][component["key"]] |= ends | {"points": points}
            known += [min(reached)] if points is not None else []
        low, high = shown(min(totals)), shown(max(totals))
        possible = [band["key"] for band in profile.get("bands", []) if band["key"] in bands]
        return out | {
            "status": "exact" if low == high else "open",
            "verdict": "yes" if all(musts) else "open" if any(musts) else "no",
            "points": low if low == high else None,
            "low": low,
            "high": high,
            "known": shown(total_of(known)),
            "band": bands[0] if len(set(bands)) == 1 else None,
            "possible_bands": possible,
        }

    def missing(self, profile: Data) -> list[str]:
        out = set()
        for condition in self.conditions(profile):
            for each in conditions_in(condition):
                fact = fact_of(each)
                in_part = self.vocabulary[fact]["kind"] in NUMBERS and "fact" in each and self.today(each) == "open"
                if in_part or not self.knowledge[fact].known:
                    out.add(fact)
        return sorted(out)

    def assumed(self, profile: Data) -> list[str]:
        out = set()
        for condition in self.conditions(profile):
            for each in conditions_in(condition):
                if "fact" in each and self.policy(profile, each) != "open" and self.today(each) == "open":
                    out.add(each["fact"])
        return sorted(out)

    def questions(self, worlds: list[World], totals: list[Any]) -> list[dict[str, Any]]:
        """The facts that can change the total, each with the most that it changes alone."""
        swings: dict[str, Any] = {}
        for fact in worlds[0]:
            alike: dict[Any, list[Any]] = {}
            for world, total in zip(worlds, totals, strict=True):
                rest = tuple(value for key, value in world.items() if key != fact)
                alike.setdefault(rest, []).append(total)
            swings[fact] = max(max(each) - min(each) for each in alike.values())
        ordered = sorted((fact for fact in swings if swings[fact]), key=lambda fact: (-swings[fact], fact))
        return [{"fact": fact, "swing": shown(swings[fact])} for fact in ordered]

    def settlers(self, worlds: list[World], outcomes: list[set[Any]]) -> tuple[list[str], list[str]]:
        """The facts of which any answer, and of which some answer, leaves one outcome."""
        if len(set().union(*outcomes)) < 2:
            return [], []
        always, sometimes = [], []
        for fact in sorted(worlds[0]):
            by_answer: dict[Any, set[Any]] = {}
            for world, reached in zip(worlds, outcomes, strict=True):
                by_answer.setdefault(world[fact], set()).update(reached)
            settled = [len(reached) < 2 for reached in by_answer.values()]
            always += [fact] if all(settled) else []
            sometimes += [fact] if any(settled) else []
        return always, sometimes

    # The segment

    def segment(self, results: Mapping[str, Data]) -> dict[str, Any]:
        ranked = sorted((each for each in self.profiles if each.get("rank")), key=lambda each: int(each["rank"]))
        live = [each for each in ranked if results[each["key"]]["status"] != "disqualified"]
        asked = [
            each
            for profile in live
            for each in self.conditions(profile, "disqualify", "must", "enough_data")
        ]  # fmt: skip
        worlds = self.worlds(asked)
        outcomes = [self.reached(live, results, world) for world in worlds]
        reached = set().union(*outcomes)
        keys = [each["key"] for each in ranked]
        possible = [key for key in [*keys, "none"] if key in reached]
        any_answer, some_answer = self.settlers(worlds, outcomes)
        yes = [key for key in keys if results[key]["verdict"] == "yes"]
        not_no = [key for key in keys if results[key]["verdict"] != "no"]
        out: dict[str, Any] = {
            "status": "undecided",
            "key": None,
            "provisional": None,
            "also": yes[1:],
            "possible": possible,
            "settled_by_any_answer_to": any_answer,
            "could_be_settled_by": some_answer,
        }
        if len(possible) == 1:
            key = None if possible == ["none"] else possible[0]
            out |= {
                "status": "settled" if key else "none",
                "key": key,
                "also": [each for each in yes if each != key] if key else [],
            }
        elif not_no and not_no[0] in yes:
            out |= {"status": "settled", "key": yes[0]}
        else:
            out["provisional"] = yes[0] if yes else None
        return out

    def reached(self, live: list[Data], results: Mapping[str, Data], world: World) -> set[str]:
        """The segments that come out in one world: several where one still lacks data there."""
        out = set()
        for profile in live:
            if any(self.holds(profile, line["when"], world) for line in profile.get("disqualify", [])):
                continue
            if not self.must(profile, world):
                continue
            out.add(str(profile["key"]))
            lacking = results[profile["key"]]["status"] == "insufficient_data"
            if not lacking or self.holds(profile, profile["enough_data"], world, all_known=True):
                return out
        return out | {"none"}

    def result(self) -> dict[str, Any]:
        """The object that `evaluate` prints, without the id."""
        profiles = {each["key"]: self.profile(each) for each in self.profiles}
        return {"segment": self.segment(profiles), "profiles": profiles}
