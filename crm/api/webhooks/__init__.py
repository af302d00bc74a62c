"""Webhooks over the API: subscriptions, and what became of what they are told."""

from .deliveries import Deliveries, DeliveryDetail, Replay, ReplayOne, WebhookTest
from .subscriptions import WebhookDetail, Webhooks, WebhookSecretView

__all__ = [
    "Deliveries",
    "DeliveryDetail",
    "Replay",
    "ReplayOne",
    "WebhookDetail",
    "WebhookSecretView",
    "WebhookTest",
    "Webhooks",
]
