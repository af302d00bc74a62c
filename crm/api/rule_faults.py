"""What is wrong with posted rules, as a problem: every fault with the JSON pointer to its place."""

from collections.abc import Iterable, Mapping

from rest_framework.response import Response

from personas.rules.errors import Fault, RuleError

from .problems import escaped, problem

MOST_FAULTS = 200


def refused(error: RuleError, data: object, *, member: str = "document") -> Response:
    """The problem for rules that cannot be taken; `data` is what was posted as `member` of the body."""
    faults = [fault_json(each, data, member) for each in error.faults]
    said = "The rules have a fault." if len(faults) == 1 else f"The rules have {len(faults):,} faults."
    return problem(400, said, faults[:MOST_FAULTS])


def fault_json(fault: Fault, data: object, member: str) -> dict[str, str]:
    """One fault; in rules that were posted as text its place is said in words."""
    where = pointer(fault.path, data) if isinstance(data, Mapping) else ""
    text = f"{fault.message} ({fault.hint})" if fault.hint else fault.message
    return {
        "pointer": f"/{member}{where}",
        "detail": text if isinstance(data, Mapping) else f"{fault.path}: {text}",
    }


def pointer(path: str, data: object) -> str:
    """The JSON pointer to the place that `path` (`profiles[0].must[1].when`) names in `data`.

    Keys may hold dots, so the longest key that is there is taken.
    """
    out, here, rest = "", data, "" if path == "document" else path
    while rest:
        if rest.startswith("[") and "]" in rest:
            place, rest = rest[1:].split("]", 1)
            here = here[int(place)] if isinstance(here, list) and place.isdecimal() and int(place) < len(here) else None
            out += f"/{place}"
        else:
            rest = rest.removeprefix(".")
            key = longest(rest, here.keys()) if isinstance(here, Mapping) else None
            if key is None:
                key = rest.replace("[", ".").split(".")[0]
            here = here.get(key) if isinstance(here, Mapping) else None
            out += f"/{escaped(key)}"
            rest = rest[len(key) :]
            if not key:
                break
    return out


def longest(text: str, keys: Iterable[object]) -> str | None:
    """The longest of the keys that `text` begins with, up to the end of a step; None where there is none."""
    found = [
        key
        for key in keys
        if isinstance(key, str) and key and text.startswith(key) and text[len(key) : len(key) + 1] in ("", ".", "[")
    ]
    return max(found, key=len, default=None)
