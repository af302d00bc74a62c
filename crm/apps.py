"""The Django application."""

from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import Tags, register
from django.db import connection
from django.db.models import Max
from django.db.models.signals import post_migrate, pre_migrate


class CrmConfig(AppConfig):
    """Who we know: companies, contacts and how well they fit."""

    name = "crm"
    verbose_name = "Sales"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from crm.checks import check_facts, check_marks

        register(check_facts, Tags.models)
        register(check_marks, Tags.database)
        pre_migrate.connect(step_aside, sender=self)
        pre_migrate.connect(remember_permissions, sender=self)
        post_migrate.connect(install_marks, sender=self)
        post_migrate.connect(grant_new_permissions, sender=self)


def step_aside(plan: list[Any], **kwargs: Any) -> None:
    """SQLite cannot rebuild a table that triggers speak of, so none is there while migrations run."""
    from crm.scoring import marks
    from crm.scoring.dialect import postgresql
    from crm.webhooks import triggers

    if plan and not postgresql():
        marks.remove()
        triggers.remove()


def install_marks(**kwargs: Any) -> None:
    """Afterwards every change of a fact is marked, and what others are to be told is noted."""
    from crm.scoring import marks
    from crm.webhooks import triggers

    marks.install()
    triggers.install()


seen_permission: list[int] = []


def remember_permissions(**kwargs: Any) -> None:
    """Which permissions there are before a migration, so that afterwards the new ones are known."""
    from django.contrib.auth.models import Permission

    seen_permission.clear()
    if Permission._meta.db_table in connection.introspection.table_names():
        seen_permission.append(Permission.objects.aggregate(last=Max("pk"))["last"] or 0)
    else:
        seen_permission.append(0)


def grant_new_permissions(**kwargs: Any) -> None:
    """The roles have what the table gives them of the permissions that this migration made.

    What somebody has taken from a role, or given to it, stays as it is.
    """
    from django.contrib.auth.management import create_permissions
    from django.contrib.auth.models import Group, Permission

    from crm.roles import grant

    if not seen_permission:
        return
    for name in ("crm", "personas", "auth"):
        create_permissions(apps.get_app_config(name), verbosity=0)
    grant(Group.objects.all(), Permission.objects.filter(pk__gt=seen_permission.pop()))
