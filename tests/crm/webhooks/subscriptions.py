"""Subscriptions for tests, with a secret, and what was noted for them."""

import json
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from crm.models import WebhookDelivery, WebhookSubscription
from crm.models.webhook import EVENTS
from crm.webhooks.subscribing import begin, new_secret
from crm.webhooks.telling import fan_out


def administrator() -> User:
    """Somebody who sees and may do everything."""
    found = User.objects.filter(username="ada").first()
    return found or User.objects.create_superuser("ada")


def subscription(*events: str, url: str = "https://example.com/hook", **columns: Any) -> WebhookSubscription:
    """A subscription to these events, or to all."""
    values: dict[str, Any] = {
        "name": f"Hook {WebhookSubscription.objects.count() + 1}",
        "owner": columns.pop("owner", None) or administrator(),
        "events": list(events or EVENTS),
    }
    made = WebhookSubscription(**values | {"url": url} | columns)
    begin(made, timezone.now())
    made.save()
    new_secret(made, at=timezone.now())
    return made


def told(subscription: WebhookSubscription | None = None) -> list[dict[str, Any]]:
    """Everything that happened is noted for whoever asked; returns what this subscription, or anybody, is told."""
    while fan_out(timezone.now()):
        pass
    rows = WebhookDelivery.objects.order_by("event", "subscription")
    if subscription is not None:
        rows = rows.filter(subscription=subscription)
    return [json.loads(row.body) for row in rows]
