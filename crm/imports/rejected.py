"""The file of what was not taken, to be mended and imported again."""

import csv
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from .rows import Refusal

RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")


class RejectedFile:
    """Refused rows and cells with line, column, reason and the row's own cells; made when there is the first."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self.path = path
        self.header = header
        self.stack = ExitStack()
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stack.close()

    def add(self, refusal: Refusal, cells: Sequence[str]) -> None:
        """Afterwards the refusal stands in the file."""
        if not self.count:
            # utf-8-sig, because Excel takes UTF-8 without a mark for something else.
            file = self.path.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="")
            self.writer = csv.writer(self.stack.enter_context(file))
            self.writer.writerow(["line", "column", "reason", *map(harmless, self.header)])
        self.count += 1
        self.writer.writerow([refusal.line, harmless(refusal.column), harmless(refusal.reason), *map(harmless, cells)])


def harmless(cell: str) -> str:
    """The cell as a spreadsheet shows and does not run it."""
    return f"'{cell}" if cell.startswith(RUN_BY_SPREADSHEETS) else cell
