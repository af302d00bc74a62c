"""The fit card of one company: its receipt, ordered for reading."""

from dataclasses import dataclass
from datetime import date, datetime

from crm.models import Company, FitChange, Override
from crm.overrides import extended
from crm.ranking import interval_text
from crm.scoring.effective import effective
from crm.scoring.explain import ProfileReceipt, Receipt, explain
from personas.models import Ruleset
from personas.rules.document import Document

from .standing import Points, Standing, points_of, standing

CHANGES_SHOWN = 3

OVERRIDE_WORDS = {
    "active": (
        "Set by hand, active",
        "back_hand",
        "They do not say for certain yet, so the segment set by hand counts.",
    ),
    "redundant": ("Set by hand, redundant", "done_all", "They say the same now, so it can be ended."),
    "contradicted": (
        "Set by hand, contradicted",
        "warning",
        "They settle on something else; look whether the reason still holds.",
    ),
    "expired": ("Set by hand, expired", "event_busy", "It no longer counts. Extend it, or set the segment anew."),
}
"""How a segment set by hand stands beside the computed one: in words, as an icon, and what to do."""


@dataclass(frozen=True)
class Section:
    """What one profile says, with its bar; `own` is the account's own segment."""

    receipt: ProfileReceipt
    points: Points
    own: bool


@dataclass(frozen=True)
class Change:
    """One earlier change of the result, in words."""

    at: datetime
    cause: str
    segment: str
    points: str
    new: bool = False


@dataclass(frozen=True)
class FitCard:
    """All that the card shows."""

    receipt: Receipt
    standing: Standing
    headline: Section | None
    own: Section | None
    sections: tuple[Section, ...]
    changes: tuple[Change, ...]
    override: Override | None
    override_state: str = ""

    @property
    def in_force(self) -> bool:
        """Whether a segment set by hand counts now."""
        return self.override is not None and self.override_state != "expired"

    @property
    def override_word(self) -> str:
        return OVERRIDE_WORDS[self.override_state][0]

    @property
    def override_icon(self) -> str:
        return OVERRIDE_WORDS[self.override_state][1]

    @property
    def override_advice(self) -> str:
        return OVERRIDE_WORDS[self.override_state][2]

    @property
    def override_name(self) -> str:
        """The segment that was set by hand, in words."""
        segment = self.override.segment if self.override else None
        return str(self.receipt.names.get(segment, segment)) if segment else "no segment"

    @property
    def override_extended(self) -> date | None:
        """The day to which one click extends it."""
        return extended(self.override, on=self.receipt.at.date()) if self.override else None

    @property
    def action(self) -> str:
        """What to do with the account; empty where it is in no segment."""
        return self.own.receipt.action if self.own else ""


def fit_card(company: Company, ruleset: Ruleset, at: datetime, *, since: datetime | None = None) -> FitCard:
    """The card of a saved company, worked out from its facts as they stand now.

    What changed later than `since` is new to whoever looks.
    """
    receipt = explain(company, at=at, ruleset=ruleset)
    document = ruleset.document()
    segment = receipt.segment
    counts = effective(company, segment, document, at)
    sections = ordered(document, receipt, counts.own)
    return FitCard(
        receipt=receipt,
        standing=standing(
            document,
            status=segment.status,
            segment=segment.key or segment.provisional,
            possible=segment.possible,
            effective=counts.segment,
            effective_status=("settled" if counts.segment else "none") if counts.in_force else None,
        ),
        headline=next((each for each in sections if each.receipt.key == counts.headline), None),
        own=next((each for each in sections if each.own), None),
        sections=sections,
        changes=changes(company, document, since),
        override=counts.override,
        override_state=counts.state,
    )


def ordered(document: Document, receipt: Receipt, own: str | None) -> tuple[Section, ...]:
    """The sections: the account's own segment, those it may still be in, scorecards, the rest.

    Where it is in none and can be in none, scorecards come last.
    """
    segments_first = own is None
    profiles = {profile.key: profile for profile in document.profiles}

    def place(each: ProfileReceipt) -> tuple[bool, bool, bool]:
        return (
            each.key != own,
            each.key not in receipt.segment.possible,
            (profiles[each.key].rank is None) is segments_first,
        )

    return tuple(
        Section(each, points_of(each.result.low, each.result.high, profiles[each.key]), each.key == own)
        for each in sorted(receipt.profiles, key=place)
    )


def changes(company: Company, document: Document, since: datetime | None = None) -> tuple[Change, ...]:
    """The last few changes of the result, the newest first."""
    names = {profile.key: profile.name for profile in document.profiles}
    return tuple(
        Change(
            each.at,
            each.get_cause_display(),
            segment_move(each, names),
            points_move(each),
            since is not None and each.at > since,
        )
        for each in FitChange.objects.filter(company=company)[:CHANGES_SHOWN]
    )


def segment_move(change: FitChange, names: dict[str, str]) -> str:
    """The segment before and after, or only the one it stayed in."""
    if change.cause == FitChange.Cause.OVERRIDE:
        before, after = (segment_name(change.stood(when), None, names) for when in ("before", "after"))
        return f"{before} → {after}"
    before = segment_name(change.segment_before, change.status_before, names)
    after = segment_name(change.segment_after, change.status_after, names)
    return after if change.status_before is None or before == after else f"{before} → {after}"


def segment_name(segment: str | None, status: str | None, names: dict[str, str]) -> str:
    """A stored segment with its status in words."""
    if segment is None:
        return "Undecided" if status == "undecided" else "In no segment"
    name = names.get(segment, segment)
    return f"{name}, provisional" if status == "undecided" else name


def points_move(change: FitChange) -> str:
    """The points before and after."""
    after = interval_text(change.low_after, change.high_after)
    if change.status_before is None:
        return f"{after} points" if change.low_after is not None else ""
    before = interval_text(change.low_before, change.high_before)
    return f"{after} points" if before == after else f"{before} → {after} points"
