"""What stands behind the question mark of an address: only what is known, each once, and nothing passed over."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from itertools import islice

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

MOST_TEXT = 2_000
CURSOR, LONGEST_CURSOR = "cursor", 4_000
"""Longer than any other: it holds the name that a page ended with, of 300 characters of up to 6 bytes each."""
MOST_STRANGERS = 20
"""So many unknown names are told of in one call: to look for the nearest of each takes its time."""
LONGEST_NAME = 100


class WrongParameter(ValidationError):
    """A part of the address that cannot be taken, by its name."""


def refuse_unknown(request: Request, known: Iterable[str]) -> None:
    """Raises WrongParameter for a name that is not known, for one given twice, and for what is no text."""
    names = list(known)
    wrong = strangers(request.query_params, names, "There is no such parameter.")
    for name in filter(request.query_params.__contains__, names):
        values = request.query_params.getlist(name)
        if len(values) > 1:
            wrong[name] = ["Given more than once."]
        elif "\0" in values[0] or len(values[0]) > (LONGEST_CURSOR if name == CURSOR else MOST_TEXT):
            wrong[name] = ["This is no value that it can have."]
    if wrong:
        raise WrongParameter(wrong)


def strangers(names: Iterable[object], known: Collection[str], said: str) -> dict[str, list[str]]:
    """Those of `names` that are not known, each with what is `said` of it and the nearest known one; the first few."""
    unknown = (str(name)[:LONGEST_NAME] for name in names if name not in known)
    return {name: [f"{said}{nearest(name, known)}"] for name in islice(unknown, MOST_STRANGERS)}


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that was perhaps meant, as a sentence to add; else what there is."""
    names = list(known)
    found = get_close_matches(name.strip("-"), names, n=1)
    return f" Did you mean {found[0]!r}?" if found else f" There is: {', '.join(sorted(names))}." if names else ""
