"""The Django application."""

from django.apps import AppConfig


class PersonasConfig(AppConfig):
    """Who we look for: profiles, rules and personas."""

    name = "personas"
    verbose_name = "Who we look for"
    default_auto_field = "django.db.models.BigAutoField"
