"""Published rulesets on their way to the accounts, which can be held back and let go on."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crm.models import Rollout
from crm.scoring import rollout as rollouts
from crm.scoring.freshness import freshness
from crm.scoring.reasons import span
from personas.models import Ruleset

from .watching import Facts, WatchingAdmin, moment, state

PUBLISH = "personas.publish_ruleset"


@admin.register(Rollout)
class RolloutAdmin(WatchingAdmin):
    """Each ruleset since scoring in the background began, the newest first."""

    list_display = ["named", "status", "accounts", "began", "finished"]
    list_display_links = ["named"]
    change_form_outer_before_template = "crm/watching/rollout.html"
    about = (
        "A published ruleset reaches the accounts batch by batch. While it is paused, only accounts whose facts change "
        "are scored by it; the others keep the result of the rules before."
    )

    @admin.display(description="Ruleset", ordering="ruleset")
    def named(self, rollout: Rollout) -> str:
        return str(rollout)

    @admin.display(description="State", ordering="finished_at")
    def status(self, rollout: Rollout) -> SafeString:
        if rollout.finished_at:
            return state("check_circle", "yes", "Finished")
        if not is_current(rollout):
            return state("do_not_disturb_on", "calm", "Replaced by a later one")
        return (
            state("pause_circle", "open", "Paused") if rollout.paused_at else state("hourglass_top", "open", "Going on")
        )

    @admin.display(description="Began", ordering="started_at")
    def began(self, rollout: Rollout) -> SafeString:
        return moment(rollout.started_at)

    @admin.display(description="Finished", ordering="finished_at")
    def finished(self, rollout: Rollout) -> SafeString:
        return moment(rollout.finished_at, "not yet")

    def facts(self, row: Rollout) -> Facts:
        facts: Facts = [
            ("State", self.status(row)),
            ("Accounts when it began", f"{row.accounts:,}"),
            ("Began", moment(row.started_at)),
            ("Finished", moment(row.finished_at, "not yet")),
        ]
        if is_current(row) and row.finished_at is None:
            found = freshness()
            if found.rollout:
                facts.insert(1, ("Done", f"{found.rollout.done:,} of {found.rollout.of:,} ({found.rollout.percent} %)"))
            if found.eta_seconds is not None:
                facts.append(("Time left", f"about {span(found.eta_seconds)}"))
        if row.paused_at:
            by = row.paused_by
            who = f" by {by.get_full_name() or by.get_username()}" if by else ""
            facts.append(("Paused", format_html("{}{}", moment(row.paused_at), who)))
        return facts

    def page(self, row: Rollout, ruleset: Ruleset | None) -> dict[str, Any]:
        return super().page(row, ruleset) | {
            "rollout": row,
            "going": row.finished_at is None and ruleset is not None and ruleset.number == row.ruleset,
        }

    # Holding back and letting go on

    def get_urls(self) -> list[URLPattern]:
        return [
            path("<path:object_id>/pause/", self.admin_site.admin_view(self.pause), name="crm_rollout_pause"),
            path("<path:object_id>/resume/", self.admin_site.admin_view(self.resume), name="crm_rollout_resume"),
            *super().get_urls(),
        ]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        context["may_publish"] = request.user.has_perm(PUBLISH)
        return super().render_change_form(request, context, *args, **kwargs)

    def pause(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The active ruleset reaches no more accounts than those whose facts change."""
        return self.turn(request, object_id, paused=True)

    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The active ruleset goes on to the accounts that are left."""
        return self.turn(request, object_id, paused=False)

    def turn(self, request: HttpRequest, object_id: str, *, paused: bool) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        rollout = self.get_object(request, object_id)
        if rollout is None or not request.user.has_perm(PUBLISH) or not self.has_view_permission(request, rollout):
            raise PermissionDenied
        if not is_current(rollout):
            self.message_user(request, "Another ruleset was published meanwhile.", messages.WARNING)
        elif paused:
            rollouts.pause(timezone.now(), request.user if isinstance(request.user, User) else None)
            self.message_user(request, "Paused. Accounts whose facts change are still scored.", messages.SUCCESS)
        else:
            rollouts.resume()
            self.message_user(request, "It goes on.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:crm_rollout_change", args=[rollout.pk]))


def is_current(rollout: Rollout) -> bool:
    """Whether its ruleset is the active one."""
    return Ruleset.objects.active().filter(number=rollout.ruleset).exists()
