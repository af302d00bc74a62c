"""Figures for Prometheus. They come from the database when asked, so that every process gives the same."""

from collections.abc import Iterator

from django.conf import settings
from django.db.models import Min, Sum
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from crm.models import Audit, BrokerOutage, Lane, Outbox, WebhookDelivery, WebhookSubscription
from crm.scoring.freshness import Freshness

CONTENT_TYPE = CONTENT_TYPE_LATEST
MOST_COUNTED = 100_000


def exposition(found: Freshness | None) -> bytes:
    """The figures as Prometheus reads them; `found` None when the database is away, and then that is all there is."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(found))
    return generate_latest(registry)


class Figures(Collector):
    """What is read for one answer."""

    def __init__(self, found: Freshness | None) -> None:
        self.found = found

    def collect(self) -> Iterator[Metric]:
        yield gauge("icp_database_up", "1 when the database answers.", self.found is not None)
        if self.found is None:
            return
        yield from scoring(self.found)
        yield from lanes(self.found)
        yield from audits()
        yield from broker(self.found)
        yield outbox()
        yield from webhooks()


def gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=float(value))


def scoring(found: Freshness) -> Iterator[Metric]:
    yield gauge("icp_scoring_lag_seconds", "How long the oldest change has waited to be scored.", found.lag_seconds)
    yield gauge("icp_scoring_waiting_accounts", "Accounts whose score is not up to date.", found.waiting)
    yield gauge("icp_scoring_failing_accounts", "Accounts of these whose last try failed.", found.failing)
    yield gauge("icp_scoring_ruleset", "Number of the active ruleset, 0 without one.", found.ruleset or 0)
    reason = GaugeMetricFamily("icp_scoring_behind", "1 for the reason why scores are behind.", labels=["reason"])
    if found.reason:
        reason.add_metric([found.reason.code], 1)
    yield reason
    rollout = found.rollout
    yield gauge(
        "icp_rollout_accounts", "Accounts that the ruleset on its way has to reach.", rollout.of if rollout else 0
    )
    yield gauge("icp_rollout_done_accounts", "Accounts of these that it has reached.", rollout.done if rollout else 0)
    yield gauge("icp_rollout_paused", "1 while a person has paused it.", bool(rollout and rollout.paused_at))


def lanes(found: Freshness) -> Iterator[Metric]:
    age = GaugeMetricFamily(
        "icp_lane_heartbeat_age_seconds", "Since when no worker has looked after the lane.", labels=["lane"]
    )
    seen = CounterMetricFamily("icp_scoring_seen", "Accounts brought up to date.", labels=["lane"])
    changed = CounterMetricFamily("icp_scoring_changed", "Accounts whose result changed.", labels=["lane"])
    failed = CounterMetricFamily("icp_scoring_failed", "Tries that failed, of one account each.", labels=["lane"])
    for lane in Lane.objects.all():
        label = [str(lane.number)]
        if lane.visited_at:
            age.add_metric(label, max(0.0, (found.at - lane.visited_at).total_seconds()))
        seen.add_metric(label, lane.seen)
        changed.add_metric(label, lane.changed)
        failed.add_metric(label, lane.failed)
    yield from (age, seen, changed, failed)


def audits() -> Iterator[Metric]:
    sums = Audit.objects.aggregate(looked=Sum("looked"), wrong=Sum("wrong"), orphans=Sum("orphans"))
    for key, text in (
        ("looked", "Fresh results that were worked out again."),
        ("wrong", "Results of these that were wrong."),
        ("orphans", "Companies that had no row to be scored in."),
    ):
        yield CounterMetricFamily(f"icp_audit_{key}", text, value=sums[key] or 0)


def broker(found: Freshness) -> Iterator[Metric]:
    errors = BrokerOutage.objects.aggregate(errors=Sum("errors"))["errors"] or 0
    yield CounterMetricFamily("icp_broker_errors", "Bells that could not be sent.", value=errors)
    if settings.REDIS_URL:
        yield gauge("icp_broker_up", "1 unless bells cannot be sent.", not found.broker_down)


def outbox() -> Metric:
    count = Outbox.objects.order_by("at")[:MOST_COUNTED].count()
    return gauge("icp_outbox_waiting", f"Changes not yet told to anybody; counted up to {MOST_COUNTED}.", count)


def webhooks() -> Iterator[Metric]:
    now = timezone.now()
    waiting = WebhookDelivery.objects.waiting()
    oldest = waiting.aggregate(at=Min("created_at"))["at"]
    age = max(0.0, (now - oldest).total_seconds()) if oldest else 0
    count = waiting.order_by()[:MOST_COUNTED].count()
    dead = WebhookDelivery.objects.dead().order_by()[:MOST_COUNTED].count()
    off = WebhookSubscription.objects.in_trouble().count()
    yield gauge("icp_webhook_waiting", f"Messages that are still to arrive; counted up to {MOST_COUNTED}.", count)
    yield gauge("icp_webhook_oldest_seconds", "How long the oldest of them has waited.", age)
    yield gauge("icp_webhook_dead", f"Messages that were given up; counted up to {MOST_COUNTED}.", dead)
    yield gauge("icp_webhook_switched_off", "Webhooks that were switched off because nothing arrived.", off)
