"""Fields of the editor's forms: what was typed, what a document makes of it, and what is wrong with it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.http import QueryDict
from django.utils.text import slugify

from personas.editing.criteria import free_key
from personas.rules.errors import Fault, RuleError
from personas.rules.texts import load_json


@dataclass
class Field:
    """One field with its label, what stands in it, and its faults."""

    name: str
    label: str
    value: str = ""
    kind: str = "text"
    help: str = ""
    unit: str = ""
    choices: Sequence[tuple[str, str]] = ()
    faults: list[str] = field(default_factory=list)
    wide: bool = False

    @property
    def ticked(self) -> list[str]:
        """The choices that are ticked, where several can be."""
        return self.value.split("\n") if self.value else []


def said(value: object) -> str:
    """What stands in a field for a value of a row; numbers without trailing zeros."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    return str(value)


def number(text: str) -> int | Decimal | str | None:
    """The number that a person typed, with or without thousands; the text itself where it is none."""
    bare = text.strip().replace("\u00a0", " ").replace("−", "-")
    if not bare:
        return None
    if re.fullmatch(r"[-+]?\d{1,3}([, ]\d{3})+(\.\d+)?", bare):
        bare = bare.replace(",", "").replace(" ", "")
    try:
        found = Decimal(bare)
    except InvalidOperation:
        return text.strip()
    if not found.is_finite() or abs(found.adjusted()) > 30:
        return text.strip()
    return int(found) if found == found.to_integral_value() else found


def posted(post: QueryDict, *names: str, numbers: Iterable[str] = ()) -> dict[str, object]:
    """What was typed into these fields, as it stands in a document; empty fields are left out."""
    out: dict[str, object] = {}
    for name in names:
        text = post.get(name, "").replace("\r\n", "\n").strip()
        value = number(text) if name in numbers else text
        if value not in (None, ""):
            out[name] = value
    return out


def condition(text: str, path: str, faults: list[Fault]) -> object:
    """The condition in the builder's JSON; None where there is none, a fault where it cannot be read."""
    if not text.strip():
        return None
    try:
        return load_json(text)
    except RuleError as error:
        faults += [Fault(path, f"cannot be read: {each.message}", "reload the page") for each in error.faults]
        return None


def key_for(label: object, taken: Iterable[str]) -> str:
    """A key made of the label that no other has."""
    used = list(taken)
    key = slugify(str(label))[:60] or "line"
    return free_key(key, used) if key in used else key


def place(fields: Sequence[Field], faults: Iterable[Fault], *inside: str) -> tuple[list[Fault], list[str]]:
    """Put each fault at its field. Back come those that lie inside the parts `inside`, and those without a place."""
    by_name: Mapping[str, Field] = {each.name: each for each in fields}
    deep: list[Fault] = []
    rest: list[str] = []
    for fault in faults:
        head = re.split(r"[.\[]", fault.path, maxsplit=1)[0]
        if head in inside:
            deep.append(fault)
        elif head in by_name:
            by_name[head].faults.append(plain(fault))
        else:
            rest.append(str(fault))
    return deep, rest


def plain(fault: Fault) -> str:
    """A fault without its place."""
    message = fault.message[:1].upper() + fault.message[1:]
    return f"{message} ({fault.hint})." if fault.hint else f"{message}."


def identity(text: str | None) -> int:
    """The id that `text` spells; 0, which no row has, where it spells none."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else 0


def as_json(faults: Iterable[Fault]) -> list[dict[str, str]]:
    """Faults as the builder takes them."""
    return [{"path": each.path, "message": plain(each)} for each in faults]


def fault_of(error: RuleError) -> str:
    """What is wrong, in one line, for a page that has no field for it."""
    return " ".join(plain(each) for each in error.faults)
