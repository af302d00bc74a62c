"""Wiring: settings, addresses and the Celery application. No behaviour of its own."""

from config.celery import app

__all__ = ["app"]
