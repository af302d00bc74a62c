"""What people think of results, for those who make the rules."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter

from crm.history import change
from crm.models import Opinion

from .active import ruleset_of
from .paginator import CappedPaginator
from .scoped import ScopedAdmin
from .watching import moment, state

MAY_READ = "personas.change_profile"


class OpenFilter(admin.SimpleListFilter):
    """Open ones, unless somebody asks for others."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("settled", "Settled"), ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        for each in super().choices(changelist):
            yield each | ({"display": "Open"} if each["display"] == "All" and not each["selected"] else {})

    def queryset(self, request: HttpRequest, queryset: QuerySet[Opinion]) -> QuerySet[Opinion]:
        if self.value() == "all":
            return queryset
        return queryset.filter(settled_at__isnull=self.value() != "settled")


class ProfileFilter(DropdownFilter):
    """By profile, or the segment as a whole."""

    title = "profile"
    parameter_name = "of_profile"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        ruleset = ruleset_of(request)
        profiles = ruleset.document().profiles if ruleset else ()
        return [("segment", "The segment as a whole"), *((each.key, each.name) for each in profiles)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Opinion]) -> QuerySet[Opinion]:
        if not self.value():
            return queryset
        if "\0" in str(self.value()):
            return queryset.none()
        return queryset.filter(profile="" if self.value() == "segment" else self.value())


class LineFilter(DropdownFilter):
    """By the lines that somebody has an open opinion on."""

    title = "line"
    parameter_name = "of_line"
    most = 100

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        lines = (
            Opinion.objects.visible_to(request.user)
            .filter(settled_at=None)
            .exclude(line="")
            .order_by("profile", "line")
            .values_list("profile", "line")
            .distinct()[: self.most]
        )
        return [(f"{profile}|{line}", f"{profile}: {line}") for profile, line in lines]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Opinion]) -> QuerySet[Opinion]:
        if not self.value():
            return queryset
        if "\0" in str(self.value()):
            return queryset.none()
        profile, _, line = str(self.value()).partition("|")
        return queryset.filter(profile=profile, line=line)


@admin.register(Opinion)
class OpinionAdmin(ScopedAdmin):
    """Who agrees and who disagrees with which line on which account, the latest first; settled with a word."""

    list_display = ["what", "says", "about", "why", "by", "when", "settled"]
    list_display_links = ["what"]
    list_filter = [OpenFilter, ProfileFilter, LineFilter, "agrees"]
    list_filter_submit = True
    list_select_related = ["company", "author", "settled_by"]
    search_fields = ["reason", "company__name"]
    search_help_text = "Search by company or reason"
    actions = ["settle"]
    fields = ["what", "about", "answer", "says", "why", "by", "when", "settlement", "settled"]
    readonly_fields = ["what", "about", "answer", "says", "why", "by", "when", "settled"]
    show_full_result_count = False
    paginator = CappedPaginator

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_READ)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm(MAY_READ) and super().has_view_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm(MAY_READ) and super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Opinion, form: Any, change: bool) -> None:
        """A word on what was done settles it; without one it is open again."""
        if obj.settlement.strip():
            if obj.settled_at is None:
                obj.settled_at = timezone.now()
            obj.settled_by_id = request.user.pk
        else:
            obj.settled_at = obj.settled_by = None
        super().save_model(request, obj, form, change)

    @admin.action(description="Settle: no change needed", permissions=["change"])
    def settle(self, request: HttpRequest, opinions: QuerySet[Opinion]) -> None:
        """The chosen ones are settled; those that were keep their word."""
        own = Opinion.objects.editable_by(request.user).filter(pk__in=opinions.order_by().values("pk"))
        settlement = {"settled_at": timezone.now(), "settled_by": request.user, "settlement": "No change needed."}
        by = request.user if isinstance(request.user, User) else None
        settled = change(own.filter(settled_at=None), settlement, by=by)
        self.message_user(request, f"{settled:,} opinions are settled.", messages.SUCCESS)

    @admin.display(description="Line")
    def what(self, opinion: Opinion) -> SafeString | str:
        if not opinion.line:
            return "The segment as a whole"
        return format_html("{}<br><span class='icp-muted'>{}</span>", opinion.line, opinion.profile)

    @admin.display(description="Opinion", ordering="agrees")
    def says(self, opinion: Opinion) -> SafeString:
        return state("thumb_up", "yes", "Agrees") if opinion.agrees else state("thumb_down", "no", "Disagrees")

    @admin.display(description="Account", ordering="company__name")
    def about(self, opinion: Opinion) -> SafeString:
        address = reverse("admin:crm_company_change", args=[opinion.company_id])
        return format_html("<a class='icp-link' href='{}'>{}</a>", address, opinion.company.name)

    @admin.display(description="Why")
    def why(self, opinion: Opinion) -> SafeString | str:
        said = f"The result said {opinion.answer}, by ruleset {opinion.ruleset}."
        if not opinion.reason:
            return said
        return format_html("{}<br><span class='icp-muted'>{}</span>", opinion.reason, said)

    @admin.display(description="By")
    def by(self, opinion: Opinion) -> str:
        return str(opinion.author.get_full_name() or opinion.author.get_username())

    @admin.display(description="When", ordering="created_at")
    def when(self, opinion: Opinion) -> SafeString:
        return moment(opinion.created_at)

    @admin.display(description="Settled")
    def settled(self, opinion: Opinion) -> SafeString | str:
        if opinion.settled_at is None:
            return "open"
        name = (opinion.settled_by.get_full_name() or opinion.settled_by.get_username()) if opinion.settled_by else ""
        return format_html(
            "{}<br><span class='icp-muted'>{}, {}</span>", opinion.settlement, name, moment(opinion.settled_at)
        )
