"""The Django application."""

from django.apps import AppConfig


class CrmConfig(AppConfig):
    """Who we know: companies, contacts and how well they fit."""

    name = "crm"
    default_auto_field = "django.db.models.BigAutoField"
