"""Users and groups, in the looks of the rest."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import admin as auth
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

# The import above has registered Django's own two.
admin.site.unregister([User, Group])


@admin.register(User)
class UserAdmin(auth.UserAdmin, ModelAdmin):  # type: ignore[type-arg]  # not generic when it runs
    """Who may sign in."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_filter = []

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """What is found by the words; PostgreSQL refuses a NUL."""
        found: tuple[Any, bool] = super().get_search_results(request, queryset, search_term.replace("\0", ""))
        return found


@admin.register(Group)
class GroupAdmin(auth.GroupAdmin, ModelAdmin):
    """Teams, and what their members may do."""
