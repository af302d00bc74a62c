"""Activities."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesCheckboxFilter, DropdownFilter

from crm.activities import wrong_with_activity
from crm.models import Activity, Contact
from crm.rescoring import rescore_after_commit

from .company_list.bulk import MOST
from .history import who
from .paginator import CappedPaginator
from .remembering import Remembering, RememberingPage
from .scoped import UNDISCLOSED, VisibleSelectFilter
from .working.log import check, log, timeline_again
from .working.tasks import check_off, due_in_words

Activities = QuerySet[Activity]
WEEK = timedelta(days=7)


class TasksFilter(DropdownFilter):
    """Tasks, by whose they are and when they are due."""

    title = "tasks"
    parameter_name = "tasks"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [
            ("mine", "Mine, to do"),
            ("overdue", "Overdue"),
            ("today", "Due today"),
            ("week", "Due in the next 7 days"),
            ("open", "All to do"),
            ("done", "Done"),
        ]

    def queryset(self, request: HttpRequest, queryset: Activities) -> Activities:
        today = timezone.now().date()
        tasks = queryset.filter(kind=Activity.Kind.TASK)
        to_do = tasks.filter(done_at=None)
        match self.value():
            case "mine":
                return to_do.filter(assignee=request.user.pk)
            case "overdue":
                return to_do.filter(due_on__lt=today)
            case "today":
                return to_do.filter(due_on=today)
            case "week":
                return to_do.filter(due_on__range=(today, today + WEEK))
            case "open":
                return to_do
            case "done":
                return tasks.filter(done_at__isnull=False)
        return queryset


class AuthorFilter(DropdownFilter):
    """Who wrote it down."""

    title = "author"
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [("me", "Me"), ("others", "Someone else")]

    def queryset(self, request: HttpRequest, queryset: Activities) -> Activities:
        if self.value() == "me":
            return queryset.filter(author=request.user.pk)
        return queryset.exclude(author=request.user.pk) if self.value() == "others" else queryset


class ActivityForm(Remembering):
    """An activity that has happened, or a task that may be due."""

    class Meta:
        model = Activity
        fields: ClassVar[list[str]] = []

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        for name, wrong in wrong_with_activity(said, at=timezone.now()):
            if name in self.fields:
                self.add_error(name, wrong)
        return said


@admin.register(Activity)
class ActivityAdmin(RememberingPage):
    """Notes, calls, e-mails, meetings and tasks, the newest first."""

    form = ActivityForm
    list_display = ["summary", "kind", "company", "whom", "happened", "due", "assigned_to", "written_by"]
    list_select_related = ["company", "author", "assignee"]
    list_filter = [("kind", ChoicesCheckboxFilter), TasksFilter, AuthorFilter, ("company", VisibleSelectFilter)]
    list_filter_submit = True
    list_per_page = 50
    search_fields = ["summary", "company__name"]
    search_help_text = "What it was about, or company"
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    autocomplete_fields = ["company", "contact", "assignee"]
    readonly_fields = ["author"]
    fieldsets = [
        (None, {"fields": ["kind", "summary", "body", "company", "contact", "happened_at"]}),
        ("Tasks only", {"fields": [("due_on", "assignee"), "done_at"]}),
        ("Who wrote it down", {"fields": ["author"]}),
    ]
    actions = ["mark_done", "mark_to_do"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("log/<int:company_id>/", view(log), name="crm_activity_log"),
            path("timeline/<int:company_id>/", view(timeline_again), name="crm_activity_timeline"),
            path("<int:pk>/done/", view(check), name="crm_activity_done"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> Activities:
        found: Activities = super().get_queryset(request)
        return found.prefetch_related(Prefetch("contact", Contact.objects.visible_to(request.user)))

    @admin.display(description="Contact")
    def whom(self, activity: Activity) -> SafeString | str:
        if activity.contact_id and activity.contact is None:
            return UNDISCLOSED
        return activity.contact.name if activity.contact else ""

    @admin.display(description="Happened (UTC)", ordering="happened_at")
    def happened(self, activity: Activity) -> str:
        return "" if activity.kind == Activity.Kind.TASK else f"{activity.happened_at:%-d %b %Y %H:%M}"

    @admin.display(description="Due", ordering="due_on")
    def due(self, activity: Activity) -> SafeString | str:
        if activity.kind != Activity.Kind.TASK:
            return ""
        if activity.done_at is not None:
            return f"Done {activity.done_at:%-d %b %Y}"
        due = due_in_words(activity.due_on, timezone.now().date())
        return format_html('<span class="icp-due icp-due--{}">{}</span>', due.state, due.word)

    @admin.display(description="Assignee", ordering="assignee__first_name")
    def assigned_to(self, activity: Activity) -> str:
        return who(activity.assignee) if activity.assignee else ""

    @admin.display(description="Author", ordering="author__first_name")
    def written_by(self, activity: Activity) -> SafeString | str:
        return (
            who(activity.author) if activity.author else format_html('<span class="icp-unknown">{}</span>', "unknown")
        )

    @admin.action(description="Mark tasks as done", permissions=["change"])
    def mark_done(self, request: HttpRequest, chosen: Activities) -> None:
        self.check_chosen(request, chosen, done=True)

    @admin.action(description="Mark tasks as to do", permissions=["change"])
    def mark_to_do(self, request: HttpRequest, chosen: Activities) -> None:
        self.check_chosen(request, chosen, done=False)

    def check_chosen(self, request: HttpRequest, chosen: Activities, *, done: bool) -> None:
        ids = list(chosen.order_by().values_list("pk", flat=True)[: MOST + 1])
        if len(ids) > MOST:
            said = f"More than {MOST:,} activities match, and no action takes more. Narrow the list first."
            self.message_user(request, said, messages.ERROR)
            return
        changed = len(check_off(request.user, ids, done=done))
        said = f"{changed:,} {'task is' if changed == 1 else 'tasks are'} {'done' if done else 'to do again'}."
        if changed < len(ids):
            said += (
                f" {len(ids) - changed:,} of those chosen are no tasks, were so before, or are not yours to check off."
            )
        self.message_user(request, said, messages.SUCCESS if changed else messages.WARNING)

    def save_model(self, request: HttpRequest, obj: Activity, form: Any, change: bool) -> None:
        if obj.author_id is None and request.user.pk:
            obj.author_id = request.user.pk
        if not change and obj.kind == Activity.Kind.TASK and obj.assignee_id is None:
            obj.assignee_id = request.user.pk
        super().save_model(request, obj, form, change)
        rescore_after_commit([obj.company_id, form.initial.get("company")])
