"""The way that is measured beside the product's own: one task for each account that changed."""

from celery import shared_task
from django.db import close_old_connections
from django.utils import timezone

from config import app
from crm.scoring.drain import rescore

__all__ = ["app", "score_one"]


@shared_task(ignore_result=True)
def score_one(company: int) -> None:
    """This account is up to date."""
    close_old_connections()
    rescore([company], at=timezone.now())
