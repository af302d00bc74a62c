"""The look-up by domain, fit included, beside a bare view that reads one company by its id, in one run.

Run with `python -m tests.benchmarks.api_lookup [--database sqlite]`; BENCH_COMPANIES
says how many companies (20,000). Both are asked with the same key, in turns.
"""

import os
import time
from argparse import ArgumentParser
from typing import Any

TIMES = 400
TO_REACH = 3


def main() -> None:
    parser = ArgumentParser(prog="python -m tests.benchmarks.api_lookup")
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    from .__main__ import database

    with database(parser.parse_args().database):
        run(int(os.environ.get("BENCH_COMPANIES") or 20_000))


def run(companies: int) -> None:
    """Both views, asked in turns, and their 95th percentiles."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import override_settings
    from django.utils import timezone

    from crm.models import Company, Contact
    from crm.scoring.drain import rescore_all
    from tests.benchmarks.population import populate, settle
    from tests.crm.api.calling import integration, program

    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0)
    call_command("load_preset", verbosity=0)
    populate(companies)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE crm_company SET domain = 'company' || id || '.com'")
    first = Company.objects.order_by("pk").values_list("pk", flat=True)[: TIMES + 20]
    people = [Contact(company_id=pk, name="Somebody", email=f"p@company{pk}.com") for pk in first]
    Contact.objects.bulk_create(people, ignore_conflicts=True)
    rescore_all(at=timezone.now())
    settle()
    client = program(integration())
    taken: dict[str, list[float]] = {"bare": [], "domain": [], "email": []}
    with override_settings(ROOT_URLCONF="tests.benchmarks.bare"):
        for place, pk in enumerate(first):
            calls: dict[str, Any] = {
                "bare": lambda pk=pk: client.get(f"/api/v1/bare/{pk}/"),
                "domain": lambda pk=pk: client.post("/api/v1/lookup/", {"domain": f"company{pk}.com"}, format="json"),
                "email": lambda pk=pk: client.post("/api/v1/lookup/", {"email": f"p@company{pk}.com"}, format="json"),
            }
            for name, call in calls.items():
                started = time.perf_counter()
                answer = call()
                seconds = time.perf_counter() - started
                if answer.status_code != 200 or (name != "bare" and answer.json()["company"]["id"] != pk):
                    raise RuntimeError(f"{name}: {answer.content!r}")
                if place >= 20:
                    taken[name].append(seconds)
    bare = p95(taken["bare"])
    print(f"{companies:,} companies on {connection.vendor}, {TIMES} calls each, in turns")
    for name, each in taken.items():
        ratio = p95(each) / bare
        verdict = "" if name == "bare" else f", {ratio:.2f} times (to reach: {TO_REACH} at most)"
        missed = " NOT REACHED" if ratio > TO_REACH else ""
        middle = sorted(each)[len(each) // 2] * 1000
        print(f"{name:7} median {middle:5.2f} ms, p95 {p95(each) * 1000:5.2f} ms{verdict}{missed}")


def p95(taken: list[float]) -> float:
    """What 95 of 100 do not exceed."""
    return sorted(taken)[int(len(taken) * 0.95)]


if __name__ == "__main__":
    main()
