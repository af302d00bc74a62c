"""The list of contacts: whom to write to first."""

from collections.abc import Sequence
from itertools import islice
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.views import ChangeList

from crm.admin.active import ruleset_of
from crm.admin.company_list.actions import CONFIRMED, SHOWN, Confirmation
from crm.admin.company_list.bulk import MOST
from crm.admin.company_list.chips import chips_of
from crm.admin.company_list.narrowing import document_of
from crm.admin.company_list.people import age
from crm.admin.navigation import may_view
from crm.admin.paginator import CappedPaginator
from crm.admin.scoped import ScopedAdmin, VisibleSelectFilter
from crm.admin.spreadsheet import as_csv
from crm.models import Activity, Contact

from . import filters
from .changelist import ContactChangeList, Row, best_first
from .export import COLUMNS, rows_of

LOOKED_UP = 20


def row_of(contact: Contact) -> Row:
    """What the page has read for the row."""
    row: Row = contact.row  # type: ignore[attr-defined]
    return row


def contacts(count: int) -> str:
    return "1 contact" if count == 1 else f"{count:,} contacts"


class ContactListing(ScopedAdmin):
    """People: the best contact of the best account first, and why."""

    list_display = ["person", "persona_column", "points", "account", "roles_column", "reach", "last_activity"]
    list_display_links = ["person"]
    list_select_related = False
    list_filter = [
        filters.PersonaFilter,
        filters.RoleFilter,
        filters.SegmentFilter,
        filters.PointsFilter,
        filters.CertaintyFilter,
        filters.ChampionFilter,
        filters.WhoseFilter,
        filters.ConsentFilter,
        filters.MatchFilter,
        filters.TitleFilter,
        ("company", VisibleSelectFilter),
    ]
    list_filter_submit = True
    list_filter_sheet = True
    list_fullwidth = True
    list_per_page = 50
    list_max_show_all = 50
    list_before_template = "crm/contact_list/above.html"
    ordering = ["fit__place", "pk"]
    sortable_by = ["person", "points"]
    actions: ClassVar[Any] = ["export"]
    search_fields = ["name", "email", "company__name"]
    search_help_text = "Name, e-mail or company"
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator

    def get_urls(self) -> list[URLPattern]:
        choices = path(
            "choices/<slug:name>/", self.admin_site.admin_view(self.choices_found), name="crm_contact_choices"
        )
        return [choices, *super().get_urls()]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ContactChangeList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response: HttpResponse = super().changelist_view(request, extra_context)
        context: dict[str, Any] | None = getattr(response, "context_data", None)
        if context is not None and "cl" in context:
            chips = list(chips_of(context["cl"]))
            empty = context["cl"].result_count == 0
            context["cl"].nothing = "matches" if empty and chips else "there" if empty else ""
            context |= {
                "ruleset": ruleset_of(request),
                "chips": chips,
                "unranked": not document_of(request).contact_profiles,
                "may_draft": request.user.has_perm("personas.change_profile"),
            }
        return response

    def choices_found(self, request: HttpRequest, name: str) -> HttpResponse:
        """The job titles that go with what was typed, as a select asks for them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if name != "title":
            raise Http404("There is no such filter.")
        term = request.GET.get("term", "").replace("\0", "")[:100]
        found = islice(filters.TitleFilter.found(request, term), LOOKED_UP)
        return JsonResponse(
            {"results": [{"id": key, "text": text} for key, text in found], "pagination": {"more": False}}
        )

    # Columns

    @admin.display(description="Contact", ordering="name")
    def person(self, contact: Contact) -> SafeString:
        return render_to_string(
            "crm/contact_list/person.html", {"contact": contact, "someone": row_of(contact).someone}
        )

    @admin.display(description="Persona")
    def persona_column(self, contact: Contact) -> SafeString:
        return render_to_string("crm/contact_list/persona.html", {"someone": row_of(contact).someone})

    @admin.display(description="Points", ordering="fit__place")
    def points(self, contact: Contact) -> SafeString:
        return render_to_string("crm/contact_list/points.html", {"row": row_of(contact)})

    @admin.display(description="Account")
    def account(self, contact: Contact) -> SafeString:
        return render_to_string(
            "crm/contact_list/account.html", {"company": contact.company, "standing": row_of(contact).account}
        )

    @admin.display(description="Buying roles")
    def roles_column(self, contact: Contact) -> SafeString:
        return render_to_string("crm/contact_list/roles.html", {"someone": row_of(contact).someone})

    @admin.display(description="Reach")
    def reach(self, contact: Contact) -> SafeString:
        return render_to_string("crm/contact_list/reach.html", {"contact": contact})

    @admin.display(description="Last activity")
    def last_activity(self, contact: Contact) -> SafeString:
        kind, at = getattr(contact, "last_kind", None), getattr(contact, "last_at", None)
        word = Activity.Kind(kind).label if kind else ""
        return render_to_string("crm/list/last_activity.html", {"kind": word, "at": at, "age": age(at) if at else ""})

    # What is done with many

    @admin.action(description="Export as CSV …", permissions=["view"])
    def export(self, request: HttpRequest, chosen: QuerySet[Contact]) -> HttpResponseBase | None:
        """The chosen contacts as a file, in the order of the list, once a page has said how many they are."""
        ids = self.ids_of(request, chosen)
        if ids is None:
            return None
        if CONFIRMED not in request.POST:
            return self.asked(request, ids)
        return as_csv(f"contacts-{timezone.now():%Y-%m-%d-%H%M}", COLUMNS, rows_of(request, ids))

    def ids_of(self, request: HttpRequest, chosen: QuerySet[Contact]) -> list[int] | None:
        """The chosen contacts, in the order of the list; None, with a message, where they are too many."""
        if chosen.order_by()[: MOST + 1].count() > MOST:
            said = f"More than {MOST:,} contacts match, and no action takes more. Narrow the list first."
            self.message_user(request, said, messages.ERROR)
            return None
        by_name = not document_of(request).contact_profiles
        return list(chosen.values_list("pk", flat=True)) if by_name else best_first(chosen, 0, MOST)

    def asked(self, request: HttpRequest, ids: Sequence[int]) -> HttpResponse:
        """How many contacts would be exported and with what, and the button that does it."""
        names = dict(Contact.objects.filter(pk__in=ids[:SHOWN]).order_by().values_list("pk", "name"))
        across = request.POST.get("select_across") == "1"
        said = (
            f"{contacts(len(ids))} will be exported with e-mail, consent, persona, points, segment and last activity."
        )
        confirmation = Confirmation(
            title=f"Export {contacts(len(ids))}",
            button=f"Export {contacts(len(ids))}",
            sentences=(said, "The file holds personal data: keep it no longer than you need it."),
            names=tuple(names[pk] for pk in ids[:SHOWN] if pk in names),
            possible=bool(ids),
            hidden={"action": request.POST["action"]},
        )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": confirmation.title,
            "confirmation": confirmation,
            "more": len(ids) - len(confirmation.names),
            "ids": ids[:1] if across else ids,
            "across": across,
            "checkbox": ACTION_CHECKBOX_NAME,
            "confirmed": CONFIRMED,
            "chosen": True,
            "back": request.get_full_path(),
            "media": self.media + Media(),
            "may_view": may_view(request, "crm.contact"),
        }
        return TemplateResponse(request, "crm/list/action.html", context)
