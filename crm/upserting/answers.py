"""Who states what, and what became of each row."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.contrib.auth.models import User

CREATED, UPDATED, UNCHANGED, REFUSED = "created", "updated", "unchanged", "refused"
RESULTS = (CREATED, UPDATED, UNCHANGED, REFUSED)

CANNOT_BE_TAKEN = "cannot be taken"
"""Said of what another record has that the caller does not see: nothing tells the two from any other reason."""
NOT_OPEN = "is not there, or is not open to you"
NOT_YOURS = "you may see this record, and not change it"
MOST_FAULTS = 10
"""So many faults of one row are told; the rest of the row is not looked at."""
AT_ODDS = "goes against another record that was saved at the same moment; try again"


@dataclass(frozen=True)
class Call:
    """One call: who states it, from which source, as observed on which day where a row names none.

    New companies are in the hands of `owner` and `team`, so that whoever made them sees them. No more contacts than
    `most_moves` move from one company to another. Records of the kinds that it `reads` may be named in an answer.
    """

    by: User
    source: str
    today: date
    observed_on: date | None = None
    owner: int | None = None
    team: int | None = None
    most_moves: int | None = None
    reads: Collection[str] = ()


@dataclass(frozen=True)
class Fault:
    """A part of a row that cannot be taken: the JSON pointer to it within the row, and why."""

    pointer: str
    detail: str

    def as_json(self) -> dict[str, str]:
        return {"pointer": self.pointer, "detail": self.detail}


class RowRefused(Exception):
    """A row cannot be taken."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.fault = Fault(pointer, detail)


def of_another(call: Call, kind: str, what: str, *, name: str, pk: int | None, hidden: bool) -> str:
    """Why a key of another record cannot be taken; the record is named to whoever sees it and reads its kind.

    `what` is what the key is to it, as in "is the domain of"; `pk` is None while it is not stored.
    """
    if hidden or kind not in call.reads:
        return CANNOT_BE_TAKEN
    return f"{what} {name!r}" + (f", which has id {pk}" if pk else "")


@dataclass
class Answer:
    """What became of one row; `row` counts from 0, `kept` are facts that stayed as they were, and why."""

    row: int
    result: str = UNCHANGED
    id: int | None = None
    errors: list[Fault] = field(default_factory=list)
    kept: list[Mapping[str, str]] = field(default_factory=list)

    def refuse(self, *faults: Fault) -> None:
        self.result, self.id = REFUSED, None
        self.errors.extend(faults)

    def as_json(self, first: int = 0) -> dict[str, object]:
        """The answer as the API gives it; `first` is the number of the first row of its part."""
        return {
            "row": self.row + first,
            "id": self.id,
            "result": self.result,
            "errors": [each.as_json() for each in self.errors],
            "kept": list(self.kept),
        }


@dataclass
class Done:
    """What became of all rows, in their order, and the companies that are to be scored."""

    answers: list[Answer] = field(default_factory=list)
    companies: set[int] = field(default_factory=set)

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(each.result for each in self.answers)
        return {result: found[result] for result in RESULTS}
