"""Callers for tests of the API."""

from typing import Any

from django.contrib.auth.models import Group, User
from django.utils import timezone
from rest_framework.test import APIClient

from crm.integrations import new_key, save_integration
from crm.models import Integration
from crm.models.integration import SCOPES
from tests.factories import numbers


def integration(*, team: Group | None = None, scopes: Any = SCOPES, per_minute: int = 100_000) -> Integration:
    """A program with these scopes; one with a team sees what a member of the team sees."""
    made = Integration(name=f"Program {next(numbers)}", team=team, scopes=list(scopes), per_minute=per_minute)
    save_integration(made)
    return made


def program(found: Integration | None = None, **more: Any) -> APIClient:
    """A client that calls with a key of this integration, or of a new one."""
    _, text = new_key(found or integration(**more), by=None, at=timezone.now())
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


def person(user: User) -> APIClient:
    """A client of somebody who has signed in."""
    client = APIClient()
    client.force_login(user)
    return client
