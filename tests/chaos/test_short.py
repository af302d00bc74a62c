"""The short form of the chaos suite: `make chaos` runs it whole."""

import pytest

from .storm import storm
from .together import together

SEED = 11


@pytest.mark.skipif("config.getoption('database') != 'postgres'", reason="the storm needs PostgreSQL")
def test_after_a_storm_nothing_is_wrong_and_nothing_acknowledged_is_lost() -> None:
    table = storm(8, SEED, companies=60, short=True)

    assert table.right, str(table)


@pytest.mark.skipif("config.getoption('database') != 'sqlite'", reason="this is about SQLite's one writer")
def test_on_sqlite_nobody_finds_the_database_locked() -> None:
    table = together(8, companies=40)

    assert table.right, str(table)
