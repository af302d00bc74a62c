"""Where a contact works and worked, as links where we know the company, and what happened with them there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse

from crm import moving
from crm.admin.history import who
from crm.admin.navigation import may_view
from crm.admin.scoped import visible
from crm.history import change
from crm.models import Activity, Company, CompanyDomain, Contact, ContactMove, Deal, Employer, Employment
from crm.names import NotADomain, registrable_domain
from crm.rescoring import rescore_after_commit

from .deciding import contact_of, page_of
from .moving import may_go_back

MOST_OFFERED = 3
MOST_SHOWN = 8


@dataclass(frozen=True)
class Job:
    """A former employer or a day job; `company` where it is one that this person sees, `offers` where it may be one."""

    employment: Employment
    company: Company | None
    hidden: bool
    offers: tuple[Company, ...]

    @property
    def employer(self) -> Employer:
        return self.employment.employer

    @property
    def is_day_job(self) -> bool:
        return self.employment.kind == Employment.Kind.DAY_JOB


@dataclass(frozen=True)
class Happened:
    """An activity with the contact or a deal of a former account; `at` is that account where it is another by now."""

    icon: str
    kind: str
    title: str
    link: str
    on: date
    at: str


@dataclass(frozen=True)
class CameFrom:
    """The move that brought the contact here, in words."""

    move: ContactMove
    said: str
    may_undo: bool


@dataclass(frozen=True)
class Past:
    """Everything of the contact that is not the company and title they have now."""

    jobs: tuple[Job, ...]
    came_from: CameFrom | None
    happened: tuple[Happened, ...]
    may_link: bool


def past(request: HttpRequest, contact: Contact, *, may_edit: bool) -> Past:
    """What the page shows of the contact's past; the number of queries does not grow with it."""
    rows = list(contact.employments.select_related("employer").order_by("-kind", "-ended_on", "pk"))
    moves = list(contact.moves.select_related("author").order_by("-pk"))
    ids = {row.employer.company_id for row in rows} | {move.company_id for move in moves}
    ids |= {move.other_id for move in moves} | {contact.company_id}
    seen = {each.pk: each for each in visible(Company, request).filter(pk__in=ids - {None}).only("pk", "name")}
    unknown = [row.employer for row in rows if row.employer.company_id is None]
    offers = offered(request, unknown) if may_edit else {}
    return Past(
        jobs=tuple(
            Job(
                row,
                seen.get(row.employer.company_id or 0),
                row.employer.company_id is not None and row.employer.company_id not in seen,
                tuple(offers.get(row.employer_id, ())),
            )
            for row in rows
        ),
        came_from=came_from(request, contact, moves, seen, may_edit=may_edit),
        happened=tuple(happened(request, contact, moves, seen)),
        may_link=may_edit,
    )


def offered(request: HttpRequest, employers: Sequence[Employer]) -> Mapping[int, list[Company]]:
    """The companies that each of these employers may be: of the same name, or with the domain that it is called by."""
    if not employers:
        return {}
    keys = {each.name_key for each in employers if each.name_key}
    domains = {each.pk: domain_of(each.name) for each in employers}
    wanted = {each for each in domains.values() if each}
    further: dict[int, set[str]] = {}
    if wanted:
        for company, domain in CompanyDomain.objects.filter(domain__in=wanted).values_list("company", "domain"):
            further.setdefault(company, set()).add(domain)
    found = visible(Company, request).filter(Q(name_key__in=keys) | Q(domain__in=wanted) | Q(pk__in=further))
    companies = list(found.only("pk", "name", "name_key", "domain").order_by("name", "pk")[:100])
    return {
        each.pk: [
            company
            for company in companies
            if company.name_key == each.name_key
            or (domains[each.pk] and domains[each.pk] in {company.domain, *further.get(company.pk, ())})
        ][:MOST_OFFERED]
        for each in employers
    }


def domain_of(name: str) -> str | None:
    """The domain that an employer is called by; None for a name that is none."""
    if "." not in name or " " in name.strip():
        return None
    try:
        return registrable_domain(name)
    except NotADomain:
        return None


def came_from(
    request: HttpRequest,
    contact: Contact,
    moves: Sequence[ContactMove],
    seen: Mapping[int, Company],
    *,
    may_edit: bool,
) -> CameFrom | None:
    """The move that brought the contact where they are."""
    last = moving.last_move(contact) if moves else None
    if last is None:
        return None
    here, there = (seen[pk].name if pk in seen else "" for pk in (last.target or 0, last.source or 0))
    said = f"Moved to {here}" if here else "Left"
    said += f" from {there}" if there and here else f" {there}" if there else ""
    said += f" on {last.day:%-d %b %Y}"
    author = moves[0].author
    said += f", says {who(author)}" if author else ""
    if last.rows[0].was_champion:
        said += f"; was a champion {'at ' + there if there else 'there'}"
    return CameFrom(last.rows[0], f"{said}.", may_edit and may_go_back(request, last))


def happened(
    request: HttpRequest, contact: Contact, moves: Sequence[ContactMove], seen: Mapping[int, Company]
) -> list[Happened]:
    """What was done with the contact, and the deals of accounts that they left, the newest first."""
    found = []
    if may_view(request, "crm.activity"):
        activities = (
            visible(Activity, request)
            .filter(contact=contact)
            .select_related("company")
            .order_by("-happened_at", "-pk")[:MOST_SHOWN]
        )
        for row in activities:
            at = row.company.name if row.company_id != contact.company_id else ""
            link = reverse("admin:crm_activity_change", args=[row.pk])
            day = row.happened_at.date()
            found.append(Happened(ICONS[row.kind], row.get_kind_display(), row.summary, link, day, at))
    left = {each.company_id for each in moves if each.direction == moving.LEFT} - {contact.company_id}
    if left & set(seen) and may_view(request, "crm.deal"):
        deals = (
            visible(Deal, request)
            .filter(company__in=left)
            .select_related("company")
            .order_by("-opened_on", "-pk")[:MOST_SHOWN]
        )
        for deal in deals:
            link = reverse("admin:crm_deal_change", args=[deal.pk])
            kind = f"Deal, {deal.get_stage_display().lower()}"
            found.append(Happened("handshake", kind, deal.name, link, deal.opened_on, deal.company.name))
    return sorted(found, key=lambda each: each.on, reverse=True)


ICONS = {"note": "edit_note", "call": "call", "email": "mail", "meeting": "groups", "task": "task_alt"}


def link_employer(page: Any, request: HttpRequest, pk: int, employer_id: int) -> HttpResponse:
    """The employer is this company of ours, for everybody who works or worked there; the database marks their accounts.

    Only what nobody tied to a company yet: to change that is for who may change employers.
    """
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    contact = contact_of(page, request, pk)
    if not contact.employments.filter(employer=employer_id).exists():
        raise Http404("They did not work there.")
    wanted = request.POST.get("company", "")
    company = (
        visible(Company, request).filter(pk=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 19 else None
    )
    if company is None:
        raise Http404("There is no such company.")
    if not request.user.has_perm("crm.add_employer"):
        raise PermissionDenied
    open_still = Employer.objects.filter(pk=employer_id, company=None)
    if change(open_still, {"company": company}, by=request.user if isinstance(request.user, User) else None):
        rescore_after_commit([contact.company_id])
        page.message_user(request, f"{company} is where {contact} worked.", messages.SUCCESS)
    else:
        page.message_user(request, "Nothing changed: this employer is a company of ours already.", messages.INFO)
    return HttpResponseRedirect(page_of(contact))
