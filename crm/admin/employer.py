"""Employers."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from crm.models import Employer

from .paginator import CappedPaginator


@admin.register(Employer)
class EmployerAdmin(ModelAdmin):
    """Where our contacts work or worked, by name."""

    list_display = ["name", "company"]
    list_select_related = ["company"]
    search_fields = ["name"]
    autocomplete_fields = ["company"]
    show_full_result_count = False
    paginator = CappedPaginator
