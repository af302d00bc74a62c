"""The first page: whom to talk to next, what is to be done, and what moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from crm.history import change
from crm.models import Activity, Company, Fit, FitChange, Look, WebhookSubscription
from crm.models.fit import FitQuerySet
from crm.models.visibility import EDIT_TEAM, Person, sees_all, teams_of
from crm.scoring.causes import Because, causes
from personas.models import Ruleset

from .active import ruleset_of
from .fit_card import points_move, segment_move
from .fit_line import FitLine, fit_lines
from .freshness import freshness_of
from .navigation import may_view
from .scoped import own_teams, visible
from .working.tasks import Task, due_in_words
from .write_first import First, write_first

SHOWN = 10
FREE_SHOWN = 5
LOOKED_THROUGH = 50
"""As many of the best accounts are looked through for those that nobody touched of late."""
FREE_AMONG = 10_000
"""Free accounts are looked for among so many of the best of all, which costs the same however many there are."""
RESTING = timedelta(days=7)
NEWS = timedelta(days=7)
NEWS_AT_MOST = timedelta(days=90)
MOST_NEWS = 100
RESTED = "Best first; those that somebody touched in the last 7 days come last."


@dataclass(frozen=True)
class Next:
    """An account to talk to, with its line of fit, when somebody last touched it, and whom to write to first."""

    company: Company
    line: FitLine
    touched: datetime | None
    first: First | None = None


@dataclass(frozen=True)
class News:
    """A result that changed since this person last looked at the account, and why."""

    change: FitChange
    segment: str
    points: str
    why: Because


@dataclass(frozen=True)
class Choice:
    """The accounts to choose the next ones from; `title` and `note` say whose they are and how they are ordered."""

    title: str
    note: str
    fits: FitQuerySet
    link: str
    owners: bool = False


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The context of the first page, with what this person may see."""
    may = may_view(request, "crm.company")
    if may:
        freshness_of(request)
    ruleset = ruleset_of(request) if may else None
    found = context | {
        "may_view": may,
        "webhooks_off": webhooks_off(request),
        "ruleset": ruleset,
        "has_companies": may and Company.objects.visible_to(request.user).exists(),
    }
    if not (ruleset and found["has_companies"]):
        return found
    at = timezone.now()
    owns = Company.objects.filter(owner=request.user.pk).exists()
    choice = choice_of(request, owns=owns)
    best = rested(list(choice.fits.best_first().select_related("company__owner")[:LOOKED_THROUGH]), at)
    free = [] if sees_all(request.user) else list(free_accounts(request))
    lines = next_accounts(request, [*best, *free], ruleset, at)
    return (
        found
        | {"owns": owns, "choice": choice, "best": lines[: len(best)], "free": lines[len(best) :]}
        | tasks(request, at)
        | news(request, ruleset, at)
    )


def webhooks_off(request: HttpRequest) -> list[WebhookSubscription]:
    """The webhooks that were switched off because nothing arrived, for whoever may change them."""
    if not request.user.has_perm("crm.change_webhooksubscription"):
        return []
    return list(WebhookSubscription.objects.visible_to(request.user).in_trouble()[:SHOWN])


# Whom to talk to next


def choice_of(request: HttpRequest, *, owns: bool) -> Choice:
    """One's own accounts; the team's for who leads it; all of them for who sees all and owns none."""
    user = request.user
    companies = reverse("admin:crm_company_changelist")
    seen = Fit.objects.visible_to(user)
    if owns:
        return Choice("Your next best accounts", RESTED, seen.filter(company__owner=user.pk), f"{companies}?owned=me")
    if sees_all(user):
        return Choice("Talk to these first", RESTED, seen, companies, owners=True)
    if isinstance(user, User) and user.has_perm(EDIT_TEAM):
        team = seen.filter(company__team__in=teams_of(user))
        return Choice("Your team's best accounts", RESTED, team, f"{companies}?owned=team", owners=True)
    return Choice("Your next best accounts", "", seen.none(), companies)


def free_accounts(request: HttpRequest) -> FitQuerySet:
    """The best accounts that nobody owns and that this person may take."""
    if not request.user.has_perm("crm.change_company"):
        return Fit.objects.none()
    among = Fit.objects.best_first().values("pk")[:FREE_AMONG]
    free = Fit.objects.editable_by(request.user).filter(pk__in=among, company__owner=None)
    return free.best_first().select_related("company__owner")[:FREE_SHOWN]


def rested(fits: Sequence[Fit], at: datetime) -> list[Fit]:
    """SHOWN of these; those that somebody touched of late only where there are too few others."""
    recent = set(
        Activity.objects.filter(
            company__in=[fit.company_id for fit in fits], happened_at__gt=at - RESTING, happened_at__lte=at
        )
        .touches()
        .order_by()
        .values_list("company", flat=True)
    )
    return sorted(fits, key=lambda fit: fit.company_id in recent)[:SHOWN]


def next_accounts(request: HttpRequest, fits: Sequence[Fit], ruleset: Ruleset, at: datetime) -> list[Next]:
    """These accounts with what there is to say of each, in a number of queries that does not grow with them."""
    companies = []
    for fit in fits:
        fit.company.fit = fit
        companies.append(fit.company)
    lines = fit_lines(companies, ruleset)
    touched = dict(
        Activity.objects.filter(company__in=companies, happened_at__lte=at)
        .touches()
        .order_by()
        .values_list("company")
        .annotate(at=Max("happened_at"))
    )
    first = write_first(request, [each.pk for each in companies], ruleset)
    return [Next(each, lines.get(each.pk, FitLine()), touched.get(each.pk), first.get(each.pk)) for each in companies]


def take(request: HttpRequest, company_id: int) -> HttpResponse:
    """An account that nobody owns is this person's own from now on; the first who asks gets it."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    company = visible(Company, request).filter(pk=company_id).select_related("owner").first()
    if company is None or not may_view(request, "crm.company"):
        raise Http404("There is no such company.")
    if not (request.user.has_perm("crm.change_company") and isinstance(request.user, User)):
        raise PermissionDenied
    if company.owner_id == request.user.pk:
        return HttpResponseRedirect(reverse("admin:crm_company_change", args=[company.pk]))
    free = Company.objects.editable_by(request.user).filter(pk=company.pk, owner=None)
    given: dict[str, object] = {"owner": request.user}
    teams = list(own_teams(request)[:2])
    if company.team_id is None and len(teams) == 1 and not sees_all(request.user):
        given["team"] = teams[0]
    if change(free, given, by=request.user):
        messages.success(request, f"{company.name} is yours.")
        return HttpResponseRedirect(reverse("admin:crm_company_change", args=[company.pk]))
    messages.warning(request, f"{company.name} is not free any more: somebody else works it.")
    return HttpResponseRedirect(reverse("admin:index"))


# What is to be done


def tasks(request: HttpRequest, at: datetime) -> dict[str, Any]:
    """This person's tasks, the first due first, and those done today."""
    own = Activity.objects.visible_to(request.user).filter(assignee=request.user.pk, kind=Activity.Kind.TASK)
    if not may_view(request, "crm.activity"):
        own = own.none()
    to_do = own.to_do().select_related("company")
    rows = list(to_do[: MOST_NEWS + 1])
    may = request.user.has_perm("crm.change_activity")
    done = own.filter(done_at__gte=at.replace(hour=0, minute=0, second=0, microsecond=0)).order_by("-done_at")
    return {
        "tasks": [Task(row, due_in_words(row.due_on, at.date()), may) for row in rows[:SHOWN]],
        "tasks_more": counted(len(rows) - SHOWN),
        "tasks_overdue": at_most(sum(1 for row in rows if row.due_on is not None and row.due_on < at.date())),
        "done": [Task(row, due_in_words(row.due_on, at.date()), may) for row in done.select_related("company")[:5]],
    }


def at_most(number: int) -> str:
    """So many of the rows that were looked at, in words; empty where there are none."""
    return f"{MOST_NEWS}+" if number > MOST_NEWS else str(number or "")


def counted(more: int) -> str:
    """How many more there are, in words; empty where there are none."""
    if more <= 0:
        return ""
    return f"{MOST_NEWS - SHOWN}+" if more > MOST_NEWS - SHOWN else str(more)


# What moved


def news(request: HttpRequest, ruleset: Ruleset, at: datetime) -> dict[str, Any]:
    """The changes of this person's accounts since they last looked at each, and why; of the last 7 days where never."""
    looked = Look.objects.filter(user=request.user.pk, company=OuterRef("company")).values("at")
    rows = list(
        FitChange.objects.visible_to(request.user)
        .filter(theirs(request.user), at__gte=at - NEWS_AT_MOST)
        .exclude(cause=FitChange.Cause.FIRST)
        .alias(since=Coalesce(Subquery(looked[:1]), at - NEWS))
        .filter(at__gt=F("since"))
        .select_related("company")
        .order_by("-at", "-pk")[: MOST_NEWS + 1]
    )
    names = {each.key: each.name for each in ruleset.document().profiles}
    why = causes(rows[:SHOWN])
    return {
        "news": [News(row, segment_move(row, names), points_move(row), why[row.pk]) for row in rows[:SHOWN]],
        "news_more": counted(len(rows) - SHOWN),
    }


def theirs(user: Person) -> Q:
    """The changes of the accounts that are this person's, or their team's where they lead it."""
    own = Q(company__owner=user.pk)
    if isinstance(user, User) and user.has_perm(EDIT_TEAM) and not sees_all(user):
        own |= Q(company__team__in=teams_of(user))
    return own
