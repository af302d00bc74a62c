"""Taking one mapping of a rule document apart, with a fault for everything that does not belong."""

import re
from collections.abc import Mapping
from decimal import Decimal

from .conditions import shown
from .errors import Fault, choices_hint, guess
from .facts import InvalidValue, Number, read_text

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")


class Section:
    """One mapping of the document, taken apart key by key; what is left over is a fault."""

    def __init__(self, raw: object, path: str, faults: list[Fault]) -> None:
        self.path = path
        self.faults = faults
        self.taken: list[str] = []
        self.raw: Mapping[object, object] = {}
        if isinstance(raw, Mapping):
            self.raw = raw
        else:
            self.fault("", f"{shown(raw)} is not a set of keys and values")

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path and key else self.path or key

    def fault(self, key: str, message: str, hint: str = "") -> None:
        self.faults.append(Fault(self.at(key) or "document", message, hint))

    def take(self, key: str) -> object:
        self.taken.append(key)
        return self.raw.get(key)

    def close(self) -> None:
        """Note every key that nothing asked for."""
        for key in self.raw:
            if key not in self.taken:
                self.fault("", f"unknown key {key!r}", guess(str(key), self.taken))

    def text(self, key: str, default: str = "", *, needed: bool = False) -> str:
        raw = self.take(key)
        if raw is None:
            if needed:
                self.fault(key, "is missing")
            return default
        try:
            text = read_text(raw).strip()
        except InvalidValue as error:
            self.fault(key, f"{shown(raw)} {error}", "" if isinstance(raw, str) else "put it in quotes")
            return default
        if needed and not text:
            self.fault(key, "is empty")
        return text or default

    def key(self) -> str:
        key = self.text("key", needed=True)
        if key and not KEY.fullmatch(key):
            hint = "letters, digits, hyphen, underscore and dot, at most 80"
            self.fault("key", f"{shown(key)} is no key", hint)
        return key

    def word(self, key: str, allowed: tuple[str, ...], default: str | None) -> str | None:
        raw = self.take(key)
        if raw is None:
            return default
        if raw not in allowed:
            hint = guess(str(raw), allowed) or choices_hint(allowed)
            self.fault(key, f"{shown(raw)} cannot stand here", hint)
            return default
        return str(raw)

    def whole(self, key: str, low: int, high: int) -> int | None:
        raw = self.take(key)
        if raw is None:
            return None
        if isinstance(raw, bool) or not isinstance(raw, int) or not low <= raw <= high:
            self.fault(key, f"{shown(raw)} is not a whole number from {low} to {high}")
            return None
        return raw

    def points(self, key: str, *, needed: bool = False) -> Number | None:
        """Points: a number with at most two places, from -1,000,000 to 1,000,000."""
        raw = self.take(key)
        if raw is None:
            if needed:
                self.fault(key, "is missing", "points to give when the condition holds")
            return None
        if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
            self.fault(key, f"{shown(raw)} is not a number")
            return None
        number: Number = raw if isinstance(raw, int) else Decimal(str(raw))
        if isinstance(number, Decimal) and not number.is_finite():
            self.fault(key, f"{shown(raw)} is not a finite number")
            return None
        if not -1_000_000 <= number <= 1_000_000:
            self.fault(key, f"{shown(raw)} is beyond 1,000,000 points")
            return None
        if number * 100 != int(number * 100):
            self.fault(key, f"{shown(raw)} has more than two places")
            return None
        return int(number) if number == int(number) else number

    def items(self, key: str) -> list[tuple[object, str]]:
        """The members of a list with their paths."""
        raw = self.take(key)
        if raw is None:
            return []
        if not isinstance(raw, list):
            self.fault(key, f"{shown(raw)} is not a list")
            return []
        return [(each, f"{self.at(key)}[{place}]") for place, each in enumerate(raw)]

    def names(self, key: str, allowed: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of words."""
        out: list[str] = []
        for raw, path in self.items(key):
            try:
                text = read_text(raw).strip()
            except InvalidValue as error:
                self.faults.append(Fault(path, f"{shown(raw)} {error}", "put it in quotes"))
                continue
            if allowed and text not in allowed:
                self.faults.append(Fault(path, f"{shown(text)} cannot stand here", choices_hint(allowed)))
            if text:
                out.append(text)
        return tuple(out)
