"""Programs that use the API, and their keys: made, renewed and revoked here; each key is shown once."""

from datetime import timedelta
from ipaddress import ip_network
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Max, Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from crm.integrations import AlreadyMade, new_key, remove_integration, revoke, save_integration, username_of
from crm.models import Integration, IntegrationKey
from crm.models.integration import RESOURCES, SCOPES
from crm.roles import ROLES

from .remembering import Remembering, RememberingPage
from .watching import moment, state

ENDS = {"": "Never", "30": "After 30 days", "90": "After 90 days", "365": "After a year"}
LOG_SHOWN = 20
OVERLAPS = {"": "They go on", "0": "They end now", "1": "They end in a day", "7": "They end in a week"}


class IntegrationForm(Remembering):
    """What a program may do, and from where."""

    scopes = forms.MultipleChoiceField(
        choices=[(each, each.replace(":", ": ")) for each in SCOPES],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="What its keys may do. Writing does not include reading.",
    )
    networks = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        label="Addresses",
        help_text="One a line, like 203.0.113.0/24. Empty: it may call from anywhere.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(self.instance, Integration) and "networks" in self.fields:
            self.initial["networks"] = "\n".join(map(str, self.instance.networks))

    def clean_networks(self) -> list[str]:
        found = []
        for line in self.cleaned_data["networks"].split():
            try:
                found.append(str(ip_network(line, strict=False)))
            except ValueError:
                raise forms.ValidationError(f"{line!r} is no address or network, like 203.0.113.0/24.") from None
        return found

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Integration.objects.exclude(pk=self.instance.pk)
        if User.objects.filter(username=username_of(Integration(name=name)), integration__in=others).exists():
            raise forms.ValidationError("There is an integration of this name.")
        return name


@admin.register(Integration)
class IntegrationAdmin(RememberingPage):
    """Who calls the API, with how many keys, and when last."""

    form = IntegrationForm
    list_display = ["name", "sees", "may", "keys_in_use", "last_used", "per_minute"]
    search_fields = ["name"]
    fieldsets = [
        (None, {"fields": ["name", "team"]}),
        ("What it may do", {"fields": ["scopes", "networks", "per_minute"]}),
    ]
    change_form_outer_after_template = "crm/integration/keys.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Integration]:
        found: QuerySet[Integration] = super().get_queryset(request)
        keys = IntegrationKey.objects.select_related("created_by")
        return (
            found.select_related("team")
            .prefetch_related(Prefetch("keys", keys))
            .annotate(used_at=Max("keys__last_used_at"))
        )

    @admin.display(description="Sees")
    def sees(self, integration: Integration) -> str:
        return f"what {integration.team} sees" if integration.team else "every account"

    @admin.display(description="May")
    def may(self, integration: Integration) -> str:
        both = [each for each in RESOURCES if {f"{each}:read", f"{each}:write"} <= set(integration.scopes)]
        one = [each.replace(":", " ") for each in integration.scopes if each.partition(":")[0] not in both]
        return ", ".join([*both, *sorted(one)]) or "nothing yet"

    @admin.display(description="Keys in use")
    def keys_in_use(self, integration: Integration) -> int:
        now = timezone.now()
        return sum(each.holds(now) for each in integration.keys.all())

    @admin.display(description="Last used", ordering="used_at")
    def last_used(self, integration: Integration) -> SafeString:
        return moment(getattr(integration, "used_at", None))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "team":
            kwargs["queryset"] = Group.objects.exclude(name__in=ROLES)
            kwargs["empty_label"] = "Every account"
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Integration, form: Any, change: bool) -> None:
        save_integration(obj)

    def delete_model(self, request: HttpRequest, obj: Integration) -> None:
        remove_integration(obj, timezone.now())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and super().has_delete_permission(request, obj)

    # Keys

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/keys/", view(self.make_key), name="crm_integration_key"),
            path("<int:pk>/keys/<int:key>/revoke/", view(self.revoke_key), name="crm_integration_revoke"),
            *super().get_urls(),
        ]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        integration = kwargs.get("obj") or (args[3] if len(args) > 3 else None)
        if integration is not None and integration.pk:
            now = timezone.now()
            context["keys"] = [
                {
                    "key": each,
                    "state": key_state(each, now),
                    "holds": each.holds(now),
                    "made": moment(each.created_at),
                    "used": moment(each.last_used_at),
                    "ends": moment(each.expires_at, "never"),
                }
                for each in IntegrationKey.objects.filter(integration=integration).select_related("created_by")
            ]
            context |= {"ends": ENDS.items(), "overlaps": OVERLAPS.items(), "key_token": uuid4()}
            done = LogEntry.objects.filter(
                content_type=ContentType.objects.get_for_model(Integration), object_id=str(integration.pk)
            )
            context["done"] = [
                {"at": moment(each.action_time), "by": each.user, "what": each.get_change_message()}
                for each in done.select_related("user").order_by("-action_time", "-pk")[:LOG_SHOWN]
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    def found(self, request: HttpRequest, pk: int) -> Integration:
        """The integration with this id; raises Http404, and PermissionDenied for who may not change it."""
        integration = Integration.objects.filter(pk=pk).first()
        if integration is None:
            raise Http404("There is no such integration.")
        if not self.has_change_permission(request, integration):
            raise PermissionDenied
        return integration

    def make_key(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A new key is made and shown, this once."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        integration = self.found(request, pk)
        back = HttpResponseRedirect(reverse("admin:crm_integration_change", args=[pk]))
        ends, overlap = request.POST.get("ends", ""), request.POST.get("overlap", "")
        try:
            token = UUID(request.POST.get("token", ""))
        except ValueError:
            token = None
        if token is None or ends not in ENDS or overlap not in OVERLAPS:
            self.message_user(
                request, "No key was made: choose when it ends, and what becomes of the others.", messages.ERROR
            )
            return back
        now = timezone.now()
        try:
            key, text = new_key(
                integration,
                by=request.user if isinstance(request.user, User) else None,
                at=now,
                token=token,
                expires_at=now + timedelta(days=int(ends)) if ends else None,
                overlap=timedelta(days=int(overlap)) if overlap else None,
            )
        except AlreadyMade:
            self.message_user(
                request,
                "The key was made before and is not shown again. Make another where it was lost.",
                messages.WARNING,
            )
            return back
        context = self.admin_site.each_context(request) | {
            "title": f"A key for {integration}",
            "integration": integration,
            "key": key,
            "text": text,
            "ends": moment(key.expires_at, "never"),
            "opts": self.model._meta,
        }
        response = TemplateResponse(request, "crm/integration/key.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def revoke_key(self, request: HttpRequest, pk: int, key: int) -> HttpResponse:
        """The key opens nothing any more."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        integration = self.found(request, pk)
        row = integration.keys.filter(pk=key).first()
        if row is None:
            raise Http404("There is no such key.")
        if revoke(row, timezone.now(), by=request.user if isinstance(request.user, User) else None):
            self.message_user(request, f"The key {row} opens nothing any more.", messages.SUCCESS)
        else:
            self.message_user(request, f"The key {row} was revoked before.", messages.INFO)
        return HttpResponseRedirect(reverse("admin:crm_integration_change", args=[pk]))


def key_state(key: IntegrationKey, at: Any) -> SafeString:
    """Whether the key holds, as icon and word."""
    if key.revoked_at is not None:
        return state("block", "no", "Revoked")
    if not key.holds(at):
        return state("schedule", "no", "Ended")
    return state("check_circle", "yes", "In use" if key.last_used_at else "Not used yet")
