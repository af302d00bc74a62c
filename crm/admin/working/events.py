"""Where the events of an account are read from: what was done, sold, scored, set by hand, met and learned."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db.models import Case, F, Prefetch, Q, QuerySet, When
from django.urls import reverse
from django.utils import timezone

from crm.admin.fit_card import points_move, segment_move
from crm.admin.history import Step, edit, names_in, steps_of, who
from crm.history import BEFORE
from crm.models import (
    Activity,
    Attribute,
    Company,
    CompanyTerm,
    Contact,
    ContactMove,
    Deal,
    FitChange,
    Investment,
    Override,
)
from crm.models.visibility import Person
from crm.scoring.causes import causes

SHOWN = 20
MOST_ROWS = 200
"""As many rows of a kind of which an account has few are looked through, the newest first."""

PEOPLE, MOVES = 7, 1
"""The ranks of contacts and of their moves among the sources."""
JOINED = ContactMove.Direction.JOINED
ICONS = {"note": "edit_note", "call": "call", "email": "mail", "meeting": "groups", "task": "task_alt"}


class Place(NamedTuple):
    """Where an event stands in the order: its moment, the rank of its source, and its own number there."""

    at: datetime
    rank: int
    pk: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.rank}~{self.pk}"


@dataclass(frozen=True)
class Event:
    """One thing that happened. `day` is set where only the day is known."""

    place: Place
    icon: str
    kind: str
    title: str
    by: str = ""
    lines: tuple[str, ...] = ()
    body: str = ""
    link: str = ""
    day: bool = False
    task: int | None = None

    @property
    def at(self) -> datetime:
        return self.place.at


@dataclass(frozen=True)
class Reading:
    """Whose timeline is read, by whom, and where to go on."""

    user: Person
    company: Company
    names: dict[str, str]
    before: Place | None

    def older(self, at: str, rank: int) -> Q:
        """Rows of the source `rank`, whose moment is the column `at`, that come after the place to go on from."""
        if self.before is None:
            return Q()
        moment, last, pk = self.before
        if rank < last:
            return Q(**{f"{at}__lte": moment})
        if rank > last:
            return Q(**{f"{at}__lt": moment})
        return Q(**{f"{at}__lt": moment}) | Q(**{at: moment, "pk__lt": pk})

    def newest(self, rows: QuerySet[Any], at: str, rank: int) -> list[Any]:
        """The newest of these rows that are still to be shown, and one if there are more."""
        return list(rows.filter(self.older(at, rank)).order_by(f"-{at}", "-pk")[: SHOWN + 1])


# What is kept row by row, of which there may be many


def activities(reading: Reading) -> Iterator[Event]:
    """What was done; a task once it is done."""
    rows = (
        Activity.objects.visible_to(reading.user)
        .filter(company=reading.company)
        .annotate(moment=Case(When(kind=Activity.Kind.TASK, then=F("done_at")), default=F("happened_at")))
        .exclude(moment=None)
        .select_related("author", "assignee")
        .prefetch_related(Prefetch("contact", Contact.objects.visible_to(reading.user)))
    )
    for row in reading.newest(rows, "moment", 9):
        task = row.kind == Activity.Kind.TASK
        whom = row.contact.name if row.contact else ""
        by = row.assignee or row.author if task else row.author
        yield Event(
            Place(row.moment, 9, row.pk),
            ICONS[row.kind],
            "Task done" if task else row.get_kind_display(),
            row.summary,
            who(by) if by else "",
            (f"With {whom}",) if whom else (),
            row.body,
            reverse("admin:crm_activity_change", args=[row.pk]),
            task=row.pk if task else None,
        )


def fit_changes(reading: Reading) -> Iterator[Event]:
    """How the result changed, and why."""
    rows = FitChange.objects.visible_to(reading.user).filter(company=reading.company)
    changes: list[FitChange] = reading.newest(rows, "at", 8)
    why = causes(changes)
    for change in changes:
        points = points_move(change)
        yield Event(
            Place(change.at, 8, change.pk),
            "insights",
            "Fit",
            segment_move(change, reading.names),
            lines=(*((points,) if points else ()), *why[change.pk].said),
        )


def contacts(reading: Reading) -> Iterator[Event]:
    """Who was added here: who is here and did not come from elsewhere, and who was here first and has left."""
    here = Contact.objects.visible_to(reading.user).filter(company=reading.company)
    joined = ContactMove.objects.filter(company=reading.company, direction=JOINED).values("contact")
    rows = here.exclude(pk__in=joined).select_related("title")
    for row in reading.newest(rows, "created_at", PEOPLE):
        yield added(row, row.title.text if row.title else "")


def added(row: Contact, title: str) -> Event:
    return Event(
        Place(row.created_at, PEOPLE, row.pk),
        "person_add",
        "Contact added",
        row.name,
        lines=(title,) if title else (),
        link=reverse("admin:crm_contact_change", args=[row.pk]),
    )


# What an account has few of, read whole


def overrides(reading: Reading) -> Iterator[Event]:
    """What was set by hand, and when that ended."""
    rows = Override.objects.visible_to(reading.user).filter(company=reading.company).select_related("author")
    today = timezone.now().date()
    for row in rows.order_by("-created_at")[:MOST_ROWS]:
        name = reading.names.get(row.segment, str(row.segment)) if row.segment else "in no segment"
        yield Event(
            Place(row.created_at, 6, row.pk),
            "back_hand",
            "Set by hand",
            f"{name}, until {row.expires_on:%-d %b %Y}",
            who(row.author),
            (row.reason,),
        )
        if row.ended_at is not None:
            yield Event(Place(row.ended_at, 5, row.pk), "undo", "No longer set by hand", name)
        elif row.expires_on < today:
            yield Event(
                Place(midnight(row.expires_on + timedelta(days=1)), 5, row.pk), "event_busy", "Override expired", name,
                day=True,
            )  # fmt: skip


def moves(reading: Reading) -> Iterator[Event]:
    """Who left and who joined, and who of those that left was added here. Hidden accounts are not named."""
    rows = (
        ContactMove.objects.visible_to(reading.user)
        .filter(company=reading.company)
        .select_related("contact", "author")
        .prefetch_related(Prefetch("other", Company.objects.visible_to(reading.user)))
    )
    found = list(rows.order_by("-happened_on", "-pk")[:MOST_ROWS])
    people = Contact.objects.visible_to(reading.user).filter(pk__in={row.contact_id for row in found})
    seen = set(people.values_list("pk", flat=True)) if found else set()
    came = {row.contact_id for row in found if row.direction == JOINED}
    for row in found:
        link = reverse("admin:crm_contact_change", args=[row.contact_id]) if row.contact_id in seen else ""
        left = row.direction == ContactMove.Direction.LEFT
        where = f" {'for' if left else 'from'} {row.other.name}" if row.other else ""
        champion = "Was a champion here" if left else "Was a champion there"
        lines = [f"{'' if left else 'There: '}{row.title}"] if row.title else []
        told_that_day = row.created_at.date() == row.happened_on
        yield Event(
            Place(row.created_at if told_that_day else midnight(row.happened_on), MOVES, row.pk),
            "person_remove" if left else "person_add",
            "Contact left" if left else "Contact joined",
            f"{row.contact.name} {'left' if left else 'joined'}{where}",
            who(row.author) if row.author else "",
            (*lines, *((champion,) if row.was_champion else ())),
            link=link,
            day=not told_that_day,
        )
        if left and row.contact_id not in came:
            came.add(row.contact_id)
            yield replace(added(row.contact, row.title or ""), link=link)


def deals(reading: Reading) -> Iterator[Event]:
    """Deals opened, moved to another stage, won and lost; those closed by other means than a person on their day."""
    stages = dict(Deal.Stage.choices)
    closed: set[int] = set()
    for step in known_steps(Deal, {"company": reading.company.pk}):
        record, before = step.record, step.before
        if record.history_type == "-":
            yield deal_event(step, "delete", "Deal deleted", record.name)
        elif record.history_type == "~" and before is not None and before.stage != record.stage:
            lines = [f"{stages.get(before.stage, before.stage)} → {stages.get(record.stage, record.stage)}"]
            word, icon = "Deal moved", "trending_flat"
            if record.stage in Deal.CLOSED:
                closed.add(record.id)
                word, icon = f"Deal {record.stage}", "trophy" if record.stage == Deal.Stage.WON else "thumb_down"
                lines += [record.outcome_reason] if record.outcome_reason else []
            yield deal_event(step, icon, word, deal_title(record), tuple(lines))
        elif record.history_type == "~" and before is not None and money(before) != money(record):
            yield deal_event(
                step, "payments", "Deal amount changed", record.name, (f"{money(before)} → {money(record)}",)
            )
    rows = Deal.objects.visible_to(reading.user).filter(company=reading.company).select_related("owner")
    for row in rows.order_by("-opened_on", "-pk")[:MOST_ROWS]:
        link = reverse("admin:crm_deal_change", args=[row.pk])
        yield Event(
            Place(midnight(row.opened_on), 3, row.pk), "handshake", "Deal opened", deal_title(row),
            who(row.owner) if row.owner else "", link=link, day=True,
        )  # fmt: skip
        if row.closed_on is not None and row.pk not in closed:
            yield Event(
                Place(midnight(row.closed_on), 4, row.pk),
                "trophy" if row.stage == Deal.Stage.WON else "thumb_down",
                f"Deal {row.stage}",
                deal_title(row),
                lines=(row.outcome_reason,) if row.outcome_reason else (),
                link=link,
                day=True,
            )


def deal_event(step: Step, icon: str, kind: str, title: str, lines: tuple[str, ...] = ()) -> Event:
    record = step.record
    link = "" if record.history_type == "-" else reverse("admin:crm_deal_change", args=[record.id])
    place = Place(record.history_date, 2, record.history_id)
    return Event(place, icon, kind, title, signed(record.history_user), lines, link=link)


def deal_title(deal: Any) -> str:
    """The name of a deal, or of a record of one, with its amount."""
    return deal.name if deal.amount is None else f"{deal.name}, {money(deal)}"


def money(deal: Any) -> str:
    return "no amount" if deal.amount is None else f"{deal.amount:,.0f} {deal.currency or ''}".strip()


def facts(reading: Reading) -> Iterator[Event]:
    """What people entered about the account itself."""
    pk = reading.company.pk
    steps = list(known_steps(Company, {"id": pk}))
    for model in (Investment, CompanyTerm, Attribute):
        steps += known_steps(model, {"company": pk})
    names = names_in(steps, reading.user)
    for step in steps:
        found = edit(step, Company, names)
        if step.record.history_type == "~" and not found.moves:
            continue
        own = step.record.instance_type is Company
        moves = tuple(f"{move.label}: {move.before} → {move.after}" for move in found.moves)
        if not own:
            title = f"{found.did} {found.subject}"
        elif len(moves) == 1:
            title, moves = moves[0], ()
        else:
            title = ", ".join(move.label for move in found.moves) or f"Account {found.did.lower()}"
        yield Event(
            # Histories are numbered each on their own; the model keeps them apart.
            Place(found.at, HISTORIES.index(step.record.instance_type) + 10, step.record.history_id),
            "edit",
            "Facts entered",
            title,
            signed(step.record.history_user),
            moves,
        )


HISTORIES = (Company, Investment, CompanyTerm, Attribute)


def known_steps(model: Any, where: dict[str, object]) -> Iterable[Step]:
    """The latest records that are somebody's edit, each with the one before it."""
    return [step for step in steps_of(model, where) if step.record.history_change_reason != BEFORE]


def signed(user: User | None) -> str:
    return who(user) if user else "a command"


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


NEEDED: Mapping[Callable[[Reading], Iterable[Event]], str] = {
    activities: "crm.activity",
    contacts: "crm.contact",
    moves: "crm.contact",
    deals: "crm.deal",
}
"""What one must be allowed to see beside the account."""

SOURCES: Sequence[tuple[str, Callable[[Reading], Iterable[Event]]]] = (
    ("activities", activities),
    ("fit", fit_changes),
    ("people", contacts),
    ("people", moves),
    ("fit", overrides),
    ("deals", deals),
    ("facts", facts),
)
