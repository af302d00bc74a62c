"""What stands behind the question mark of an address: only what is known, each once, and nothing passed over."""

from collections.abc import Iterable
from difflib import get_close_matches

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

MOST_TEXT = 2_000


class WrongParameter(ValidationError):
    """A part of the address that cannot be taken, by its name."""


def refuse_unknown(request: Request, known: Iterable[str]) -> None:
    """Raises WrongParameter for a name that is not known, for one given twice, and for what is no text."""
    names = list(known)
    wrong: dict[str, list[str]] = {}
    for name, values in request.query_params.lists():
        if name not in names:
            wrong[name[:100]] = [f"There is no such parameter.{nearest(name, names)}"]
        elif len(values) > 1:
            wrong[name] = ["Given more than once."]
        elif "\0" in values[0] or len(values[0]) > MOST_TEXT:
            wrong[name] = ["This is no value that it can have."]
    if wrong:
        raise WrongParameter(wrong)


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that was perhaps meant, as a sentence to add; else what there is."""
    names = list(known)
    found = get_close_matches(name.strip("-"), names, n=1)
    return f" Did you mean {found[0]!r}?" if found else f" There is: {', '.join(sorted(names))}." if names else ""
