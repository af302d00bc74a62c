"""What of an event a subscription wants to hear: checked when it is saved, and matched with each event."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crm.models import Outbox

NO_SEGMENT = "none"
MOST_VALUES = 100

COMPANY_EVENTS = tuple(Outbox.OF_KINDS.values())


@dataclass(frozen=True)
class Filter:
    """One filter: what kind of values it takes, and which events it narrows; others pass."""

    kind: str
    events: tuple[str, ...]
    says: str


ACCOUNTS = (*COMPANY_EVENTS, Outbox.Event.PERSONA.value, Outbox.Event.DEAL.value)

FILTERS = {
    "segment_before": Filter("keys", COMPANY_EVENTS, "the segment it was in; none for no segment"),
    "segment_after": Filter("keys", COMPANY_EVENTS, "the segment it is in now; none for no segment"),
    "settled": Filter("flag", COMPANY_EVENTS, "true: only once the segment is certain"),
    "band_after": Filter("keys", COMPANY_EVENTS, "the band it is in now"),
    "segment": Filter("keys", ACCOUNTS, "the segment that counts for the account when it is told"),
    "owner": Filter("ids", ACCOUNTS, "the ids of the account's owners"),
    "persona": Filter("keys", (Outbox.Event.PERSONA.value,), "a persona that the contact had or has"),
    "stage_after": Filter("keys", (Outbox.Event.DEAL.value,), "the stage the deal is in now"),
}


class WrongFilter(ValueError):
    """A filter that means nothing; `place` says which."""

    def __init__(self, place: str, said: str) -> None:
        super().__init__(said)
        self.place = place


def check(filters: object) -> dict[str, object]:
    """The filters, those without values left out; raises WrongFilter."""
    if not isinstance(filters, Mapping):
        raise WrongFilter("", 'Filters are an object, as in {"segment_after": ["high-growth-startup"]}.')
    out: dict[str, object] = {}
    for name, value in filters.items():
        known = FILTERS.get(name)
        if known is None:
            near = difflib.get_close_matches(str(name), FILTERS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(FILTERS)}."
            raise WrongFilter(str(name)[:50], f"There is no filter {str(name)[:50]!r}{hint}")
        if value in (None, []):
            continue
        out[name] = checked(name, known.kind, value)
    return out


def checked(name: str, kind: str, value: object) -> object:
    if kind == "flag":
        if not isinstance(value, bool):
            raise WrongFilter(name, "is true or false.")
        return value
    if not isinstance(value, list) or len(value) > MOST_VALUES:
        raise WrongFilter(name, f"is a list of {MOST_VALUES} values at most.")
    if kind == "ids":
        if any(isinstance(each, bool) or not isinstance(each, int) or each < 1 for each in value):
            raise WrongFilter(name, "is a list of ids of users.")
        return sorted(set(value))
    if any(not isinstance(each, str) or not each.strip() or len(each) > 80 or "\x00" in each for each in value):
        raise WrongFilter(name, "is a list of keys.")
    return sorted(set(value))


@dataclass(frozen=True)
class Told:
    """What filters look at in one event."""

    event: str
    segment_before: str | None = None
    segment_after: str | None = None
    settled: bool = False
    band_after: str | None = None
    segment: str | None = None
    owner: int | None = None
    personas: tuple[str, ...] = ()
    stage_after: str | None = None


def wants(filters: Mapping[str, object], told: Told) -> bool:
    """Whether every filter that narrows this event lets it pass."""
    return all(
        passes(name, value, told)
        for name, value in filters.items()
        if name in FILTERS and told.event in FILTERS[name].events
    )


def passes(name: str, value: object, told: Told) -> bool:
    if name == "settled":
        return told.settled or not value
    allowed: Sequence[object] = value if isinstance(value, list) else ()
    match name:
        case "segment_before" | "segment_after" | "segment":
            return (getattr(told, name) or NO_SEGMENT) in allowed
        case "persona":
            return any(each in allowed for each in told.personas)
        case "owner":
            return told.owner in allowed
    return getattr(told, name) in allowed
