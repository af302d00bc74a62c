"""The roles: groups with the permissions that fit them, as a table.

What a role may do with one account is decided by who owns it and whose team it
is in (crm.models.visibility); this says what it may do at all.
"""

from dataclasses import dataclass
from itertools import product
from typing import Any

EVERYTHING = "*"
INTEGRATION = "Integration"
"""The role of programs that use the API; what a key may do is also limited by its scopes."""
VIEW = ("view",)
ADD = ("view", "add")
EDIT = ("view", "add", "change")
ALL = ("view", "add", "change", "delete")


@dataclass(frozen=True)
class Grant:
    """Actions on models of one app; `models` may be EVERYTHING, `further` are permissions beyond those on models."""

    app: str
    models: tuple[str, ...] | str
    actions: tuple[str, ...] = VIEW
    further: tuple[str, ...] = ()

    def covers(self, app: str, codename: str) -> bool:
        """Whether the permission is part of this."""
        if app != self.app:
            return False
        if self.models == EVERYTHING:
            # Histories are written by the program alone.
            return "_historical" not in codename
        names = {f"{action}_{model}" for action, model in product(self.actions, self.models)}
        return codename in names or codename in self.further


@dataclass(frozen=True)
class Role:
    """A group that comes with the product."""

    name: str
    grants: tuple[Grant, ...]

    def may(self, app: str, codename: str) -> bool:
        """Whether the role has the permission."""
        return any(grant.covers(app, codename) for grant in self.grants)


SELLING = (
    Grant("crm", ("company", "override", "opinion"), EDIT),
    Grant("crm", ("contact", "activity", "deal", "employment", "investment", "companyterm"), ALL),
    Grant("crm", ("companydomain", "externalid", "contactexternalid", "attribute"), ALL),
    Grant("crm", ("investor", "term", "employer", "jobtitle"), ADD),
    Grant("crm", ("fit", "score", "fitchange", "factsource", "contactsource", "titlepersona"), VIEW),
    Grant("personas", ("profile", "persona", "namedlist", "ruleset"), VIEW),
)
WEBHOOKS = (Grant("crm", ("webhooksubscription",), ALL), Grant("crm", ("webhookdelivery",), VIEW))

ROLES = {
    role.name: role
    for role in (
        Role("Sales", SELLING),
        Role("Sales manager", (*SELLING, Grant("crm", ("company",), ("delete",), ("edit_team_companies",)))),
        Role(
            "RevOps",
            (
                Grant("crm", EVERYTHING),
                Grant("personas", EVERYTHING),
                Grant("auth", ("user", "group"), VIEW),
            ),
        ),
        Role(
            INTEGRATION,
            (
                *SELLING,
                *WEBHOOKS,
                Grant("crm", ("company", "investor", "term", "employer"), ALL, ("edit_team_companies",)),
                Grant("personas", ("profile",), ("change",), ("publish_ruleset",)),
            ),
        ),
        Role("Administrator", tuple(Grant(app, EVERYTHING) for app in ("crm", "personas", "auth"))),
    )
}


def grant(groups: Any, permissions: Any) -> None:
    """The roles among `groups` have what the table gives them of `permissions`. Both are querysets.

    A role that somebody removed stays away, and so does what is not among `permissions`.
    """
    made = list(permissions.select_related("content_type"))
    for group in groups.filter(name__in=ROLES):
        role = ROLES[group.name]
        group.permissions.add(*(each for each in made if role.may(each.content_type.app_label, each.codename)))
