"""Webhooks: made, tried out, switched on and off here; each secret is shown once."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from crm.admin.remembering import RememberingPage
from crm.admin.watching import moment, state
from crm.models import WebhookDelivery, WebhookSubscription
from crm.models.visibility import sees_all
from crm.tasks import wake
from crm.webhooks.addresses import LONGEST_URL, Refused
from crm.webhooks.delivering import send_test
from crm.webhooks.subscribing import (
    AlreadyMade,
    SwitchedOff,
    begin,
    disable,
    holding,
    new_secret,
    pause,
    refuse_address,
    remove,
    send_again,
    switch_on,
)

from .deliveries import delivery_state, next_moment
from .form import LABELS, PREFIX, WebhookForm

State = WebhookSubscription.State
OVERLAPS = {"24": "for one more day", "1": "for one more hour", "168": "for one more week", "0": "not any more"}
SHOWN = 10


@admin.register(WebhookSubscription)
class WebhookSubscriptionAdmin(RememberingPage):
    """Who is told what happened, and how that goes."""

    form = WebhookForm
    list_display = ["name", "status", "told_of", "owner", "waiting", "dead", "arrived"]
    list_select_related = ["owner"]
    list_filter = ["state"]
    search_fields = ["name", "url"]
    fieldsets = [
        (None, {"fields": ["name", "owner", "url"]}),
        ("What it is told of", {"fields": ["events"]}),
        ("Only of these", {"fields": [f"{PREFIX}{name}" for name in LABELS], "classes": ["collapse"]}),
    ]
    change_form_outer_after_template = "crm/webhook/panel.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookSubscription]:
        found: QuerySet[WebhookSubscription] = super().get_queryset(request)
        return found.annotate(
            waiting_count=count_of(WebhookDelivery.objects.waiting()),
            dead_count=count_of(WebhookDelivery.objects.dead()),
        )

    @admin.display(description="State", ordering="state")
    def status(self, hook: WebhookSubscription) -> SafeString:
        return subscription_state(hook)

    @admin.display(description="Told of")
    def told_of(self, hook: WebhookSubscription) -> str:
        return ", ".join(hook.events)

    @admin.display(description="Waiting", ordering="waiting_count")
    def waiting(self, hook: WebhookSubscription) -> str:
        return f"{getattr(hook, 'waiting_count', 0):,}"

    @admin.display(description="Given up", ordering="dead_count")
    def dead(self, hook: WebhookSubscription) -> str:
        return f"{getattr(hook, 'dead_count', 0):,}"

    @admin.display(description="Last arrived", ordering="arrived_at")
    def arrived(self, hook: WebhookSubscription) -> SafeString:
        return moment(hook.arrived_at)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "owner":
            # What it is told is what the owner sees; nobody hears more through another's eyes.
            owners = User.objects.filter(is_active=True).order_by("username")
            kwargs["queryset"] = owners if sees_all(request.user) else owners.filter(pk=request.user.pk or 0)
            kwargs["initial"] = request.user.pk
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_field_queryset(self, db: Any, db_field: Any, request: HttpRequest) -> Any:
        if db_field.name == "owner":
            return None
        return super().get_field_queryset(db, db_field, request)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.address_fault = getattr(request, "address_fault", "")
        return form

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        url = request.POST.get("url", "") if request.method == "POST" else ""
        if url and len(url) <= LONGEST_URL:
            # Before the transaction: looking a host up takes a while.
            try:
                refuse_address(url)
            except Refused as error:
                request.address_fault = str(error)  # type: ignore[attr-defined]
        return super().changeform_view(request, object_id, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: WebhookSubscription, form: Any, change: bool) -> None:
        if not change:
            begin(obj, timezone.now())
            obj.created_by = request.user if isinstance(request.user, User) else None
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: WebhookSubscription, post_url_continue: Any = None) -> Any:
        """The secret of the new webhook, shown this once."""
        return self.secret_page(request, obj, new_secret(obj, at=timezone.now()), "")

    def delete_model(self, request: HttpRequest, obj: WebhookSubscription) -> None:
        remove(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and super().has_delete_permission(request, obj)

    # Its page

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        hook = kwargs.get("obj") or (args[3] if len(args) > 3 else None)
        if hook is not None and hook.pk:
            now = timezone.now()
            context |= {
                "hook": hook,
                "hook_state": subscription_state(hook),
                "arrived": moment(hook.arrived_at),
                "failing": moment(hook.failing_since) if hook.failing_since else "",
                "held": moment(hook.held_until) if hook.held_until and hook.held_until > now else "",
                "secrets": [
                    (moment(each.created_at), moment(each.ends_at, "when there is a new one"))
                    for each in holding(hook, now)
                ],
                "overlaps": OVERLAPS.items(),
                "secret_token": uuid4(),
                "recent": [
                    {
                        "row": each,
                        "state": delivery_state(each),
                        "made": moment(each.created_at),
                        "next": next_moment(each),
                    }
                    for each in hook.deliveries.select_related("company").order_by("-pk")[:SHOWN]
                ],
                "waiting": hook.deliveries.waiting().count(),
                "dead": hook.deliveries.dead().filter(event__isnull=False).count(),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    # What can be done with it

    def get_urls(self) -> list[URLPattern]:
        doors = {
            "secret": self.make_secret,
            "test": self.try_out,
            "on": self.on,
            "pause": self.hold,
            "off": self.off,
            "replay": self.replay,
        }
        return [
            *(
                path(f"<int:pk>/{name}/", self.admin_site.admin_view(require_POST(door)), name=f"crm_webhook_{name}")
                for name, door in doors.items()
            ),
            *super().get_urls(),
        ]

    def found(self, request: HttpRequest, pk: int) -> WebhookSubscription:
        """The webhook with this id; raises Http404, and PermissionDenied for who may not change it."""
        hook = WebhookSubscription.objects.visible_to(request.user).filter(pk=pk).first()
        if hook is None:
            raise Http404("There is no such webhook.")
        if not self.has_change_permission(request, hook):
            raise PermissionDenied
        return hook

    def back(self, hook: WebhookSubscription) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:crm_webhooksubscription_change", args=[hook.pk]))

    def make_secret(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A new secret is made and shown, this once."""
        hook = self.found(request, pk)
        overlap = request.POST.get("overlap", "")
        try:
            token = UUID(request.POST.get("token", ""))
        except ValueError:
            token = None
        if token is None or overlap not in OVERLAPS:
            self.message_user(request, "No secret was made: choose what becomes of the one until now.", messages.ERROR)
            return self.back(hook)
        try:
            secret = new_secret(hook, at=timezone.now(), overlap=timedelta(hours=int(overlap)), token=token)
        except AlreadyMade:
            said = "The secret was made before and is not shown again. Make another where it was lost."
            self.message_user(request, said, messages.WARNING)
            return self.back(hook)
        return self.secret_page(request, hook, secret, OVERLAPS[overlap])

    def secret_page(self, request: HttpRequest, hook: WebhookSubscription, secret: str, overlap: str) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": f"The secret of {hook}",
            "hook": hook,
            "secret": secret,
            "overlap": overlap,
            "opts": self.model._meta,
        }
        response = TemplateResponse(request, "crm/webhook/secret.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def try_out(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A test message is sent, and what became of it is said."""
        hook = self.found(request, pk)
        try:
            tried = send_test(hook, timezone.now())
        except ValueError as error:
            self.message_user(request, str(error), messages.ERROR)
            return self.back(hook)
        if tried.error:
            self.message_user(request, f"The test did not arrive. {tried.error}", messages.ERROR)
        else:
            took = f"{tried.milliseconds:,} ms"
            self.message_user(request, f"The test arrived: status {tried.status}, after {took}.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:crm_webhookdelivery_change", args=[tried.delivery_id]))

    def on(self, request: HttpRequest, pk: int) -> HttpResponse:
        """It is told what happens."""
        return self.switched(request, pk, "on")

    def hold(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What happens waits."""
        return self.switched(request, pk, "pause")

    def off(self, request: HttpRequest, pk: int) -> HttpResponse:
        """It is told nothing."""
        return self.switched(request, pk, "off")

    def switched(self, request: HttpRequest, pk: int, to: str) -> HttpResponse:
        hook, now = self.found(request, pk), timezone.now()
        by = f"By {request.user.get_username()}."
        if to == "on":
            done, said = switch_on(hook, at=now), "is told what happens"
        elif to == "pause":
            done, said = pause(hook, by, at=now), "is paused; what happens waits"
        else:
            done, said = disable(hook, by, at=now), "is switched off; what waited was given up and can be sent again"
        level = messages.SUCCESS if done else messages.INFO
        self.message_user(request, f"{hook} {said}." if done else f"{hook} was that before.", level)
        wake()
        return self.back(hook)

    def replay(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Everything that was given up is tried again."""
        hook = self.found(request, pk)
        try:
            count = send_again(hook.deliveries.dead(), at=timezone.now())
        except SwitchedOff as error:
            self.message_user(request, str(error), messages.ERROR)
            return self.back(hook)
        self.message_user(request, f"{count:,} will be sent again, in order.", messages.SUCCESS)
        wake()
        return self.back(hook)


def count_of(deliveries: QuerySet[WebhookDelivery]) -> Coalesce:
    """How many of these each webhook has; counted by an index, however much has arrived."""
    own = deliveries.filter(subscription=OuterRef("pk")).order_by().values("subscription")
    return Coalesce(Subquery(own.annotate(count=Count("pk")).values("count")), 0)


def subscription_state(hook: WebhookSubscription) -> SafeString:
    """Whether it sends, as icon and word, with the reason why it does not."""
    if hook.state == State.ACTIVE:
        if hook.failing_since:
            return state("warning", "open", "Failing")
        return state("check_circle", "yes", "Active")
    shown = state("pause_circle", "open", "Paused") if hook.state == State.PAUSED else state("block", "no", "Disabled")
    return format_html('{}<span class="icp-muted icp-why">{}</span>', shown, hook.reason)
