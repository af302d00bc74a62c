"""The list of companies as a browser gets it: how long the first page takes, a deep one, and those of a rep.

The same list is asked for at a small and at a large population; it should not
know the difference.
"""

import time
from dataclasses import dataclass
from statistics import median

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm.models import (
    Company,
    CompanyTerm,
    Contact,
    Employer,
    Employment,
    Fit,
    FitChange,
    Investment,
    Investor,
    JobTitle,
    Score,
    Term,
    TitlePersona,
)
from crm.roles import ROLES
from crm.scoring.drain import rescore_all, scorers

from .meter import Cost
from .population import catch_up, populate, settle
from .table import Table, Target

SMALL = 10_000
TIMES = 15
DEEP_PAGE = 200
BOOK = 200
"""Accounts that the rep of a few owns."""

TEAMS = 20
RATIO = Target(2)

TEAM = "Team "
USERS = ("chief", "rep", "newcomer")
MADE = (
    CompanyTerm, Term, Employment, Employer, Contact, TitlePersona, JobTitle, Investment, Investor, FitChange, Score,
    Fit, Company,
)  # fmt: skip

Times = dict[tuple[str, str], float]

PAGES = {
    "first page": "",
    "deep page": f"p={DEEP_PAGE}",
    "one segment": "segment=high-growth-startup",
    "by name": "o=1",
}


@dataclass(frozen=True)
class Reader:
    """Somebody who reads the list, and the pages they ask for."""

    name: str
    client: Client
    pages: tuple[str, ...]


def readers(companies: int) -> list[Reader]:
    """A superuser, a rep of one team out of TEAMS who owns a few accounts, and a rep who sees what nobody owns."""
    settings.ALLOWED_HOSTS = ["testserver"]
    chief, rep, newcomer = (User.objects.create_user(name, is_staff=True) for name in USERS)
    User.objects.filter(pk=chief.pk).update(is_superuser=True)
    role = Group.objects.get(name=next(iter(ROLES)))
    teams = [Group.objects.create(name=f"{TEAM}{place}") for place in range(TEAMS)]
    rep.groups.set([role, teams[0]])
    newcomer.groups.set([role])
    share_out(companies, [team.pk for team in teams], rep.pk)
    found = []
    for user, pages in ((chief, tuple(PAGES)), (rep, ("first page",)), (newcomer, ("first page",))):
        client = Client()
        client.force_login(user)
        found.append(Reader(user.username, client, pages))
    return found


def share_out(companies: int, teams: list[int], rep: int) -> None:
    """Nine accounts of ten go with a team, a few with the rep, the others with nobody."""
    cases = " ".join(f"WHEN {place} THEN {team}" for place, team in enumerate(teams))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE crm_company SET team_id = CASE (id / 10) %% {len(teams)} {cases} END WHERE id %% 10 <> 0", []
        )
    step = max(companies // BOOK, 1)
    Company.objects.filter(pk__in=[1 + place * step for place in range(min(BOOK, companies))]).update(owner=rep)


def seconds(client: Client, query: str) -> float:
    """The median time until the list is made, after one look that warms what is kept."""
    address = reverse("admin:crm_company_changelist") + (f"?{query}" if query else "")
    taken = []
    for _ in range(TIMES + 1):
        started = time.perf_counter()
        response = client.get(address)
        taken.append(time.perf_counter() - started)
        if response.status_code != 200:
            raise RuntimeError(f"{address}: answered {response.status_code}")
    return median(taken[1:])


def look(companies: int) -> Times:
    """The time of every page of every reader; the database holds so many companies, scored."""
    found = {
        (reader.name, page): seconds(reader.client, PAGES[page])
        for reader in readers(companies)
        for page in reader.pages
    }
    User.objects.filter(username__in=USERS).delete()
    return found


def look_at_few() -> Times:
    """The same at SMALL companies, in an empty database, which is empty again afterwards."""
    populate(SMALL)
    rescore_all(at=timezone.now())
    settle()
    found = look(SMALL)
    Company.objects.update(team=None)
    Group.objects.filter(name__startswith=TEAM).delete()
    with connection.cursor() as cursor:
        for model in MADE:
            cursor.execute(f"DELETE FROM {model._meta.db_table}")
    settle()
    scorers.clear()
    return found


def run_alone(companies: int) -> None:
    """Only these paths: few companies, then many."""
    call_command("migrate", verbosity=0)
    call_command("load_preset", verbosity=0)
    small = look_at_few()
    populate(companies)
    catch_up()
    settle()
    rescore_all(at=timezone.now())
    settle()
    compare(Table(), small, look(companies), companies)


def compare(table: Table, small: Times, large: Times, companies: int) -> None:
    """The lines of the table: each page against the same at the small population, the deep one against the first."""
    for (who, page), taken in large.items():
        name = f"list, {who}, {page} ({taken * 1000:.0f} ms)"
        table.line(name, wall(taken), companies, taken / small[who, page], f"the same at {SMALL:,}", RATIO)
    deep = large["chief", "deep page"] / large["chief", "first page"]
    table.line("list, deep page", wall(large["chief", "deep page"]), companies, deep, "first page", RATIO)


def wall(taken: float) -> Cost:
    """A cost of which only the time on the clock is known."""
    return Cost(wall=taken)
