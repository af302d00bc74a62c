"""Who sees and who edits which accounts, as phrases over SQL.

An account is seen by its owner and by its team, by everybody while it has
neither, and by those who may see all. It is edited by its owner, by whoever
sees it while nobody owns it, and by those of its team who may edit the team's.
"""

from collections.abc import Callable
from typing import Any, Self, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Lower

SEE_ALL = "crm.see_all_companies"
EDIT_TEAM = "crm.edit_team_companies"

Person = AbstractBaseUser | AnonymousUser
Row = TypeVar("Row", bound=models.Model)

FEW = 20_000

EVERY = Q()
NO = Q(pk__in=[])


def sees_all(user: Person) -> bool:
    """Whether every account is open to this person, for reading and for editing."""
    return isinstance(user, User) and user.has_perm(SEE_ALL)


def teams_of(user: User) -> list[int]:
    """The groups that somebody is in, by id; read once for each user that was loaded."""
    teams: list[int] | None = user.__dict__.get("_teams")
    if teams is None:
        teams = user.__dict__["_teams"] = sorted(user.groups.values_list("pk", flat=True))
    return teams


def seen(user: Person, path: str = "") -> Q:
    """The accounts that this person sees; `path` leads from the rows asked for to their company, as in "company__"."""
    if not isinstance(user, User) or not user.is_active:
        return NO
    if sees_all(user):
        return EVERY
    nobodys = Q(**{f"{path}owner": None, f"{path}team": None})
    return Q(**{f"{path}owner": user.pk}) | Q(**{f"{path}team__in": teams_of(user)}) | nobodys


def edited(user: Person, path: str = "") -> Q:
    """The accounts that this person may edit, all of which they see."""
    if not isinstance(user, User) or not user.is_active:
        return NO
    if sees_all(user):
        return EVERY
    nobodys = Q(**{f"{path}owner": None, f"{path}team": None})
    teams = Q(**{f"{path}team__in": teams_of(user)})
    if not user.has_perm(EDIT_TEAM):
        teams &= Q(**{f"{path}owner": None})
    return Q(**{f"{path}owner": user.pk}) | teams | nobodys


def of_people(accounts: Q, user: Person, path: str = "") -> Q:
    """The contacts that go with `accounts`; one without a company follows its owner, and is everybody's without one."""
    if accounts in (EVERY, NO):
        return accounts
    return (Q(**{f"{path}company__isnull": False}) & accounts) | (Q(**{f"{path}company": None}) & free(user, path))


def free(user: Person, path: str = "") -> Q:
    """What this person owns, or nobody."""
    return Q(**{f"{path}owner": user.pk}) | Q(**{f"{path}owner": None})


class AccountQuerySet(models.QuerySet[Row]):
    """Accounts."""

    def visible_to(self, user: Person) -> Self:
        """Only those that this person sees."""
        return self.filter(seen(user))

    def editable_by(self, user: Person) -> Self:
        """Only those that this person may edit."""
        return self.filter(edited(user))


class AccountRowQuerySet(models.QuerySet[Row]):
    """Rows of an account: who sees or edits the account sees or edits them."""

    def visible_to(self, user: Person) -> Self:
        """Only rows of accounts that this person sees."""
        return self.filter(seen(user, "company__"))

    def editable_by(self, user: Person) -> Self:
        """Only rows of accounts that this person may edit."""
        return self.filter(edited(user, "company__"))


class PersonQuerySet(models.QuerySet[Row]):
    """People we know: they go with their company, or with their owner where they have none."""

    def visible_to(self, user: Person) -> Self:
        """Only those that this person sees."""
        return self.going_with(user, seen)

    def editable_by(self, user: Person) -> Self:
        """Only those that this person may edit."""
        return self.going_with(user, edited)

    def with_email(self, text: str) -> Self:
        """Only who has this address, in capitals or not; found by the index that keeps it once."""
        return self.alias(address=Lower("email")).filter(address=Lower(Value(text)))

    def going_with(self, user: Person, accounts: Callable[[Person, str], Q]) -> Self:
        """Only people of these accounts, or of none and this person's or nobody's.

        Few accounts lead to their people by an index. No database finds that way
        by itself, because people without an account come as an alternative.
        """
        company: Any = self.model._meta.get_field("company").related_model
        people = of_people(accounts(user, "company__"), user)
        if people in (EVERY, NO) or not has_few(company, user):
            return self.filter(people)
        rows = self.model._default_manager.order_by()
        there = rows.filter(company__in=company.objects.filter(accounts(user, "")).order_by().values("pk"))
        alone = rows.filter(free(user), company=None)
        return self.filter(pk__in=there.values("pk").union(alone.values("pk"), all=True))


def has_few(company: Any, user: Person) -> bool:
    """Whether this person sees few accounts; asked once for each user that was loaded."""
    few: bool | None = user.__dict__.get("_few")
    if few is None:
        few = user.__dict__["_few"] = company.objects.visible_to(user).order_by()[: FEW + 1].count() <= FEW
    return few


class PersonRowQuerySet(models.QuerySet[Row]):
    """Rows of somebody we know: who sees or edits the contact sees or edits them."""

    def visible_to(self, user: Person) -> Self:
        """Only rows of contacts that this person sees."""
        return self.filter(of_people(seen(user, "contact__company__"), user, "contact__"))

    def editable_by(self, user: Person) -> Self:
        """Only rows of contacts that this person may edit."""
        return self.filter(of_people(edited(user, "contact__company__"), user, "contact__"))
