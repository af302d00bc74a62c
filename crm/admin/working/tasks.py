"""Tasks: what is due when, and checking off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from crm.admin.navigation import may_view
from crm.history import change
from crm.models import Activity, Company
from crm.models.visibility import Person
from crm.rescoring import rescore_after_commit

MOST_SHOWN = 20


@dataclass(frozen=True)
class Due:
    """When a task is due, in words; `state` is overdue, today, later or none."""

    state: str
    word: str

    @property
    def icon(self) -> str:
        return {"overdue": "error", "today": "today", "later": "event", "none": "event_busy"}[self.state]


@dataclass(frozen=True)
class Task:
    """One task with its day; `may` is whether this person may check it off."""

    activity: Activity
    due: Due
    may: bool = True


def due_in_words(due_on: date | None, today: date) -> Due:
    """The day of a task as people say it."""
    if due_on is None:
        return Due("none", "No day set")
    days = (due_on - today).days
    if days < 0:
        return Due("overdue", f"Overdue by {-days:,} {'day' if days == -1 else 'days'}")
    if days <= 1:
        return Due("today", "Today") if days == 0 else Due("later", "Tomorrow")
    return Due("later", f"In {days:,} days" if days < 7 else f"{due_on:%-d %b %Y}")


def to_do(request: HttpRequest, company: Company) -> Sequence[Task]:
    """What is still to be done about the account, the first due first; at most two queries."""
    if not may_view(request, "crm.activity"):
        return []
    today = timezone.now().date()
    tasks = list(
        Activity.objects.visible_to(request.user)
        .filter(company=company)
        .to_do()
        .select_related("assignee")[:MOST_SHOWN]
    )
    if not tasks or not request.user.has_perm("crm.change_activity"):
        return [Task(each, due_in_words(each.due_on, today), may=False) for each in tasks]
    mine = set(
        Activity.objects.filter(pk__in=[each.pk for each in tasks])
        .to_be_done_by(request.user)
        .order_by()
        .values_list("pk", flat=True)
    )
    return [Task(each, due_in_words(each.due_on, today), may=each.pk in mine) for each in tasks]


def check_off(user: Person, ids: Sequence[int], *, done: bool) -> list[Activity]:
    """These tasks are done now, or open again; returns those that were not so before.

    Only those that this person may check off. Done twice it changes nothing.
    """
    with transaction.atomic():
        wanted = Activity.objects.filter(pk__in=ids).to_be_done_by(user).filter(done_at__isnull=done)
        changed = list(wanted.order_by("pk").select_related("company"))
        rows = Activity.objects.filter(pk__in=[each.pk for each in changed], done_at__isnull=done)
        change(rows, {"done_at": timezone.now() if done else None}, by=user if isinstance(user, User) else None)
        rescore_after_commit(each.company_id for each in changed)
    return changed
