"""The pipeline: open deals by stage, moved from one to the next, and how they ended."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, F, QuerySet, Sum, Window
from django.db.models.functions import RowNumber
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from crm.history import change
from crm.models import Activity, Company, Deal, Fit
from crm.models.visibility import teams_of
from crm.rescoring import rescore_after_commit
from personas.rules.document import Document

from .active import ruleset_of
from .deal_form import CloseForm
from .history import who
from .navigation import may_view
from .scoped import choices_for, may_edit, own_teams, visible
from .standing import UNSCORED, Standing, standing
from .working.tasks import Task, due_in_words

Deals = QuerySet[Deal]

OPEN = tuple(stage for stage in Deal.Stage if stage not in Deal.CLOSED)
MOST_CARDS = 50
"""As many deals of a stage are shown, those with the greatest amounts."""
MOST_ENDED = 50
MOST_COLLEAGUES = 100
ENDED_WITHIN = timedelta(days=90)


@dataclass(frozen=True)
class Card:
    """One open deal with its account, how long it has been in its stage, and what is to be done next."""

    deal: Deal
    standing: Standing
    days: int
    task: Task | None
    may_move: bool
    moves: tuple[tuple[str, str], ...]

    @property
    def age(self) -> str:
        return "Since today" if self.days <= 0 else f"For {self.days:,} {'day' if self.days == 1 else 'days'}"


@dataclass(frozen=True)
class Column:
    """One stage with its deals; `sums` are amounts by currency, and how many have no amount."""

    key: str
    name: str
    count: int
    sums: tuple[str, ...]
    cards: tuple[Card, ...]

    @property
    def hidden(self) -> int:
        """How many deals are not shown."""
        return self.count - len(self.cards)


@dataclass
class Totals:
    """How many deals of a stage there are, and what they are worth by currency."""

    count: int = 0
    amounts: dict[str, Decimal] = field(default_factory=dict)
    without: int = 0

    @property
    def said(self) -> tuple[str, ...]:
        sums = [f"{amount:,.0f} {currency}" for currency, amount in sorted(self.amounts.items())]
        return (*sums, *([f"{self.without:,} without an amount"] if self.without else []))


def colleagues(request: HttpRequest) -> QuerySet[User]:
    """Those whose deals this person may ask for by name."""
    limited = choices_for(Deal._meta.get_field("owner"), request)
    if limited is None:
        return User.objects.filter(pk__in=Deal.objects.order_by().values("owner")).order_by("username")
    return limited.order_by("username")


# The board


def board(request: HttpRequest) -> HttpResponse:
    """The pipeline as far as this person sees it: their own deals, their team's, everybody's, or one colleague's."""
    if not (may_view(request, "crm.deal") and may_view(request, "crm.company")):
        raise PermissionDenied
    today = timezone.now().date()
    others = list(colleagues(request)[:MOST_COLLEAGUES])
    has_teams = own_teams(request).exists()
    whose, deals = narrowed(request, {str(each.pk) for each in others})
    ended = deals.filter(stage__in=Deal.CLOSED, closed_on__gte=today - ENDED_WITHIN)
    open_totals, ended_totals = totals(deals.exclude(stage__in=Deal.CLOSED)), totals(ended)
    everything = Totals()
    for each in open_totals.values():
        everything.count += each.count
        everything.without += each.without
        for currency, amount in each.amounts.items():
            everything.amounts[currency] = everything.amounts.get(currency, Decimal(0)) + amount
    return render(
        request,
        "crm/working/board.html",
        {
            **admin.site.each_context(request),
            "title": "Pipeline",
            "opts": Deal._meta,
            "columns": columns(request, deals, open_totals, today),
            "everything": everything,
            "ended": [
                (deal, may_view(request, "crm.deal"))
                for deal in ended.select_related("company", "owner").order_by("-closed_on", "-pk")[:MOST_ENDED]
            ],
            "ended_totals": [
                (stage.label, ended_totals[stage])
                for stage in Deal.Stage
                if stage in Deal.CLOSED and stage in ended_totals
            ],
            "whose": whose,
            "owned": {"mine": "me", "all": ""}.get(whose, whose),
            "scopes": [("mine", "Mine"), *([("team", "Team")] if has_teams else []), ("all", "All")],
            "others": [(str(each.pk), who(each), whose == str(each.pk)) for each in others],
            "may_add": request.user.has_perm("crm.add_deal"),
        },
    )


def narrowed(request: HttpRequest, others: set[str]) -> tuple[str, Deals]:
    """Whose deals are asked for, and these deals; without a word one's own, or all where one has none."""
    deals = Deal.objects.visible_to(request.user)
    mine = deals.filter(owner=request.user.pk)
    whose = request.GET.get("owner") or request.GET.get("of", "")
    if whose in others:
        return whose, deals.filter(owner=int(whose))
    match whose:
        case "mine":
            return "mine", mine
        case "team" if isinstance(request.user, User):
            return "team", deals.filter(company__team__in=teams_of(request.user))
        case "all":
            return "all", deals
    return ("mine", mine) if mine.exclude(stage__in=Deal.CLOSED).exists() else ("all", deals)


def totals(deals: Deals) -> dict[str, Totals]:
    """Counts and sums by stage, in one query."""
    found: dict[str, Totals] = {}
    for stage, currency, count, amount, known in (
        deals.order_by()
        .values_list("stage", "currency")
        .annotate(count=Count("pk"), sum=Sum("amount"), known=Count("amount"))
    ):
        each = found.setdefault(stage, Totals())
        each.count += count
        each.without += count - known
        if known:
            each.amounts[currency] = each.amounts.get(currency, Decimal(0)) + amount
    return found


def columns(request: HttpRequest, deals: Deals, found: dict[str, Totals], today: date) -> list[Column]:
    """The open stages with their deals, in a number of queries that does not grow with them."""
    # One row more than the rest of the page, so that the greatest of each stage come in one query.
    numbered = deals.filter(stage__in=OPEN).annotate(
        place=Window(RowNumber(), partition_by=F("stage"), order_by=[F("amount").desc(nulls_last=True), F("pk").desc()])
    )
    rows = list(
        numbered.filter(place__lte=MOST_CARDS).select_related("company__fit", "owner").order_by("stage", "place")
    )
    editable = set(
        Deal.objects.editable_by(request.user)
        .filter(pk__in=[row.pk for row in rows])
        .order_by()
        .values_list("pk", flat=True)
    )
    may = request.user.has_perm("crm.change_deal")
    tasks = next_tasks(request, {row.company_id for row in rows}, today)
    ruleset = ruleset_of(request)
    document = ruleset.document() if ruleset else Document()
    made: dict[str, list[Card]] = {stage: [] for stage in OPEN}
    for row in rows:
        made[row.stage].append(
            Card(
                row,
                standing_of(row.company, document),
                (today - (row.stage_since or row.opened_on)).days,
                tasks.get(row.company_id),
                may and row.pk in editable,
                tuple((stage.value, str(stage.label)) for stage in OPEN if stage != row.stage),
            )
        )
    return [
        Column(
            stage.value,
            str(stage.label),
            found.get(stage, Totals()).count,
            found.get(stage, Totals()).said,
            tuple(made[stage]),
        )
        for stage in OPEN
    ]


def standing_of(company: Company, document: Document) -> Standing:
    """The badge of an account that comes with its fit."""
    fit: Fit | None = getattr(company, "fit", None)
    if fit is None:
        return UNSCORED
    return standing(
        document,
        status=fit.segment_status,
        segment=fit.segment,
        possible=fit.possible.split(",") if fit.possible else (),
        effective=fit.effective_segment,
        effective_status=fit.effective_status,
    )


def next_tasks(request: HttpRequest, companies: Iterable[int], today: date) -> dict[int, Task]:
    """What is to be done next for each of these accounts."""
    found: dict[int, Task] = {}
    if not may_view(request, "crm.activity"):
        return found
    tasks = Activity.objects.visible_to(request.user).filter(company__in=companies).to_do()
    first = Window(RowNumber(), partition_by=F("company"), order_by=[F("due_on").asc(nulls_last=True), F("pk").asc()])
    for row in tasks.annotate(place=first).filter(place=1):
        found[row.company_id] = Task(row, due_in_words(row.due_on, today))
    return found


# Moving


def found_deal(request: HttpRequest, pk: int) -> Deal:
    """The deal with this id, which this person may edit; raises Http404 or PermissionDenied."""
    deal: Deal | None = visible(Deal, request).filter(pk=pk).select_related("company").first()
    if deal is None or not may_view(request, "crm.deal"):
        raise Http404("There is no such deal.")
    if not (request.user.has_perm("crm.change_deal") and may_edit(request, deal)):
        raise PermissionDenied
    return deal


def back(request: HttpRequest) -> str:
    """The board as it was narrowed when the form was built."""
    of = request.POST.get("of") or request.GET.get("of", "")
    return reverse("admin:crm_deal_board") + (f"?{urlencode({'of': of})}" if of else "")


def move(request: HttpRequest, pk: int) -> HttpResponse:
    """The deal is in another open stage; to close it, the way leads over how it ended."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    deal = found_deal(request, pk)
    stage = request.POST.get("stage", "")
    if stage in Deal.CLOSED:
        query = urlencode({"stage": stage, "of": request.POST.get("of", "")})
        return HttpResponseRedirect(f"{reverse('admin:crm_deal_close', args=[pk])}?{query}")
    if stage not in OPEN:
        raise Http404("There is no such stage.")
    was = request.POST.get("was", "")
    tell(request, deal, stage, was in Deal.Stage.values and enter(request, deal, stage, was=was))
    return HttpResponseRedirect(back(request))


def close(request: HttpRequest, pk: int) -> HttpResponse:
    """The form that asks how a deal ended, or the board with the deal closed."""
    deal = found_deal(request, pk)
    if request.method == "POST":
        form = CloseForm(request.POST, deal=deal)
        if form.is_valid():
            said = form.cleaned_data
            moved = enter(
                request,
                deal,
                said["stage"],
                was=said["was"],
                closed_on=said["closed_on"],
                reason=said["outcome_reason"],
            )
            tell(request, deal, said["stage"], moved)
            return HttpResponseRedirect(back(request))
    else:
        initial = {"stage": request.GET.get("stage", ""), "closed_on": timezone.now().date(), "was": deal.stage}
        form = CloseForm(deal=deal, initial=initial)
    return render(
        request,
        "crm/working/close.html",
        {
            **admin.site.each_context(request),
            "title": f"Close {deal.name}",
            "opts": Deal._meta,
            "deal": deal,
            "form": form,
            "of": request.POST.get("of") or request.GET.get("of", ""),
            "back": back(request),
        },
    )


def enter(
    request: HttpRequest, deal: Deal, stage: str, *, was: str, closed_on: date | None = None, reason: str = ""
) -> bool:
    """Whether the deal went from the stage `was` to `stage`; nothing changes where somebody else moved it meanwhile."""
    values = {
        "stage": stage,
        "closed_on": closed_on,
        "outcome_reason": reason or None,
        "stage_since": closed_on or timezone.now().date(),
    }
    with transaction.atomic():
        rows = Deal.objects.editable_by(request.user).filter(pk=deal.pk, stage=was).exclude(stage=stage)
        moved = change(rows, values, by=request.user if isinstance(request.user, User) else None)
        if moved:
            rescore_after_commit([deal.company_id])
    return bool(moved)


def tell(request: HttpRequest, deal: Deal, stage: str, moved: bool) -> None:
    """What came of a move, in words."""
    now = Deal.objects.filter(pk=deal.pk).values_list("stage", flat=True).first() or stage
    name = Deal.Stage(now).label
    if moved or now == stage:
        messages.success(request, f"{deal.name} is in {name}." if now in OPEN else f"{deal.name} is {name.lower()}.")
    else:
        messages.warning(request, f"Not moved: somebody else moved {deal.name} meanwhile, it is in {name} now.")
