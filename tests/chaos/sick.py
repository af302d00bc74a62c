"""A worker with something wrong with it: `sick slow`, `sick stalling` or `sick failing`, else like scoring_worker."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import cast

from django.core.management import call_command
from django.db import connection

from crm.scoring.digits import text_cell
from crm.scoring.write import Writer, Written
from personas.rules.cells import TextCut
from personas.rules.scoring import Scorer
from personas.rules.stored_result import StoredResult

SLOW_SECONDS = 0.05
STALLED_SECONDS = 60
FAILING_CITY = "Berlin"


def main(arguments: Sequence[str]) -> int:
    """Works until told to end; 0."""
    [illness] = arguments
    {"slow": fall_slow, "stalling": stall, "failing": fail}[illness]()
    call_command("scoring_worker")
    return 0


def fall_slow() -> None:
    """Every batch takes a moment longer."""
    write = Writer.write

    def slowly(self: Writer, moment: datetime) -> Written:
        time.sleep(SLOW_SECONDS)
        return write(self, moment)

    Writer.write = slowly  # type: ignore[method-assign]


def stall() -> None:
    """It stops for a minute with its batch written and not committed."""
    write = Writer.write

    def stalling(self: Writer, moment: datetime) -> Written:
        written = write(self, moment)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 'stalled'")
        time.sleep(STALLED_SECONDS)
        return written

    Writer.write = stalling  # type: ignore[method-assign]


def fail() -> None:
    """Nothing in Berlin can be scored."""
    stored = Scorer.stored

    def failing(self: Scorer, cells: Sequence[int]) -> StoredResult:
        place, cut = list(self.cuts).index("city"), cast(TextCut, self.cuts["city"])
        if cells[place] == text_cell(cut, FAILING_CITY):
            raise ArithmeticError("nothing adds up in Berlin")
        return stored(self, cells)

    Scorer.stored = failing  # type: ignore[method-assign]
