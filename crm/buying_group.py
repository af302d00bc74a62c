"""Whom an account should have among its people, and whether they are there.

The one place where that is decided: the page of a company, the list, its
filter and the count behind the dashboard all go by it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from personas.rules.document import Document, Persona
from personas.rules.parts import BUYING_ROLES

PRESENT, PERHAPS, MISSING, UNKNOWN = "present", "perhaps", "missing", "unknown"

FIRST = "primary"
"""The tier whose personas every account should have, where its segment names none."""

NOBODY = "none"
"""What stands in place of buying roles for somebody who has none, as a person decided."""


def wanted_personas(document: Document, segment: str | None) -> tuple[Persona, ...]:
    """The personas that a company in this segment should have: those its profile names, else all of FIRST."""
    named = named_for(document, segment)[0]
    personas = {each.key: each for each in document.personas}
    if named:
        return tuple(personas[key] for key in named if key in personas)
    return tuple(each for each in document.personas if each.tier == FIRST)


def wanted_roles(document: Document, segment: str | None) -> tuple[str, ...]:
    """The buying roles that somebody in such a company should have: those its profile names, else all."""
    return named_for(document, segment)[1] or BUYING_ROLES


def named_for(document: Document, segment: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The personas and the buying roles that the profile of this segment names."""
    profile = next((each for each in document.profiles if each.key == segment), None)
    return (profile.wanted_personas, profile.wanted_roles) if profile else ((), ())


def state_of(wanted: str, certain: Collection[str], possible: Collection[str], *, complete: bool) -> str:
    """Whether a persona or role is there, by who is for certain and who may be.

    Nobody is missing before the people are `complete`: researched, and known
    for who they are, each of them.
    """
    if wanted in certain:
        return PRESENT
    if wanted in possible:
        return PERHAPS
    return MISSING if complete else UNKNOWN


def decided_roles(text: str | None) -> tuple[str, ...] | None:
    """The buying roles that a person decided, in the order of the rules; None where nobody did."""
    if text is None:
        return None
    chosen = text.split(",")
    return tuple(each for each in BUYING_ROLES if each in chosen)


def roles_text(roles: Collection[str]) -> str:
    """Decided buying roles as they are stored."""
    return ",".join(each for each in BUYING_ROLES if each in roles) or NOBODY


@dataclass(frozen=True)
class Known:
    """Who somebody is to us, by key, the likeliest first.

    `how` is decided (by a person), certain, ambiguous, none, excluded,
    unmatched or untitled. `roles` are certain; `perhaps` those that depend on
    which of several personas they are.
    """

    how: str
    personas: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    roles_decided: bool = False


WITHOUT_PERSONA = {"excluded": "excluded", "none": "none"}
"""How somebody is known by what came of a title that stands for no persona."""


def known_as(
    document: Document,
    *,
    persona: str | None,
    roles: str | None,
    result: str | None,
    titled: bool,
    matched: Sequence[str],
) -> Known:
    """Who somebody is with these decisions, whose title, if they have one, was matched to these personas."""
    personas = {each.key: each for each in document.personas}
    keys: tuple[str, ...]
    if persona:
        keys, how = (persona,), "decided"
    elif not titled:
        keys, how = (), "untitled"
    else:
        keys = tuple(matched)
        how = WITHOUT_PERSONA.get(result or "", "unmatched")
        if keys:
            how = "certain" if len(keys) == 1 else "ambiguous"
    own = decided_roles(roles)
    theirs = [set(personas[key].buying_roles) if key in personas else set() for key in keys]
    sure = set(own) if own is not None else set.intersection(*theirs) if theirs else set()
    perhaps = set() if own is not None or not theirs else set.union(*theirs) - sure
    return Known(
        how,
        keys,
        tuple(each for each in BUYING_ROLES if each in sure),
        tuple(each for each in BUYING_ROLES if each in perhaps),
        own is not None,
    )
