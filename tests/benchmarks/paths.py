"""The measured paths: the bases they are held against, and the product's own."""

import re
from typing import cast

from django.db import connection
from django.utils import timezone

from crm.facts import SetSource, join_query, source_of
from crm.models import Fit, FitChange, Score
from crm.scoring.drain import rescore
from personas.rules.scoring import Scorer

RESULT_TABLES = tuple(model._meta.db_table for model in (Fit, Score, FitChange))
COMPANY_COLUMNS = (
    "employees_low", "employees_high", "consumer_users_low", "monthly_revenue_usd_low", "monthly_revenue_usd_high",
    "funding_total_usd_low", "project_stage", "status", "city", "funding_researched_on", "people_researched_on",
)  # fmt: skip
REFERENCES = re.compile(r' REFERENCES "\w+" \("\w+"\) DEFERRABLE INITIALLY DEFERRED')
EVERY = "p.company_id IS NOT NULL"


def postgresql() -> bool:
    return bool(connection.vendor == "postgresql")


def execute(sql: str, parameters: list[int] | None = None) -> int:
    """The number of rows that the statement touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)


def count(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def scan(scorer: Scorer) -> None:
    """Everything that the rules read is read once: the companies, and each relation added up by company.

    This is one statement with nothing scored and nothing written.
    """
    joins: dict[str, str] = {}
    for place, source in enumerate(map(source_of, scorer.facts())):
        for alias in source.joins:
            joins[alias] = join_query(alias).format(ids=EVERY)
        if isinstance(source, SetSource):
            rows = source.rows.format(ids=EVERY)
            joins[f"s{place}"] = f"SELECT company_id, MAX(member) AS most FROM ({rows}) r GROUP BY company_id"
    counted = [*(f"c.{column}" for column in COMPANY_COLUMNS), *(f"{alias}.company_id" for alias in joins)]
    sql = f"SELECT COUNT(*), {', '.join(f'COUNT({each})' for each in counted)} FROM crm_company c" + "".join(
        f" LEFT JOIN ({query}) {alias} ON {alias}.company_id = c.id" for alias, query in joins.items()
    )
    memory = ["SET work_mem = '64MB'", "SET jit = off", "SET max_parallel_workers_per_gather = 0"]
    for setting in memory if postgresql() else []:
        execute(setting)
    count(sql)
    if postgresql():
        execute("RESET ALL")


def make_bare_tables() -> None:
    """Empty tables like those of the results, with their indexes and checks, without foreign keys."""
    for table in RESULT_TABLES:
        execute(f"DROP TABLE IF EXISTS bare_{table}")
        if postgresql():
            execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL EXCLUDING IDENTITY)")
            continue
        with connection.cursor() as cursor:
            sql = "SELECT type, sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL ORDER BY type DESC"
            cursor.execute(sql, [table])
            for kind, made in cast(list[tuple[str, str]], cursor.fetchall()):
                execute(bare(kind, made, table))


def bare(kind: str, sql: str, table: str) -> str:
    """The statement of SQLite that makes the bare copy of a table or of one of its indexes."""
    if kind == "index":
        name = sql.split('"')[1]
        sql = sql.replace(f'"{name}"', f'"bare_{name}"', 1)
    return REFERENCES.sub("", sql.replace(f'"{table}"', f'"bare_{table}"', 1))


def insert_bare() -> None:
    """The rows of the results, just as they are, written into the bare tables."""
    for table in RESULT_TABLES:
        execute(f"INSERT INTO bare_{table} SELECT * FROM {table}")


def drop_bare_tables() -> None:
    for table in RESULT_TABLES:
        execute(f"DROP TABLE bare_{table}")


def change_one_percent() -> int:
    """One company in a hundred has another number of employees; returns how many."""
    return execute(
        "UPDATE crm_company SET employees_low = CASE WHEN employees_low = 60 THEN 7 ELSE 60 END,"
        " employees_high = CASE WHEN employees_low = 60 THEN 7 ELSE 60 END WHERE id % 100 = 7"
    )


def edit(ids: list[int], employees: int) -> None:
    """These companies have so many employees."""
    marks = ", ".join(["%s"] * len(ids))
    execute(
        f"UPDATE crm_company SET employees_low = %s, employees_high = %s WHERE id IN ({marks})",
        [employees, employees, *ids],
    )


def edit_together(ids: list[int]) -> None:
    """Edited accounts, brought up to date in one call."""
    edit(ids, 33)
    rescore(ids, at=timezone.now())


def edit_one_by_one(ids: list[int]) -> None:
    """The same with a call for each."""
    for each in ids:
        edit([each], 66)
        rescore([each], at=timezone.now())
