"""What was sent to webhooks, try by try, and what is sent again."""

import json
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import DropdownFilter

from crm.admin.paginator import CappedPaginator
from crm.admin.scoped import ScopedAdmin
from crm.admin.watching import Facts, WatchingAdmin, moment, state
from crm.models import WebhookDelivery, WebhookSubscription
from crm.models.webhook import EVENTS, TEST
from crm.tasks import wake
from crm.webhooks.subscribing import SwitchedOff, send_again
from personas.models import Ruleset

MAY_SEND = "crm.change_webhooksubscription"
MOST_TRIES = 50


class WebhookFilter(DropdownFilter):
    """By webhook, of those that this person sees."""

    title = "webhook"
    parameter_name = "webhook"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        hooks = WebhookSubscription.objects.visible_to(request.user)[:200]
        return [(str(each.pk), each.name) for each in hooks]

    def queryset(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> QuerySet[WebhookDelivery]:
        chosen = self.value()
        if not chosen:
            return queryset
        known = [str(key) for key, _ in self.lookup_choices]
        return queryset.filter(subscription=int(chosen)) if chosen in known else queryset.none()


class TypeFilter(DropdownFilter):
    """By type of event."""

    title = "event"
    parameter_name = "event"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*((key, kind.name) for key, kind in EVENTS.items()), (TEST, "Test")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> QuerySet[WebhookDelivery]:
        chosen = self.value()
        if not chosen:
            return queryset
        return queryset.filter(type=chosen) if chosen in {*EVENTS, TEST} else queryset.none()


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(WatchingAdmin, ScopedAdmin):
    """Each event on its way to each webhook, the newest first."""

    list_display = ["type", "about_what", "webhook", "status_now", "tries", "made", "next_try"]
    list_display_links = ["type"]
    list_filter = ["state", WebhookFilter, TypeFilter]
    list_filter_submit = True
    list_select_related = ["subscription", "company"]
    search_fields = ["message"]
    search_help_text = "Search by webhook-id"
    actions: Any = ["send_again"]
    show_full_result_count = False
    paginator = CappedPaginator
    change_form_outer_before_template = "crm/webhook/delivery.html"
    about = (
        "What webhooks were told, and what is on its way to them. One that does not arrive is tried again for three "
        "days, then it is given up and can be sent again here."
    )

    def get_actions(self, request: HttpRequest) -> Any:
        return super().get_actions(request) if request.user.has_perm(MAY_SEND) else {}

    @admin.display(description="About")
    def about_what(self, delivery: WebhookDelivery) -> str | SafeString:
        return subject(delivery)

    @admin.display(description="Webhook", ordering="subscription__name")
    def webhook(self, delivery: WebhookDelivery) -> str:
        return delivery.subscription.name

    @admin.display(description="State", ordering="state")
    def status_now(self, delivery: WebhookDelivery) -> SafeString:
        return delivery_state(delivery)

    @admin.display(description="Made", ordering="created_at")
    def made(self, delivery: WebhookDelivery) -> SafeString:
        return moment(delivery.created_at)

    @admin.display(description="Next try", ordering="next_try_at")
    def next_try(self, delivery: WebhookDelivery) -> SafeString:
        return next_moment(delivery, "none")

    def facts(self, row: WebhookDelivery) -> Facts:
        address = reverse("admin:crm_webhooksubscription_change", args=[row.subscription_id])
        return [
            ("State", delivery_state(row)),
            ("Webhook", format_html('<a href="{}">{}</a>', address, row.subscription)),
            ("About", subject(row)),
            ("webhook-id", row.message),
            ("Made", moment(row.created_at)),
            ("Tries", f"{row.tries}{f', sent again {row.replays} times' if row.replays else ''}"),
            ("Next try", next_moment(row, "none")),
            ("Last error", row.error or "none"),
        ]

    def page(self, row: WebhookDelivery, ruleset: Ruleset | None) -> dict[str, Any]:
        return super().page(row, ruleset) | {
            "delivery": row,
            "body": pretty(row.body),
            "tries": [(each, moment(each.at)) for each in row.log.all()[:MOST_TRIES]],
            "can_send": row.event is not None and row.state != WebhookDelivery.State.PENDING,
        }

    # Sending again

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<int:pk>/again/",
                self.admin_site.admin_view(require_POST(self.again)),
                name="crm_webhookdelivery_again",
            ),
            *super().get_urls(),
        ]

    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The delivery is tried again, arrived or not."""
        rows = WebhookDelivery.objects.visible_to(request.user).filter(pk=pk)
        if not rows.exists():
            raise Http404("There is no such delivery.")
        if not request.user.has_perm(MAY_SEND):
            raise PermissionDenied
        self.sent_again(request, rows)
        return HttpResponseRedirect(reverse("admin:crm_webhookdelivery_change", args=[pk]))

    @admin.action(description="Send again")
    def send_again(self, request: HttpRequest, deliveries: QuerySet[WebhookDelivery]) -> None:
        if not request.user.has_perm(MAY_SEND):
            raise PermissionDenied
        self.sent_again(request, deliveries)

    def sent_again(self, request: HttpRequest, deliveries: QuerySet[WebhookDelivery]) -> None:
        try:
            count = send_again(deliveries, at=timezone.now())
        except SwitchedOff as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        if count:
            self.message_user(request, f"{count:,} will be sent again.", messages.SUCCESS)
        else:
            said = "Nothing to send again: these wait anyway, or are tests."
            self.message_user(request, said, messages.INFO)
        wake()


def delivery_state(delivery: WebhookDelivery) -> SafeString:
    """How far it has come, as icon and word, with the status or the reason."""
    of = WebhookDelivery.State
    status = f" ({delivery.status})" if delivery.status else ""
    if delivery.state == of.SUCCEEDED:
        return state("check_circle", "yes", f"Arrived{status}")
    if delivery.state == of.FAILED:
        return state("error", "no", f"Given up{status}")
    if delivery.leased_until is not None and delivery.leased_until > timezone.now():
        return state("send", "open", f"On its way{status}")
    return state("hourglass_top", "open", f"Waiting{status}")


def next_moment(delivery: WebhookDelivery, otherwise: str = "") -> SafeString:
    """When it is tried again; one whose time has come waits for its turn."""
    if delivery.next_try_at is not None and delivery.next_try_at <= timezone.now():
        return format_html('<span class="icp-muted">{}</span>', "when its turn comes")
    return moment(delivery.next_try_at, otherwise)


def subject(delivery: WebhookDelivery) -> str | SafeString:
    """What it tells of: the account, where there is one, with a link."""
    if delivery.company_id and getattr(delivery, "company", None):
        address = reverse("admin:crm_company_change", args=[delivery.company_id])
        return format_html('<a href="{}">{}</a>', address, delivery.company)
    if delivery.contact:
        return f"contact {delivery.contact}"
    return "a test" if delivery.type == TEST else "the rules"


def pretty(body: str) -> str:
    return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
