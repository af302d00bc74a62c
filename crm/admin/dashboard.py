"""The first page: the accounts to talk to, and how many there are of each kind."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse

from crm.models import Company, Fit
from crm.models.visibility import Person
from personas.models import Ruleset

from .active import ruleset_of
from .fit_line import FitLine, fit_lines
from .freshness import freshness_of
from .navigation import may_view
from .standing import STANCES

BEST_SHOWN = 10


@dataclass(frozen=True)
class Tile:
    """How many accounts there are of one kind, and where they are listed."""

    name: str
    count: int
    note: str
    icon: str
    link: str


@dataclass(frozen=True)
class Best:
    """One of the accounts to talk to first."""

    company: Company
    line: FitLine


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The context of the first page, with what this person may see."""
    may = may_view(request, "crm.company")
    if may:
        freshness_of(request)
    ruleset = ruleset_of(request) if may else None
    return context | {
        "may_view": may,
        "ruleset": ruleset,
        "tiles": tiles(ruleset, request.user) if ruleset else (),
        "best": best(ruleset, request.user) if ruleset else (),
        "has_companies": may and Company.objects.visible_to(request.user).exists(),
    }


def best(ruleset: Ruleset, user: Person) -> list[Best]:
    """The first accounts of the list of companies that are in a segment or may be, as far as this person sees them."""
    fits = Fit.objects.visible_to(user).best_first().select_related("company")[:BEST_SHOWN]
    companies = []
    for fit in fits:
        fit.company.fit = fit
        companies.append(fit.company)
    lines = fit_lines(companies, ruleset)
    return [Best(company, lines[company.pk]) for company in companies]


def tiles(ruleset: Ruleset, user: Person) -> list[Tile]:
    """Settled accounts by segment, then those that are undecided, in no segment, or not scored yet."""
    address = reverse("admin:crm_company_changelist")
    counts: dict[tuple[str | None, str | None], int] = {
        (segment, status): count
        for segment, status, count in Fit.objects.visible_to(user)
        .values_list("effective_segment", "segment_status")
        .annotate(count=Count("pk"))
    }
    made = []
    for profile in ruleset.document().ranked():
        count = sum(each for (segment, _), each in counts.items() if segment == profile.key)
        word, icon = STANCES[profile.stance] if profile.stance else ("", "category")
        made.append(Tile(profile.name, count, word, icon, f"{address}?segment={profile.key}"))
    by_status = {
        status: sum(each for (_, found), each in counts.items() if found == status) for status in Fit.Status.values
    }
    unscored = Company.objects.visible_to(user).filter(fit__segment_status=None).count()
    made.append(Tile("Undecided", by_status["undecided"], "A fact is missing", "help", f"{address}?status=undecided"))
    made.append(
        Tile("In no segment", by_status["none"], "Facts rule it out", "do_not_disturb_on", f"{address}?status=none")
    )
    if unscored:
        made.append(Tile("Not scored yet", unscored, "Waiting", "hourglass_empty", f"{address}?status=unscored"))
    return made
