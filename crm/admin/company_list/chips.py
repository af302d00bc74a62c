"""What narrows the list now, in words, each with the address that leaves it out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.views.main import SEARCH_VAR


@dataclass(frozen=True)
class Chip:
    """One thing that narrows the list; `problem` says why it finds nothing."""

    title: str
    words: str
    without: str
    problem: str = ""


def chips_of(changelist: Any) -> Iterator[Chip]:
    """What was searched for, then every filter that has a value."""
    if changelist.query:
        yield Chip("search", changelist.query, without(changelist, [SEARCH_VAR]))
    for spec in changelist.filter_specs:
        if spec.used_parameters and hasattr(spec, "words"):
            names = [str(name) for name in spec.expected_parameters()]
            if any(changelist.params.get(name) for name in names):
                yield Chip(spec.title, spec.words(), without(changelist, names), spec.problem)


def without(changelist: Any, names: list[str]) -> str:
    """The address of the list with these left out; exactly these, and none that begin alike."""
    address: str = changelist.get_query_string(dict.fromkeys(names))
    return address
