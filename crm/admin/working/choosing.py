"""Somebody chosen out of many: a few stand in a select, and everybody is found by typing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import F, Max, Q, QuerySet
from django.http import HttpRequest

from crm.admin.history import who
from crm.admin.scoped import choices_for, is_id
from crm.models import Activity, Company, Contact

MOST_OFFERED = 50
"""Those that a select holds; where there are more, a box beside it finds them."""

MOST_TYPED = 100


@dataclass(frozen=True)
class Offer:
    """What a select holds, by id and name, which of them is chosen, and what to say of it."""

    options: tuple[tuple[str, str], ...]
    chosen: str
    said: str
    searchable: bool


@dataclass(frozen=True)
class Choosing:
    """Whom one may choose, the likeliest first. `searched` are the columns that typing looks at."""

    rows: QuerySet[Any]
    searched: tuple[str, ...]
    name: Callable[[Any], str]
    label: Callable[[Any], str]
    nobody: str

    def first(self, typed: str) -> tuple[list[Any], bool]:
        """The first of those that have every typed word somewhere, and whether there are more. One query."""
        rows = self.rows
        for word in typed.split():
            rows = rows.filter(Q.create([(f"{column}__icontains", word) for column in self.searched], Q.OR))
        found = list(rows[: MOST_OFFERED + 1])
        return found[:MOST_OFFERED], len(found) > MOST_OFFERED

    def meant(self, typed: str, found: list[Any]) -> Any | None:
        """The one that was found, or the one of several who is called exactly so."""
        exactly = [each for each in found if self.name(each).casefold() == typed.casefold()]
        return found[0] if len(found) == 1 else exactly[0] if len(exactly) == 1 else None

    def offer(self, typed: str, chosen: object) -> Offer:
        """Those to choose from after `typed`; whoever is `chosen` is among them unless they are not meant by it."""
        typed = clean(typed)
        found, more = self.first(typed)
        current = next((each for each in found if str(each.pk) == str(chosen)), None)
        if typed:
            current = current or self.meant(typed, found)
            empty = [] if len(found) == 1 else [("", "Choose one" if found else "Nobody found")]
            said = self.said(typed, found, current, more=more)
        else:
            if current is None and is_id(chosen):
                current = self.rows.filter(pk=chosen).first()
                found = [*([current] if current else []), *found]
            empty = [("", self.nobody)]
            said = f"{MOST_OFFERED} are listed. Type to find everybody else." if more else ""
        options = (*empty, *((str(each.pk), self.label(each)) for each in found))
        return Offer(options, str(current.pk) if current else "", said, more or bool(typed))

    def said(self, typed: str, found: list[Any], current: Any | None, *, more: bool) -> str:
        """What typing did, in a sentence or two."""
        if not found:
            return f"Nobody goes by “{typed}”. Clear the search to see the first again."
        if len(found) == 1:
            return f"Found and chosen: {self.label(found[0])}."
        many = f"More than {MOST_OFFERED}" if more else f"{len(found)}"
        then = f"{self.label(current)} is chosen." if current else "Choose one, or type more."
        return f"{many} found. {then}"

    def settle(self, typed: str, chosen: Any | None, begin: object) -> Any | None:
        """Who is meant by what was typed and by what was `chosen` in place of `begin`.

        Raises ValidationError where that is nobody, one of several, or two.
        """
        typed = clean(typed)
        if not typed:
            return chosen
        found, more = self.first(typed)
        if chosen in found:
            return chosen
        meant = self.meant(typed, found)
        if meant is None:
            raise ValidationError(self.said(typed, found, None, more=more))
        if chosen is not None and str(chosen.pk) != str(begin):
            raise ValidationError(
                f"You chose {self.label(chosen)} and typed “{typed}”, which finds {self.label(meant)}. "
                "They stand here now: save once more if that is right."
            )
        return meant


def clean(typed: str) -> str:
    """What was typed, as far as it is looked at; PostgreSQL refuses a NUL."""
    return typed.replace("\0", "")[:MOST_TYPED].strip()


def contacts_of(request: HttpRequest, company: Company) -> Choosing:
    """The contacts of the account that this person sees, those first with whom something was done last."""
    # Joined, because SQLite answers a subquery by reading every activity of the account for each contact.
    here = Q(activities__company=company) & ~Q(activities__kind=Activity.Kind.TASK)
    rows = Contact.objects.visible_to(request.user).filter(company=company).select_related("title")
    touched = rows.alias(last=Max("activities__happened_at", filter=here))
    return Choosing(
        touched.order_by(F("last").desc(nulls_last=True), "name", "pk"),
        searched=("name", "title__text", "email"),
        name=lambda contact: contact.name,
        label=lambda contact: f"{contact.name}, {contact.title}" if contact.title else contact.name,
        nobody="Nobody named",
    )


def assignees(request: HttpRequest) -> Choosing:
    """Whom this person may give a task to, by name."""
    limited = choices_for(Activity._meta.get_field("assignee"), request)
    people: QuerySet[User] = User.objects.filter(is_active=True, is_staff=True) if limited is None else limited
    return Choosing(
        people.order_by("first_name", "last_name", "username"),
        searched=("first_name", "last_name", "username"),
        name=who,
        label=who,
        nobody="Nobody",
    )
