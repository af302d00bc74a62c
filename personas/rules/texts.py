"""Rule documents as text: YAML (with the booleans of 1.2) and JSON, exact numbers, no surprises."""

import json
import re
from collections.abc import Hashable
from decimal import Decimal
from typing import Any, cast

import yaml

from .errors import Fault, RuleError

LARGEST = 8_000_000
DEEPEST = 40


class Loader(yaml.SafeLoader):
    """YAML 1.2's core words: only true and false are booleans, days stay text, numbers stay exact."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int | float | Decimal | bool | None):
                raise yaml.constructor.ConstructorError(None, None, "a key is not a word", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "an alias (*name): write the rule out", mark)
        self.depth = getattr(self, "depth", 0) + 1
        if self.depth > DEEPEST:
            raise yaml.composer.ComposerError(None, None, "nested too deep", mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def exact(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int | Decimal:
    """The number that a YAML scalar spells, exactly."""
    text = loader.construct_scalar(node)
    try:
        return int(text) if re.fullmatch(r"[-+]?[0-9]+", text) else decimal(text)
    except ValueError as error:
        raise yaml.constructor.ConstructorError(None, None, str(error), node.start_mark) from None


def decimal(text: str) -> Decimal:
    """The number that `text` spells; raises ValueError for none and for one beyond all bounds."""
    try:
        number = Decimal(text)
    except ArithmeticError:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) > 999:
        raise ValueError(f"{text} is not a number that can stand here")
    return number


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("tag:yaml.org,2002:float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?$", "-+.0123456789"),
    ("tag:yaml.org,2002:merge", r"^(?:<<)$", "<"),
):
    Loader.add_implicit_resolver(tag, re.compile(pattern), list(first))
Loader.add_constructor("tag:yaml.org,2002:int", exact)
Loader.add_constructor("tag:yaml.org,2002:float", exact)
for tag in ("timestamp", "binary", "omap", "pairs", "set"):
    del Loader.yaml_constructors["tag:yaml.org,2002:" + tag]


def load(text: str) -> object:
    """What `text` says, as dicts, lists, words, exact numbers, true, false and None.

    Raises RuleError with the line where the text cannot be read.
    """
    if len(text) > LARGEST:
        raise RuleError([Fault("document", f"is longer than {LARGEST:,} characters")])
    if text.lstrip("\ufeff \t\r\n").startswith("{") and looks_like_json(text):
        return load_json(text)
    try:
        return cast(object, yaml.load(text.lstrip("\ufeff"), Loader=Loader))  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "document"
        raise RuleError([Fault(place, str(error.problem or error.context))]) from None
    except (yaml.YAMLError, RecursionError, ValueError, ArithmeticError) as error:
        raise RuleError([Fault("document", str(error).splitlines()[0] if str(error) else "cannot be read")]) from None


def looks_like_json(text: str) -> bool:
    """Whether `text`, which starts with "{", quotes its first key as JSON does."""
    return re.match(r"\s*\{\s*(\"|\})", text.lstrip("\ufeff")) is not None


def load_json(text: str) -> object:
    try:
        return cast(
            object,
            json.loads(
                text.lstrip("\ufeff"), parse_float=decimal, parse_constant=refuse_constant, object_pairs_hook=once
            ),
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise RuleError([Fault(place, error.msg)]) from None
    except (ValueError, RecursionError) as error:
        raise RuleError([Fault("document", str(error) or "is nested too deep")]) from None


def refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a number")


def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The pairs as a dict; raises ValueError for a key that stands twice."""
    out: dict[str, object] = {}
    for key, value in pairs:
        if key in out:
            raise ValueError(f"the key {key!r} stands twice")
        out[key] = value
    return out


class Dumper(yaml.SafeDumper):
    """Short rows on one line, everything else in blocks, in the order given."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def plain_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """`text` quoted where YAML 1.1 or 1.2 would read another type."""
    quoted = yaml.SafeLoader.yaml_implicit_resolvers.get(text[:1], [])
    other = not text or any(pattern.match(text) for _, pattern in quoted)
    other = other or re.fullmatch(r"[-+.0-9eE_:]+", text) is not None
    other = other or re.search("[\x85\u2028\u2029]", text) is not None  # YAML folds these to spaces elsewhere
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if other else None)


def exact_text(dumper: yaml.SafeDumper, number: Decimal) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:float", format(number, "f"))


Dumper.add_representer(str, plain_text)
Dumper.add_representer(Decimal, exact_text)


def dump_yaml(data: object) -> str:
    """`data` as YAML that `load` reads back equal."""
    return yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)


def jsonable(data: object) -> Any:
    """`data` with numbers that json prints: whole where whole, else with their digits."""
    if isinstance(data, dict):
        return {key: jsonable(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [jsonable(value) for value in data]
    if isinstance(data, Decimal):
        return int(data) if data == data.to_integral_value() else float(data)
    return data


def dump_json(data: object, *, canonical: bool = False) -> str:
    """`data` as JSON that `load` reads back equal; `canonical`: one form for one content."""
    if canonical:
        return json.dumps(jsonable(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return json.dumps(jsonable(data), indent=2, ensure_ascii=False) + "\n"
