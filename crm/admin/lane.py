"""Who scores: the lanes, and when a worker last looked after each."""

from django.conf import settings
from django.contrib import admin
from django.utils import timezone
from django.utils.safestring import SafeString

from crm.models import Lane
from crm.scoring.freshness import HEARTBEAT

from .watching import Facts, WatchingAdmin, moment, state


@admin.register(Lane)
class LaneAdmin(WatchingAdmin):
    """The shares in which workers divide the accounts."""

    list_display = ["named", "heartbeat", "visited", "worker", "speed", "seen", "changed", "failed", "stumbled"]
    list_display_links = ["named"]
    about = "Workers share the accounts by lanes. A lane is well while somebody looks after it every few seconds."

    @admin.display(description="Lane", ordering="number")
    def named(self, lane: Lane) -> str:
        return str(lane)

    @admin.display(description="State")
    def heartbeat(self, lane: Lane) -> SafeString:
        if lane.number >= settings.SCORING_LANES:
            return state("do_not_disturb_on", "calm", "Not in use")
        if lane.visited_at and timezone.now() - lane.visited_at <= HEARTBEAT:
            return state("check_circle", "yes", "Looked after")
        return state("warning", "no", "Nobody there")

    @admin.display(description="Last seen", ordering="visited_at")
    def visited(self, lane: Lane) -> SafeString:
        return moment(lane.visited_at)

    @admin.display(description="Accounts a second", ordering="rate")
    def speed(self, lane: Lane) -> str:
        return "" if lane.rate is None else f"{lane.rate:,.0f}"

    @admin.display(description="Last error", ordering="error_at")
    def stumbled(self, lane: Lane) -> str:
        return f"{lane.error}, {lane.error_at:%Y-%m-%d %H:%M} UTC" if lane.error and lane.error_at else ""

    def facts(self, row: Lane) -> Facts:
        return [
            ("State", self.heartbeat(row)),
            ("Last seen", moment(row.visited_at)),
            ("Worker", row.worker or ""),
            ("Speed while there was work", f"{row.rate:,.1f} accounts a second" if row.rate else "not known"),
            ("Brought up to date", f"{row.seen:,} times an account"),
            ("Results that changed", f"{row.changed:,}"),
            ("Tries that failed", f"{row.failed:,}"),
            ("Last error", self.stumbled(row) or "none"),
        ]
