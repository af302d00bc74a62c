"""Fields that point to other records by id: to what the caller sees, and to nothing else."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Group, User
from django.db.models import Prefetch, QuerySet
from rest_framework import serializers

from crm.choices import people_for, teams_for
from crm.models import Company, Contact
from crm.models.visibility import Person

if TYPE_CHECKING:
    Link = serializers.PrimaryKeyRelatedField[Any]
else:
    Link = serializers.PrimaryKeyRelatedField


class Linked(Link):
    """A record by its id. One that is hidden is refused as one that is not there."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(pk_field=serializers.IntegerField(), **kwargs)

    @property
    def caller(self) -> Person:
        user: Person = self.context["request"].user
        return user


class CompanyLink(Linked):
    """A company by its id."""

    def get_queryset(self) -> QuerySet[Any]:
        return Company.objects.visible_to(self.caller) if "request" in self.context else Company.objects.none()


class ContactLink(Linked):
    """A contact by its id; null as well where somebody is named whom the caller does not see.

    The rows come with `contacts_seen_by`.
    """

    def get_queryset(self) -> QuerySet[Any]:
        return Contact.objects.visible_to(self.caller) if "request" in self.context else Contact.objects.none()

    def use_pk_only_optimization(self) -> bool:
        return False


def contacts_seen_by(user: Person) -> Any:
    """The contact of each row, where this person sees them."""
    return Prefetch("contact", Contact.objects.visible_to(user).order_by().only("pk"))


class PersonLink(Linked):
    """Somebody who works here, by the id of the user: a colleague, where the caller does not see every account."""

    def get_queryset(self) -> QuerySet[Any]:
        if "request" not in self.context:
            return User.objects.none()
        limited = people_for(self.caller)
        return User.objects.filter(is_active=True) if limited is None else limited


class TeamLink(Linked):
    """A team by its id: one of the caller's own, where they do not see every account."""

    def get_queryset(self) -> QuerySet[Any]:
        return teams_for(self.caller) if "request" in self.context else Group.objects.none()


def without_links_that_stand(data: Any, row: Any, names: Collection[str]) -> Any:
    """A body without the links that are sent back as `row` has them, whether or not the caller may choose them."""
    if row is None or not isinstance(data, Mapping):
        return data
    return {
        name: value
        for name, value in data.items()
        if name not in names or value is None or value != getattr(row, f"{name}_id")
    }
