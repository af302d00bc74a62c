"""Drafts of the rules tried on every account: started, watched, stopped, and read."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache

from crm.models import Company, Simulation
from crm.scoring import simulations
from crm.scoring.explain import Receipt, explain
from crm.scoring.failures import FAULTS, REASON_LENGTH
from crm.scoring.reasons import clock, span
from crm.scoring.simulation_report import Report, companies_in, line_pairs, segment_names
from crm.scoring.simulation_tally import MOST_IDS
from crm.tasks import wake_after_commit
from personas.models import Ruleset
from personas.publishing import draft
from personas.rules.document import parse
from personas.rules.errors import RuleError

from .scoped import visible
from .watching import Facts, WatchingAdmin, moment, state

# Totals and owners' books are of every account, so one who sees some of them sees no simulation.
MAY_SIMULATE = ("personas.change_profile", "crm.see_all_companies")
STATES = {
    Simulation.State.WAITING: ("schedule", "open"),
    Simulation.State.RUNNING: ("hourglass_top", "open"),
    Simulation.State.DONE: ("check_circle", "yes"),
    Simulation.State.FAILED: ("error", "no"),
    Simulation.State.CANCELLED: ("block", "calm"),
}
OVERRIDES = {
    "redundant": "the rules say the same",
    "contradicted": "the rules say otherwise",
    "open": "the rules are not certain",
}


@admin.register(Simulation)
class SimulationAdmin(WatchingAdmin):
    """Every simulation that is kept, the newest first. Whoever may draft rules may simulate them."""

    list_display = ["named", "status", "by", "asked", "compared", "moved", "current"]
    list_display_links = ["named"]
    list_select_related = ["asked_by"]
    list_before_template = "crm/simulation/about.html"
    change_form_outer_before_template = "crm/simulation/page.html"
    about = (
        "A simulation tries the draft of the rules on every account and writes no result. "
        "What it shows is what publishing would do."
    )

    class Media:
        css = {"all": ["crm/simulation.css"]}

    def has_view_permission(self, request: HttpRequest, obj: Simulation | None = None) -> bool:
        return request.user.has_perms(MAY_SIMULATE)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perms(MAY_SIMULATE)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without the parts that may be large, which only the page of one shows."""
        return super().get_queryset(request).defer("document", "progress", "accounts")

    @admin.display(description="Simulation", ordering="pk")
    def named(self, simulation: Simulation) -> str:
        return str(simulation)

    @admin.display(description="State", ordering="state")
    def status(self, simulation: Simulation) -> SafeString:
        icon, kind = STATES[Simulation.State(simulation.state)]
        word = simulation.get_state_display()
        return state(icon, kind, f"{word}, {simulation.percent} %" if simulation.state == "running" else word)

    @admin.display(description="Asked by")
    def by(self, simulation: Simulation) -> str:
        user = simulation.asked_by
        return (user.get_full_name() or user.get_username()) if user else "a command"

    @admin.display(description="Asked", ordering="asked_at")
    def asked(self, simulation: Simulation) -> SafeString:
        return moment(simulation.asked_at)

    @admin.display(description="Compared with", ordering="base")
    def compared(self, simulation: Simulation) -> str:
        return f"Ruleset {simulation.base}" if simulation.base else "no rules"

    @admin.display(description="Accounts that move")
    def moved(self, simulation: Simulation) -> str:
        return f"{simulation.result['moved']:,}" if simulation.result else ""

    @admin.display(description="Content hash")
    def current(self, simulation: Simulation) -> str:
        return simulation.content_hash[:12]

    # Addresses

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("start/", view(self.start), name="crm_simulation_start"),
            path("<int:pk>/progress/", view(never_cache(self.progress)), name="crm_simulation_progress"),
            path("<int:pk>/cancel/", view(self.cancel), name="crm_simulation_cancel"),
            path("<int:pk>/accounts/", view(self.accounts), name="crm_simulation_accounts"),
            path("<int:pk>/company/<int:company_id>/", view(self.company), name="crm_simulation_company"),
            *super().get_urls(),
        ]

    def found(self, request: HttpRequest, pk: int) -> Simulation:
        """The simulation with this id; raises PermissionDenied or Http404."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        simulation = Simulation.objects.select_related("asked_by").filter(pk=pk).first()
        if simulation is None:
            raise Http404("There is no such simulation.")
        return simulation

    def start(self, request: HttpRequest) -> HttpResponse:
        """The draft is being simulated; the answer leads to its page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            document = draft()
        except RuleError as error:
            first = str(error).splitlines()[0]
            self.message_user(request, f"The draft has faults, so it cannot be simulated: {first}", messages.ERROR)
            return HttpResponseRedirect(reverse("admin:crm_simulation_changelist"))
        user = request.user if isinstance(request.user, User) else None
        simulation = simulations.ask(document, asked_by=user, at=timezone.now())
        wake_after_commit()
        return HttpResponseRedirect(page_of(simulation))

    def cancel(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The simulation stops after the batch at hand."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        simulation = self.found(request, pk)
        if simulations.cancel(simulation.pk, at=timezone.now()):
            self.message_user(request, "Cancelled. Nothing was changed.", messages.SUCCESS)
        else:
            self.message_user(request, "It had ended already.", messages.INFO)
        return HttpResponseRedirect(page_of(simulation))

    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How far it is; the page is loaded anew once it has ended."""
        simulation = self.found(request, pk)
        response = render(request, "crm/simulation/progress.html", {"simulation": simulation, "again": True})
        if not simulation.is_unfinished:
            response["HX-Refresh"] = "true"
        return response

    def accounts(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Some of the accounts behind one number of the report, those that this person may see."""
        simulation = self.found(request, pk)
        name = request.GET.get("behind", "")
        ids = (simulation.accounts or {}).get(name)
        if ids is None:
            raise Http404("There are no accounts behind this number.")
        companies = visible(Company, request).filter(pk__in=ids).select_related("owner", "fit").order_by("pk")
        return self.shown(
            request,
            "crm/simulation/accounts.html",
            simulation,
            title=title_of(simulation, name),
            companies=companies,
            most=MOST_IDS if len(ids) >= MOST_IDS else 0,
        )

    def company(self, request: HttpRequest, pk: int, company_id: int) -> HttpResponse:
        """What the rules compared with and the simulated ones say of one account as it is now, line by line."""
        simulation = self.found(request, pk)
        company = visible(Company, request).filter(pk=company_id).first()
        if company is None:
            raise Http404("There is no such company.")
        base = Ruleset.objects.filter(number=simulation.base).first()
        at = timezone.now()
        before, fault_before = receipt_of(company, base, at)
        after, fault_after = receipt_of(company, as_ruleset(simulation), at)
        return self.shown(
            request,
            "crm/simulation/company.html",
            simulation,
            title=company.name,
            company=company,
            before=before,
            after=after,
            fault_before=fault_before,
            fault_after=fault_after,
            lines=line_pairs(before, after) if after else [],
        )

    def shown(self, request: HttpRequest, template: str, simulation: Simulation, **context: object) -> HttpResponse:
        return render(
            request,
            template,
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "media": self.media,
                "simulation": simulation,
                "back": page_of(simulation),
                **context,
            },
        )

    # The page

    def facts(self, row: Simulation) -> Facts:
        facts: Facts = [
            ("State", self.status(row)),
            ("Asked", format_html("{} by {}", moment(row.asked_at), self.by(row))),
            ("Compared with", self.compared(row)),
        ]
        if row.started_at and row.finished_at:
            facts.append(("Took", span((row.finished_at - row.started_at).total_seconds())))
        if row.result:
            facts += [
                ("Population as of", moment(row.as_of())),
                ("Accounts looked at", f"{row.result['accounts']:,}"),
                ("Accounts that move", f"{row.result['moved']:,}"),
            ]
        return facts

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        simulation = kwargs.get("obj") or (args[3] if len(args) > 3 else None)
        if isinstance(simulation, Simulation):
            context |= page_context(request, simulation)
        return super().render_change_form(request, context, *args, **kwargs)


def receipt_of(company: Company, ruleset: Ruleset | None, at: datetime) -> tuple[Receipt | None, str]:
    """What these rules say of the company as it is now, or why they cannot score it."""
    if ruleset is None:
        return None, ""
    try:
        return explain(company, at=at, ruleset=ruleset), ""
    except FAULTS as error:
        return None, f"{type(error).__name__}: {error}"[:REASON_LENGTH]


def page_of(simulation: Simulation) -> str:
    return reverse("admin:crm_simulation_change", args=[simulation.pk])


def as_ruleset(simulation: Simulation) -> Ruleset:
    """The simulated document as a ruleset that is not published."""
    return Ruleset(number=0, text=simulation.document, content_hash=simulation.content_hash)


def page_context(request: HttpRequest, simulation: Simulation) -> dict[str, Any]:
    """What the page of a simulation shows beyond the row itself."""
    found: Report | None = simulation.result
    context: dict[str, Any] = {"simulation": simulation, "report": found}
    if found is None:
        return context
    try:
        now: str | None = draft().content_hash()
    except RuleError:
        now = None
    active = Ruleset.objects.active().values_list("number", flat=True).first() or 0
    names = dict(visible(Company, request).filter(pk__in=companies_in(found)).values_list("pk", "name"))
    owners = User.objects.in_bulk([row["owner"] for row in found["owners"] if row["owner"]])
    segments = dict(segment_names(*documents(simulation)))
    return context | {
        "out_of_date": simulations.is_out_of_date(simulation, now, active),
        "as_of": clock(simulation.as_of(), timezone.now()),
        "matrices": list(matrices(simulation, found)),
        "movers": named(simulation, found["movers"], names),
        "top_moves": named(simulation, found["top_moves"], names),
        "owners": [
            {
                "name": owner_name(owners.get(row["owner"]), row["owner"]),
                "won": book(row["won"], segments),
                "lost": book(row["lost"], segments),
            }
            for row in found["owners"]
        ],
        "overrides": [
            each
            | {
                "link": behind(simulation, each["bucket"]),
                "was": OVERRIDES[each["before"]],
                "becomes": OVERRIDES[each["after"]],
            }
            for each in found["overrides"]
            if each["before"] != each["after"]
        ],
        "certainty": [
            (what, found["certainty"][f"{what}_{way}"], way, behind(simulation, f"certainty|{what}|{way}"))
            for what in ("segment", "points")
            for way in ("opens", "settles")
        ],
        "points": [each | {"rows": list(steps(each))} for each in found["points"]],
    }


def documents(simulation: Simulation) -> tuple[Any, Any]:
    """The document compared with and the simulated one."""
    base = Ruleset.objects.filter(number=simulation.base).first()
    after = parse(simulation.document)
    return (base.document() if base else after), after


def behind(simulation: Simulation, name: str) -> str:
    """Where the accounts behind a number are listed; empty where none are kept."""
    if name not in (simulation.accounts or {}):
        return ""
    return f"{reverse('admin:crm_simulation_accounts', args=[simulation.pk])}?{urlencode({'behind': name})}"


def standing_in(place: str) -> str:
    """The list of the accounts that stand in this row of the matrix of segments now; empty where there is none."""
    kind, _, key = place.partition(":")
    if kind not in ("settled", "none", "undecided"):
        return ""
    return f"{reverse('admin:crm_company_changelist')}?{urlencode({'by_rules': key or kind})}"


def matrices(simulation: Simulation, found: Report) -> Iterable[dict[str, Any]]:
    """The matrices with a link behind each number."""
    for title, what, each in (
        ("Segments", "segment", found["segments"]),
        *((f"Bands of {band['name']}", "band", band) for band in found["bands"]),
    ):
        cells = {(cell["before"], cell["after"]): cell for cell in each["cells"]}
        yield {
            "title": title,
            "columns": [name for _, name in each["columns"]],
            "rows": [
                {
                    "name": name,
                    "cells": [
                        matrix_cell(simulation, cells.get((row, column)), row, column) for column, _ in each["columns"]
                    ],
                    "total": sum(cell["accounts"] for pair, cell in cells.items() if pair[0] == row),
                    "link": standing_in(row) if what == "segment" else "",
                }
                for row, name in each["rows"]
            ],
            "totals": [
                sum(cell["accounts"] for pair, cell in cells.items() if pair[1] == column)
                for column, _ in each["columns"]
            ],
        }


def matrix_cell(simulation: Simulation, cell: Mapping[str, Any] | None, row: str, column: str) -> dict[str, Any]:
    return {
        "accounts": cell["accounts"] if cell else 0,
        "stays": row == column,
        "link": behind(simulation, cell["bucket"]) if cell and row != column else "",
    }


def named(simulation: Simulation, rows: Iterable[Report], names: Mapping[int, str]) -> list[Report]:
    """The accounts of the report that this person may see, with name and addresses."""
    return [
        row
        | {
            "name": names[row["company"]],
            "link": reverse("admin:crm_simulation_company", args=[simulation.pk, row["company"]]),
            "delta_text": f"{row['delta'] / 100:+g}" if row["delta"] else "",
        }
        for row in rows
        if row["company"] in names
    ]


def owner_name(user: User | None, owner_id: int | None) -> str:
    if owner_id is None:
        return "Nobody's"
    return (user.get_full_name() or user.get_username()) if user else "Somebody who has left"


def book(moves: Mapping[str, int], names: Mapping[str, str]) -> list[tuple[str, int]]:
    """Segments by name with how many accounts."""
    return sorted((names.get(f"settled:{key}", key), accounts) for key, accounts in moves.items())


def steps(each: Report) -> Iterable[dict[str, Any]]:
    """The rows of a distribution, with the length of their bars in percent of the longest."""
    rows = [
        (
            f"{step['from']:,}" if each["width"] == 1 else f"{step['from']:,} to {step['to']:,}",
            step["before"],
            step["after"],
        )
        for step in each["steps"]
    ]
    rows += [("not certain", *each["open"]), ("no number", *each["nothing"])]
    longest = max((max(before, after) for _, before, after in rows), default=0) or 1
    for label, before, after in rows:
        if before or after:
            yield {
                "label": label,
                "before": before,
                "after": after,
                "before_share": round(100 * before / longest),
                "after_share": round(100 * after / longest),
            }


def title_of(simulation: Simulation, name: str) -> str:
    """The accounts behind a number, in words."""
    kind, *parts = name.split("|")
    if kind == "segment":
        names = segment_names(*documents(simulation))
        return f"From {names.get(parts[0], parts[0])} to {names.get(parts[1], parts[1])}"
    if kind == "band":
        return f"From {parts[1].removeprefix('band:')} to {parts[2].removeprefix('band:')} in {parts[0]}"
    if kind == "override":
        return f"Overrides: {parts[0]} before, {parts[1]} after"
    return f"{parts[0].capitalize()} {'no longer certain' if parts[1] == 'opens' else 'newly certain'}"
