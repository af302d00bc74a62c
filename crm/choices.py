"""What somebody may point a row to: to teams and colleagues of their own, and to accounts that they may edit."""

from typing import Any

from django.contrib.auth.models import Group, User
from django.db.models import Q, QuerySet

from crm.models.visibility import Person, sees_all
from crm.roles import ROLES


def own_teams(user: Person) -> QuerySet[Group]:
    """The teams of this person: their groups, without those that are roles."""
    return Group.objects.filter(user=user.pk).exclude(name__in=ROLES)


def only_team(user: Person) -> Group | None:
    """The team of this person where they have one and no more."""
    teams = list(own_teams(user)[:2])
    return teams[0] if len(teams) == 1 else None


def teams_for(user: Person) -> QuerySet[Group]:
    """The teams that this person may hand something to."""
    return Group.objects.exclude(name__in=ROLES) if sees_all(user) else own_teams(user)


def people_for(user: Person) -> QuerySet[User] | None:
    """The people whom this person may hand something to; None where that is not limited."""
    if sees_all(user):
        return None
    # In a subquery, because a person of two teams is still one choice.
    mates = User.groups.through.objects.filter(group__in=own_teams(user)).values("user")
    return User.objects.filter(Q(pk=user.pk) | Q(pk__in=mates), is_active=True).order_by("username")


def has_accounts(model: Any) -> bool:
    """Whether rows of the model go with an account, and are not everybody's."""
    return hasattr(model._default_manager, "visible_to")
