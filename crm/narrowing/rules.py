"""What companies can be narrowed by that the active rules speak of: criteria, facts, personas, roles."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q

from crm.buying_group import MISSING, PRESENT, UNKNOWN
from crm.models import Contact, TitlePersona
from crm.scoring.answers import Reader, TooManyCombinations, current, reader_for
from crm.scoring.drain import scorer_for
from personas.models import Ruleset
from personas.rules.document import Document, Line, Profile
from personas.rules.truth import NO, OPEN, YES

CELLS = "fit__cells"
ANSWERS = {"met": YES, "missed": NO, "open": OPEN}
STATES = (MISSING, PRESENT, UNKNOWN)

__all__ = ["ANSWERS", "STATES", "TooManyCombinations"]


def reader_of(ruleset: Ruleset | None, on: date) -> Reader | None:
    """What reads the cells of these rules; None where there are none."""
    return reader_for(scorer_for(ruleset, on), CELLS) if ruleset else None


def up_to_date(ruleset: Ruleset | None) -> Q:
    """The companies whose cells these rules have made."""
    return current(ruleset, "fit__") if ruleset else Q(pk__in=[])


def lines_of(profile: Profile) -> Iterator[tuple[str, Line]]:
    """Every criterion of a profile with what it goes by: kind and key, and the component of a row."""
    for kind, lines in (("disqualify", profile.disqualify), ("must", profile.must)):
        for line in lines:
            yield f"{kind}:{line.key}", line
    for component in profile.components:
        for line in component.rows:
            yield f"points:{component.key}.{line.key}", line
    for kind, lines in (("bonus", profile.bonus), ("flag", profile.flags)):
        for line in lines:
            yield f"{kind}:{line.key}", line


def criteria_in(document: Document) -> Mapping[str, tuple[Profile, Line]]:
    """Every criterion of a document; by its bare key as well, the first where several share it."""
    found: dict[str, tuple[Profile, Line]] = {}
    short: dict[str, tuple[Profile, Line]] = {}
    for profile in document.profiles:
        for name, line in lines_of(profile):
            found[f"{profile.key}:{name}"] = (profile, line)
            kind = name.partition(":")[0]
            short.setdefault(f"{profile.key}:{kind}:{line.key}", (profile, line))
            short.setdefault(f"{profile.key}:{line.key}", (profile, line))
    return short | found


def persona_there(key: str, state: str) -> Q:
    """Companies where this persona is among the people, is missing, or is not known to be either.

    Missing is said only where people were researched, and it is known of each who they are (crm.buying_group).
    """
    return there(stands_for(key), unclear_who(), state)


def role_there(document: Document, role: str, state: str) -> Q:
    """Companies where somebody has this buying role, nobody has, or it is not known."""
    return there(has_role(document, role), Q(roles=None) & unclear_who(), state)


def there(known: Q, unclear: Q, state: str) -> Q:
    """Companies by whether someone like `known` is there; `unclear` are people of whom it cannot be said."""
    people = Contact.objects.filter(company=OuterRef("pk")).order_by()
    found, doubtful = Exists(people.filter(known)), Exists(people.filter(unclear))
    if state == PRESENT:
        return Q(found)
    if state == MISSING:
        return Q(~found) & Q(~doubtful) & Q(people_researched_on__isnull=False)
    return Q(~found) & (Q(people_researched_on=None) | Q(doubtful))


def stands_for(persona: str) -> Q:
    """People who are this persona for certain: a person said so, or their title has one meaning only."""
    return Q(persona=persona) | Q(persona=None, title__result="match", title__personas__persona=persona)


def unclear_who() -> Q:
    """People of whom it is not known who they are: without a title that was read, or with several meanings."""
    results = ("ambiguous", "unknown")
    return Q(persona=None) & (Q(title=None) | Q(title__result=None) | Q(title__result__in=results))


def may_stand_for(persona: str) -> Q:
    """People whose title has several meanings, this persona among them."""
    return Q(persona=None, title__result="ambiguous", title__personas__persona=persona)


def titles_of(personas: Sequence[str], *results: str) -> Any:
    """The titles that stand for one of these personas with one of these results; far fewer than the people."""
    found = TitlePersona.objects.filter(persona__in=personas, title__result__in=results)
    return found.order_by().values("title")


def is_or_may_be(persona: str) -> Q:
    """People who stand for this persona, for certain or as one of several."""
    return Q(persona=persona) | Q(persona=None, title__in=titles_of([persona], "match", "ambiguous"))


def has_role(document: Document, role: str) -> Q:
    """People who have this buying role for certain."""
    keys = [each.key for each in document.personas if role in each.buying_roles]
    by_persona = Q(persona__in=keys) | Q(persona=None, title__in=titles_of(keys, "match"))
    return Q(roles__contains=role) | (Q(roles=None) & by_persona)
