"""What happened with an account, the newest first, some at a time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from crm.admin.navigation import may_view
from crm.models import Company
from personas.models import Ruleset

from .events import NEEDED, PEOPLE, SHOWN, SOURCES, Event, Place, Reading

ADDED_TOGETHER = timedelta(minutes=1)
MOST_NAMES = 5

ONLY = {
    "": "Everything",
    "activities": "Activities",
    "deals": "Deals",
    "fit": "Fit",
    "people": "People",
    "facts": "Facts",
}


@dataclass(frozen=True)
class Filter:
    """A kind of event that the timeline can be narrowed to."""

    key: str
    name: str
    chosen: bool


@dataclass(frozen=True)
class Timeline:
    """Some events; `next` is where older ones begin, empty where these are all. `history` leads to every edit."""

    company: Company
    events: tuple[Event, ...]
    next: str
    only: str
    filters: tuple[Filter, ...] = field(default_factory=tuple)

    @property
    def more(self) -> str:
        """The address of the older ones."""
        query = {"only": self.only, "before": self.next}
        return f"{self.address}?{urlencode({key: value for key, value in query.items() if value})}"

    @property
    def address(self) -> str:
        return reverse("admin:crm_activity_timeline", args=[self.company.pk])

    @property
    def history(self) -> str:
        return reverse("admin:crm_company_history", args=[self.company.pk])


def timeline(
    request: HttpRequest, company: Company, ruleset: Ruleset | None, *, only: str = "", before: str = ""
) -> Timeline:
    """SHOWN events of the account from `before` on; the number of queries does not grow with them."""
    only = only if only in ONLY else ""
    names = {each.key: each.name for each in ruleset.document().profiles} if ruleset else {}
    reading = Reading(request.user, company, names, place_of(before))
    found: list[Event] = []
    for kind, source in SOURCES:
        if only in ("", kind) and (source not in NEEDED or may_view(request, NEEDED[source])):
            found += source(reading)
    if reading.before is not None:
        found = [event for event in found if event.place < reading.before]
    found.sort(key=lambda event: event.place, reverse=True)
    shown = found[:SHOWN]
    following = str(shown[-1].place) if len(found) > SHOWN else ""
    return Timeline(
        company,
        tuple(folded(shown)),
        following,
        only,
        tuple(Filter(key, name, key == only) for key, name in ONLY.items()),
    )


def folded(events: Iterable[Event]) -> Iterator[Event]:
    """The events, with people who were added together as one."""
    together: list[Event] = []
    for event in (*events, None):
        if together and (event is None or event.place.rank != PEOPLE or together[-1].at - event.at > ADDED_TOGETHER):
            yield together[0] if len(together) == 1 else several(together)
            together = []
        if event is not None and event.place.rank == PEOPLE:
            together.append(event)
        elif event is not None:
            yield event


def several(events: Sequence[Event]) -> Event:
    """People who were added together, as one event at the time of the last of them."""
    names = [event.title for event in events]
    shown = ", ".join(names[:MOST_NAMES])
    title = f"{shown} and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else shown
    return Event(events[0].place, "group_add", f"{len(names)} contacts added", title)


def place_of(text: str) -> Place | None:
    """The place that an address names; None where it names none."""
    parts = text.split("~")
    try:
        said, rank, pk = datetime.fromisoformat(parts[0]), int(parts[1]), int(parts[2])
        at = said.astimezone(UTC)
    except (ValueError, IndexError, OverflowError):
        return None
    fits = said.tzinfo is not None and 0 <= rank < 100 and 0 <= pk < 2**63
    return Place(at, rank, pk) if fits else None
