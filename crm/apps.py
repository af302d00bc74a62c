"""The Django application."""

from django.apps import AppConfig
from django.core.checks import Tags, register


class CrmConfig(AppConfig):
    """Who we know: companies, contacts and how well they fit."""

    name = "crm"
    verbose_name = "Who we know"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from crm.checks import check_facts

        register(check_facts, Tags.models)
