"""The Django application."""

from typing import Any

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate, pre_migrate


class CrmConfig(AppConfig):
    """Who we know: companies, contacts and how well they fit."""

    name = "crm"
    verbose_name = "Who we know"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from crm.checks import check_facts, check_marks

        register(check_facts, Tags.models)
        register(check_marks, Tags.database)
        pre_migrate.connect(step_aside, sender=self)
        post_migrate.connect(install_marks, sender=self)


def step_aside(plan: list[Any], **kwargs: Any) -> None:
    """SQLite cannot rebuild a table that triggers speak of, so none is there while migrations run."""
    from crm.scoring import marks
    from crm.scoring.dialect import postgresql

    if plan and not postgresql():
        marks.remove()


def install_marks(**kwargs: Any) -> None:
    """Afterwards every change of a fact is marked."""
    from crm.scoring import marks

    marks.install()
