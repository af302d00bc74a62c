"""The lists of the API: how long the first page takes, and one far behind; for each ordering, forwards and back.

Run with `python -m tests.benchmarks.api_lists`; BENCH_COMPANIES says how many
companies (100,000), and `--database sqlite` takes that.
"""

import os
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from statistics import median
from typing import Any

from tests.benchmarks.__main__ import database

TIMES = 9
FAR = 0.8
"""How far behind the deep page is, as a share of the whole list."""

MOST = 2.0


def seconds(client: Any, *addresses: str) -> list[float]:
    """The median time of each page, asked for in turn, after one look that warms what is kept."""
    taken: list[list[float]] = [[] for _ in addresses]
    for _ in range(TIMES + 1):
        for address, times in zip(addresses, taken, strict=True):
            started = time.perf_counter()
            answer = client.get(address)
            times.append(time.perf_counter() - started)
            if answer.status_code != 200 or not answer.json()["results"]:
                raise RuntimeError(f"{address}: answered {answer.status_code}")
    return [median(times[1:]) for times in taken]


def far(view: Any, name: str, order: str) -> str:
    """The cursor of a page far behind in this ordering."""
    from personas.api.paging import Place, having, written

    found = view.orderings[name]
    columns = ["pk"] if found.nullable else list(found.columns)
    rows = having(view.model.objects.all(), found)
    if found.nullable:
        rows = rows.filter(**{f"{found.columns[0]}__isnull": False})
        columns = list(found.columns)
    rows = rows.order_by(*(f"-{each}" if order.startswith("-") else each for each in columns))
    place = int(rows.count() * FAR)
    return written(Place(order, tuple(rows.values_list(*columns)[place])))


def measured(clients: Mapping[str, Any], views: Mapping[str, Any]) -> Iterator[tuple[str, float, float]]:
    """Each list, caller and ordering with the seconds of the first page and of a deep one."""
    for resource, view in views.items():
        for who, client in clients.items():
            for name in view.orderings:
                for order in (name, f"-{name}"):
                    address = f"/api/v1/{resource}/?ordering={order}"
                    deep = f"{address}&cursor={far(view, name, order)}"
                    label = f"{resource}, {who}, {order}"
                    first, behind = seconds(client, address, deep)
                    yield label, first, behind


def change_one_by_one() -> None:
    """Rows were last changed one after the other, and not all at one moment as they were made."""
    from django.db import connection

    later = {
        "postgresql": "updated_at + (id * 7919 %% 1000003) * INTERVAL '1 second'",
        "sqlite": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f000', updated_at, (id * 7919 %% 1000003) || ' seconds')",
    }[connection.vendor]
    with without_triggers(), connection.cursor() as cursor:
        for table in ("crm_company", "crm_contact"):
            cursor.execute(f"UPDATE {table} SET updated_at = {later}", [])


def make_results() -> None:
    """Every account and contact has a result, made up: lists read what is stored, however it came there."""
    from django.db import connection

    from crm.models.fit import ENGINE

    points = "({0} * 7919 %% 10007)"
    of_account, of_contact = points.format("company_id"), points.format("id")
    with without_triggers(), connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE crm_fit SET scored_facts_rev = facts_rev, scored_ruleset = 1, scored_engine = {ENGINE},
                stale_since = NULL, seen_at = CURRENT_TIMESTAMP, segment_status = 'settled', possible = 'hobbyist',
                segment = 'hobbyist', effective_segment = 'hobbyist', effective_status = 'settled',
                segment_rank = 1 + company_id %% 3,
                headline = 'hobbyist', points = {of_account}, low = {of_account}, high = {of_account}""",
            [],
        )
        cursor.execute(
            f"""INSERT INTO crm_contactfit (contact_id, company_id, ruleset, cells, profile, status, verdict, points,
                low, high, place) SELECT id, company_id, 1, '', 'whom-to-write-first', 'exact', 'yes', {of_contact},
                {of_contact}, {of_contact}, {10**10} - {of_contact} FROM crm_contact WHERE company_id IS NOT NULL""",
            [],
        )


@contextmanager
def without_triggers() -> Iterator[None]:
    """Inside, PostgreSQL marks nothing: no column that is changed here is a fact."""
    from django.db import connection

    def triggers(role: str) -> None:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"SET session_replication_role = {role}")

    triggers("replica")
    try:
        yield
    finally:
        triggers("DEFAULT")


def run(companies: int) -> bool:
    """Whether every deep page was within MOST times the first, at so many companies."""
    from django.conf import settings
    from django.contrib.auth.models import Group
    from django.core.management import call_command

    from crm.api.companies import Companies
    from crm.api.contacts import Contacts
    from tests.benchmarks.first_byte import TEAM, TEAMS, share_out
    from tests.benchmarks.population import catch_up, populate, settle
    from tests.benchmarks.table import say
    from tests.crm.api.calling import program

    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0)
    call_command("load_preset", verbosity=0)
    populate(companies)
    change_one_by_one()
    catch_up()
    settle()
    make_results()
    teams = [Group.objects.create(name=f"{TEAM}{place}") for place in range(TEAMS)]
    chief = program()
    from crm.models import Integration

    with without_triggers():
        share_out(companies, [team.pk for team in teams], Integration.objects.get().user_id)
    settle()
    clients = {"all": chief, "team": program(team=teams[0])}
    good = True
    say(f"{companies:,} companies")
    for label, first, deep in measured(clients, {"companies": Companies, "contacts": Contacts}):
        reached = deep <= MOST * first
        good &= reached
        verdict = f"{deep / first:4.1f} x {'yes' if reached else 'NO'}"
        say(f"{label:40} {first * 1000:7.1f} ms {deep * 1000:7.1f} ms  {verdict}")
    return good


def main() -> None:
    parser = ArgumentParser(prog="python -m tests.benchmarks.api_lists")
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    arguments = parser.parse_args()
    with database(arguments.database):
        good = run(int(os.environ.get("BENCH_COMPANIES") or 100_000))
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
