"""Exchange rates."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from crm.models import ExchangeRate


@admin.register(ExchangeRate)
class ExchangeRateAdmin(ModelAdmin):
    """What one unit of a currency is worth in US dollars."""

    list_display = ["currency", "usd", "as_of"]
    search_fields = ["currency"]
