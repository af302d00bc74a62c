"""Bulk upsert of companies beside one DRF serializer each, in one run.

Run with `python -m tests.benchmarks.api_bulk [--database sqlite]`. Both ways
store the same: facts, investors, tags, an external id, where each fact comes
from, and the history. The serializers are a plain ModelSerializer and the ORM;
they are asked for a sample. Times are CPU seconds of this process and of
PostgreSQL together, and seconds on the clock.
"""

import time
from argparse import ArgumentParser
from typing import Any

ROWS = 10_000
SAMPLE = 300
TO_REACH = 20


def rows(version: int) -> list[dict[str, Any]]:
    """Rows as they are posted; each version has other values of the same companies."""
    return [
        {
            "name": f"Company {n}",
            "domain": f"company{n}.com",
            "external_id": {"system": "warehouse", "value": str(n)},
            "employees": n % 300 + version,
            "monthly_revenue": 1000 * (n % 97) + version,
            "country": "US",
            "city": f"City {(n + version) % 90}",
            "founded": 1990 + n % 30,
            "investors": [f"Fund {n % 200}"],
            "tags": ["saas", f"tag {n % 50}"],
        }
        for n in range(ROWS)
    ]


def main() -> None:
    parser = ArgumentParser(prog="python -m tests.benchmarks.api_bulk")
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    from .__main__ import database

    with database(parser.parse_args().database) as postmaster:
        from .meter import Meter

        run(Meter(postmaster))


def run(meter: Any) -> None:
    """Both ways, new companies and then changed ones, and what they cost."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from crm.models import Company
    from tests.benchmarks.serializing import Each
    from tests.crm.api.calling import integration, program

    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0)
    call_command("load_preset", verbosity=0)
    client = program(integration())
    each = Each()
    print(f"{ROWS:,} companies on {connection.vendor}; serializers: a sample of {SAMPLE}")
    for name, version in (("created", 0), ("updated", 1)):
        sample = [
            row | {"name": f"One {row['name']}", "domain": f"one-{row['domain']}"} for row in rows(version)[:SAMPLE]
        ]
        for row in sample:
            row["external_id"] = {"system": "one", "value": row["external_id"]["value"]}
        with meter.measure(f"each {name}") as one:
            for row in sample:
                each.upsert(row)
        posted = rows(version)
        with meter.measure(f"bulk {name}") as bulk:
            answer = client.post("/api/v1/companies/bulk/", posted, format="json")
        counts = answer.json()["counts"]
        if counts[name] != ROWS:
            raise RuntimeError(f"{name}: {counts}")
        for what, of_one, of_bulk in (("CPU", one.cpu, bulk.cpu), ("clock", one.wall, bulk.wall)):
            ratio = of_one / SAMPLE * ROWS / of_bulk
            print(
                f"{name:8} {what:5} bulk {of_bulk:6.2f} s, one serializer each {of_one / SAMPLE * ROWS:7.1f} s,"
                f" {ratio:5.1f} times as fast (to reach: {TO_REACH}){'' if ratio >= TO_REACH else ' NOT REACHED'}"
            )
    started = time.perf_counter()
    client.post("/api/v1/companies/bulk/", rows(1), format="json")
    print(f"unchanged clock bulk {time.perf_counter() - started:6.2f} s; {Company.objects.count():,} companies")


if __name__ == "__main__":
    main()
