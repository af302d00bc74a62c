"""Run with `python -m tests.benchmarks`, or `make bench`.

BENCH_COMPANIES says how many companies (100,000), BENCH_CONTACTS how many
contacts `--titles` makes (300,000). Times are in CPU seconds of
this process and of PostgreSQL together; judge the ratios, which come from one
run. Autovacuum is off while it measures, and tables are vacuumed between paths.
"""

import os
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

import django

from embedded import places
from embedded.postgres import Postgres

SETTINGS = {
    "autovacuum": "off",
    "shared_buffers": "1GB",
    "max_wal_size": "16GB",
    "maintenance_work_mem": "256MB",
}


@contextmanager
def database(kind: str) -> Iterator[int | None]:
    """The environment names an empty database; gives the first process of its server, None on SQLite."""
    with ExitStack() as stack:
        postmaster = None
        if kind == "postgres":
            server = stack.enter_context(Postgres(settings=SETTINGS))
            os.environ["DATABASE_URL"] = server.database("bench")
            postmaster = server.child.process.pid
        else:
            folder: Path = stack.enter_context(places.scratch())
            os.environ["DATABASE_URL"] = f"sqlite:///{quote(str(folder))}/bench.sqlite3"
        os.environ["SECRET_KEY"] = "a key for benchmarks, which protects nothing"
        os.environ["STATEMENT_TIMEOUT_SECONDS"] = "0"
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        django.setup()
        yield postmaster


def main() -> None:
    parser = ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    parser.add_argument("--list", action="store_true", help="only the list of companies")
    parser.add_argument("--titles", action="store_true", help="only job titles and a change of their patterns")
    arguments = parser.parse_args()
    companies = int(os.environ.get("BENCH_COMPANIES") or 100_000)
    with database(arguments.database) as postmaster:
        from tests.benchmarks import first_byte, titles
        from tests.benchmarks.run import run

        if arguments.list:
            first_byte.run_alone(companies)
        elif arguments.titles:
            titles.run(titles.contacts_wanted(), postmaster)
        else:
            run(companies, postmaster)


if __name__ == "__main__":
    main()
