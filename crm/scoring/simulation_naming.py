"""The accounts behind the numbers of a simulation: some of each are known by id, and whose they are."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import connection

from .dialect import clear
from .simulation_classifiers import ACCOUNTS
from .simulation_tally import FAILED, Mover, Outcome, Tally, bucket, buckets_of, delta_of
from .temporary import insert_rows

WANTED = "simulation_wanted"
MOVES = "simulation_moves"

Pair = tuple[Outcome, Outcome]


class Group(NamedTuple):
    """Accounts of a batch in the same cells: those that the active rules see, and those that the draft sees.

    `new` holds only the cells of changed facts, or begins with + and holds all. `stored` is the result that is up to
    date, None where there is none; it holds the scores of the watched profiles.
    """

    old: str
    new: str
    stored: Outcome | None
    accounts: int


Members = Mapping[Pair, Sequence[Group]]
"""Groups of accounts by what the active rules and the draft say of them, where that differs."""


def name_accounts(tally: Tally, members: Members) -> None:
    """Some of the accounts behind each number of the report are known by id."""
    names: dict[str, int] = {}
    rows: list[tuple[str, str, int]] = []
    deltas: dict[str, int] = {}
    for (before, after), groups in members.items():
        wanted = [each for each in buckets_of(before, after) if tally.wants(each)]
        delta = delta_of(before, after)
        if tally.is_mover(delta):
            name = bucket("delta", str(delta))
            deltas[name] = delta
            wanted.append(name)
        numbers = [names.setdefault(each, len(names)) for each in wanted]
        rows += [(group.old, group.new, number) for group in groups for number in numbers]
    if not rows:
        return
    buckets = list(names)
    found: dict[str, list[int]] = {}
    for number, company_id in behind(rows):
        found.setdefault(buckets[number], []).append(company_id)
    for name, ids in sorted(found.items()):
        if name in deltas:
            tally.move(Mover(deltas[name], company_id) for company_id in ids)
        elif tally.wants(name):
            tally.name(name, ids)


def behind(rows: Sequence[tuple[str, str, int]]) -> list[tuple[int, int]]:
    """At most MOST_IDS accounts of each bucket, the lowest ids first."""
    clear(WANTED)
    insert_rows(WANTED, dict.fromkeys(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT bucket, company_id FROM (
                SELECT w.bucket, x.company_id,
                    ROW_NUMBER() OVER (PARTITION BY w.bucket ORDER BY x.company_id) AS place
                FROM {ACCOUNTS} x JOIN {WANTED} w ON w.old = x.old AND w.new = x.new
            ) found WHERE place <= 1000 ORDER BY bucket, company_id"""
        )
        return [(number, company_id) for number, company_id in cursor.fetchall()]


def count_owners(tally: Tally, members: Members) -> None:
    """Whose accounts come into another segment; one with an override stays where it is."""
    moves: dict[tuple[str, str], int] = {}
    rows: dict[tuple[str, str], int] = {}
    for (before, after), groups in members.items():
        move = before.counts_as, after.counts_as
        if move[0] != move[1] and after != FAILED:
            number = moves.setdefault(move, len(moves))
            rows |= {(group.old, group.new): number for group in groups}
    if not rows:
        return
    clear(MOVES)
    insert_rows(MOVES, ((*texts, number) for texts, number in rows.items()))
    names = list(moves)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT m.move, x.owner_id, COUNT(*) FROM {ACCOUNTS} x
            JOIN {MOVES} m ON m.old = x.old AND m.new = x.new
            WHERE x.overridden = 0 GROUP BY m.move, x.owner_id"""
        )
        for number, owner_id, accounts in cursor.fetchall():
            tally.owners[str(owner_id or ""), *names[number]] += accounts
