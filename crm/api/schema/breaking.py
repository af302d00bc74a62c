"""What a caller of the API as it was would stumble over in the API as it is.

A call may ask for less and answer with more; never the other way round.
"""

from collections.abc import Iterator, Mapping
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
REQUEST, RESPONSE = "request", "response"
DEEPEST = 12

Schema = Mapping[str, Any]


def breaking(before: Schema, after: Schema) -> list[str]:
    """Each change that breaks a caller, in words; none where every call of before still does what it did."""
    return list(Comparison(before, after).changes())


class Comparison:
    """Two descriptions of one API, the one that callers were built for and the one that they meet."""

    def __init__(self, before: Schema, after: Schema) -> None:
        self.before = before
        self.after = after

    def changes(self) -> Iterator[str]:
        for path, calls in self.before["paths"].items():
            there = self.after["paths"].get(path)
            if there is None:
                yield f"{path} is gone"
                continue
            for method in METHODS:
                if method in calls and method not in there:
                    yield f"{method.upper()} {path} is gone"
                elif method in calls:
                    for change in self.call(calls[method], there[method]):
                        yield f"{method.upper()} {path}: {change}"

    def call(self, old: Schema, new: Schema) -> Iterator[str]:
        if old.get("operationId") != new.get("operationId"):
            yield f"the operation {old.get('operationId')} is now {new.get('operationId')}"
        yield from self.parameters(old.get("parameters", []), new.get("parameters", []))
        yield from self.request(old.get("requestBody"), new.get("requestBody"))
        yield from self.responses(old.get("responses", {}), new.get("responses", {}))
        if old.get("security") is None and new.get("security") is not None:
            yield "now needs a key"

    def parameters(self, old: list[Schema], new: list[Schema]) -> Iterator[str]:
        before = {(each["in"], each["name"]): each for each in old}
        after = {(each["in"], each["name"]): each for each in new}
        for place, each in before.items():
            if place not in after:
                yield f"the parameter {place[1]} is gone"
                continue
            for change in self.schemas(each.get("schema", {}), after[place].get("schema", {}), REQUEST):
                yield f"parameter {place[1]}{change}"
        for place, each in after.items():
            if each.get("required") and not before.get(place, {}).get("required"):
                yield f"the parameter {place[1]} is now required"

    def request(self, old: Schema | None, new: Schema | None) -> Iterator[str]:
        if new is None:
            if old is not None:
                yield "takes no body any more"
            return
        if new.get("required") and not (old or {}).get("required"):
            yield "a body is now required"
        for kind, content in (old or {}).get("content", {}).items():
            if kind not in new["content"]:
                yield f"takes no {kind} any more"
                continue
            for change in self.schemas(content.get("schema", {}), new["content"][kind].get("schema", {}), REQUEST):
                yield f"request{change}"

    def responses(self, old: Schema, new: Schema) -> Iterator[str]:
        for status, answer in old.items():
            if status not in new:
                if status.startswith("2"):
                    yield f"no longer answers {status}"
                continue
            for kind, content in answer.get("content", {}).items():
                there = new[status].get("content", {}).get(kind)
                if there is None:
                    yield f"{status} no longer comes as {kind}"
                    continue
                for change in self.schemas(content.get("schema", {}), there.get("schema", {}), RESPONSE):
                    yield f"{status}{change}"
            for name in answer.get("headers", {}):
                if name not in new[status].get("headers", {}):
                    yield f"{status}: the header {name} is gone"

    # Schemas

    def schemas(self, old: Schema, new: Schema, way: str, seen: frozenset[Any] = frozenset()) -> Iterator[str]:
        """What is narrower in a request, or wider in a response, with the place in front."""
        step = (old.get("$ref"), new.get("$ref"))
        if (step != (None, None) and step in seen) or len(seen) > DEEPEST:
            return
        seen |= {step}
        old, new = whole(old, self.before), whole(new, self.after)
        yield from self.kinds(old, new, way)
        yield from self.words(old, new, way)
        yield from self.limits(old, new, way)
        for keyword in ("items", "additionalProperties"):
            if isinstance(old.get(keyword), Mapping) and isinstance(new.get(keyword), Mapping):
                for change in self.schemas(old[keyword], new[keyword], way, seen):
                    yield f"[]{change}"
        yield from self.members(old, new, way, seen)
        for keyword in ("oneOf", "anyOf"):
            one, other = old.get(keyword, []), new.get(keyword, [])
            if len(one) == len(other):
                for left, right in zip(one, other, strict=True):
                    yield from self.schemas(left, right, way, seen)
            elif (len(one) > len(other)) == (way == REQUEST) and one and other:
                yield f" has {'fewer' if way == REQUEST else 'more'} alternatives"

    def kinds(self, old: Schema, new: Schema, way: str) -> Iterator[str]:
        one, other = kinds_of(old), kinds_of(new)
        if way == REQUEST and other and (not one or one - other):
            yield f" no longer takes {', '.join(sorted(one - other)) or 'everything'}"
        if way == RESPONSE and one and (not other or other - one):
            yield f" may now be {', '.join(sorted(other - one)) or 'anything'}"

    def words(self, old: Schema, new: Schema, way: str) -> Iterator[str]:
        one, other = words_of(old), words_of(new)
        if way == REQUEST and other is not None and (one is None or one - other):
            yield f" no longer takes {', '.join(sorted(map(str, (one or set()) - other))) or 'every word'}"
        if way == RESPONSE and one is not None and (other is None or other - one):
            yield f" may now be {', '.join(sorted(map(str, (other or set()) - one))) or 'any word'}"

    def limits(self, old: Schema, new: Schema, way: str) -> Iterator[str]:
        if way == RESPONSE:
            return
        for keyword in ("maxLength", "maximum", "maxItems"):
            if keyword in new and (keyword not in old or new[keyword] < old[keyword]):
                yield f" has the lower {keyword} {new[keyword]}"
        for keyword in ("minLength", "minimum", "minItems"):
            if keyword in new and (keyword not in old or new[keyword] > old[keyword]):
                yield f" has the higher {keyword} {new[keyword]}"
        if new.get("pattern") not in (None, old.get("pattern")):
            yield " has another pattern"

    def members(self, old: Schema, new: Schema, way: str, seen: frozenset[Any]) -> Iterator[str]:
        one, other = old.get("properties", {}), new.get("properties", {})
        needed_before, needed = set(old.get("required", ())), set(new.get("required", ()))
        for name, member in one.items():
            if name not in other:
                yield f".{name} is gone"
                continue
            for change in self.schemas(member, other[name], way, seen):
                yield f".{name}{change}"
        if way == REQUEST:
            for name in sorted(needed - needed_before):
                yield f".{name} is now required"
        else:
            for name in sorted((needed_before & set(other)) - needed):
                yield f".{name} may now be missing"


def whole(schema: Schema, document: Schema) -> Schema:
    """The schema itself, with what references and `allOf` bring in."""
    while "$ref" in schema:
        found: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = {**found, **{key: value for key, value in schema.items() if key != "$ref"}}
    for part in schema.get("allOf", ()):
        found = whole(part, document)
        schema = {
            **found,
            **{key: value for key, value in schema.items() if key != "allOf"},
            "properties": {**found.get("properties", {}), **schema.get("properties", {})},
        }
    return schema


def kinds_of(schema: Schema) -> set[str]:
    """The types that are allowed; none where any is."""
    found = schema.get("type", [])
    kinds = {found} if isinstance(found, str) else set(found)
    return kinds | {"integer"} if "number" in kinds else kinds


def words_of(schema: Schema) -> set[Any] | None:
    """The values that are allowed; None where any is."""
    if "const" in schema:
        return {schema["const"]}
    return set(schema["enum"]) if "enum" in schema else None
