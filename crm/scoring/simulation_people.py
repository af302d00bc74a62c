"""Accounts that a simulation looks at in full: people there have another persona, or a day job at what moved."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import connection

from .classify import Scope
from .dialect import clear
from .simulation_classifiers import ACCOUNTS, EMPLOYERS, MOVED
from .simulation_titles import REMATCHED
from .temporary import analyze, insert_rows

if TYPE_CHECKING:
    from .simulate import Walk

RESULTS = "simulation_results"


def look_at_people_in_full() -> None:
    """Accounts of people whose job title may stand for somebody else will be sorted by both rules."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {MOVED} SELECT DISTINCT p.company_id
            FROM {REMATCHED} r JOIN crm_contact p ON p.title_id = r.title_id WHERE p.company_id IS NOT NULL"""
        )
    analyze(MOVED)


def place_employers(walk: "Walk") -> int:
    """How many accounts have people at a company that the rules see elsewhere than it is stored.

    Afterwards it is known in which segment both rules see each company at which people have a day job. Segments never
    depend on that, so one look is enough. The accounts that are counted are looked at in full.
    """
    held = "SELECT DISTINCT w.company_id FROM crm_employment e JOIN crm_employer w ON w.id = e.employer_id"
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"{held} WHERE e.kind = 'day_job' AND w.company_id > {last} ORDER BY w.company_id LIMIT {walk.batch}"
            )
            ids = [company_id for (company_id,) in cursor.fetchall()]
        if not ids:
            break
        place_batch(walk, ids)
        last = ids[-1]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {MOVED} SELECT DISTINCT p.company_id FROM {EMPLOYERS} x
            JOIN crm_fit f ON f.company_id = x.company_id JOIN crm_employer w ON w.company_id = x.company_id
            JOIN crm_employment e ON e.employer_id = w.id AND e.kind = 'day_job'
            JOIN crm_contact p ON p.id = e.contact_id
            WHERE p.company_id IS NOT NULL AND (
                {
                " OR ".join(
                    f"COALESCE(x.{side}_{mine}, '') <> COALESCE(f.{stored}, '')"
                    for side in ("before", "after")
                    for mine, stored in (("segment", "effective_segment"), ("status", "segment_status"))
                )
            }) ON CONFLICT DO NOTHING"""
        )
        moved = int(cursor.rowcount)
    analyze(EMPLOYERS, MOVED)
    return moved


def place_batch(walk: "Walk", ids: Sequence[int]) -> None:
    """Both segments of these companies are known."""
    scope = Scope("simulation_changed_ids")
    clear(scope.ids)
    insert_rows(scope.ids, ((each,) for each in ids))
    analyze(scope.ids)
    stale = walk.tally.stale
    walk.gather(scope)
    walk.tally.stale = stale
    rows: list[tuple[str | None, ...]] = []
    for group in walk.groups():
        if group.stored is not None and not walk.changed_classifier.needs_cells:
            continue
        sides = [
            seen.outcome
            for seen in (
                walk.see_before(group.old, group.stored),
                walk.see_after(group.old, group.new, group.stored),
            )
        ]
        columns = [each for outcome in sides for each in (outcome.counts_as or None, outcome.status)]
        rows.append((group.old, group.new, *columns))
    clear(RESULTS)
    insert_rows(RESULTS, {row[:2]: row for row in rows}.values())
    with connection.cursor() as cursor:
        overridden = "CASE WHEN x.overridden = 1 THEN x.override_segment ELSE"
        cursor.execute(
            f"""INSERT INTO {EMPLOYERS}
            SELECT x.company_id, {overridden} r.before_segment END, r.before_status,
                {overridden} r.after_segment END, r.after_status
            FROM {ACCOUNTS} x JOIN {RESULTS} r ON r.old = x.old AND r.new = x.new"""
        )
        if not walk.changed_classifier.needs_cells:
            settled = f"{overridden} CASE WHEN x.status = 'settled' THEN x.segment END END"
            cursor.execute(
                f"""INSERT INTO {EMPLOYERS} SELECT x.company_id, {settled}, x.status, {settled}, x.status
                FROM {ACCOUNTS} x WHERE x.status IS NOT NULL"""
            )
