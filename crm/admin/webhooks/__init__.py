"""Webhooks in the admin: who is told what, how that goes, and what is sent again."""

from .deliveries import WebhookDeliveryAdmin
from .subscriptions import WebhookSubscriptionAdmin

__all__ = ["WebhookDeliveryAdmin", "WebhookSubscriptionAdmin"]
