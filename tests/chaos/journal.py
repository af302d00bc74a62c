"""What writers were told: which edits the database has acknowledged, and which it may have made."""

import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Value = str | int | bool | None
WRITERS = 3


class Journal:
    """The book of one writer, on disk before the writer goes on."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def acknowledged(self, values: Mapping[str, Value]) -> None:
        """The database said that these values are stored."""
        self.write("acknowledged", values)

    def maybe(self, values: Mapping[str, Value]) -> None:
        """Nobody knows whether these values are stored: the answer was lost."""
        self.write("maybe", values)

    def write(self, state: str, values: Mapping[str, Value]) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps({"at": time.time(), "state": state, "values": values}) + "\n")
            file.flush()
            os.fsync(file.fileno())


@dataclass
class Expected:
    """What one value may be: the last that was acknowledged, and what may have come after it."""

    last: Value = None
    known: bool = False
    maybe: list[Value] = field(default_factory=list)

    def allows(self, value: Value) -> bool:
        """Whether the database may hold this value; where nothing was acknowledged, it may hold any."""
        return not self.known or value == self.last or value in self.maybe


def expected(paths: Iterable[Path]) -> dict[str, Expected]:
    """By key what may stand in the database. Each key has one writer, so the order is that of the writer's book."""
    found: dict[str, Expected] = {}
    for path in paths:
        for line in path.read_text().splitlines():
            entry = json.loads(line)
            for key, value in entry["values"].items():
                if entry["state"] == "acknowledged":
                    found[key] = Expected(value, known=True)
                else:
                    found.setdefault(key, Expected()).maybe.append(value)
    return found


def last_moment(paths: Iterable[Path]) -> float:
    """When the last edit was made, in seconds of the clock; 0 when none was."""
    moments = [json.loads(line)["at"] for path in paths for line in path.read_text().splitlines()[-1:]]
    return max(moments, default=0.0)
