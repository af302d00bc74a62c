"""What counts for an account: the segment that somebody set by hand beside the one that the rules give."""

from dataclasses import dataclass
from datetime import date, datetime

from crm.models import Company, Override
from personas.rules.document import Document
from personas.rules.results import SegmentResult


@dataclass(frozen=True)
class Effective:
    """`segment` is what counts, None for no segment or none for certain; `own` may also be a provisional one.

    `headline` is the profile whose points stand in front. `override` is what
    somebody set, one that has expired too; `state` is how it stands beside the
    rules: active, redundant, contradicted or expired, empty without one.
    """

    segment: str | None
    own: str | None
    headline: str | None
    override: Override | None
    state: str

    @property
    def in_force(self) -> bool:
        """Whether a segment set by hand counts now."""
        return self.override is not None and self.state != "expired"


def effective(company: Company, segment: SegmentResult, document: Document, at: datetime) -> Effective:
    """What counts for a saved company of which the rules say `segment`."""
    present = company.overrides.filter(ended_at=None).select_related("author").first()
    state = override_state(present, segment, at.date()) if present else ""
    override = None if state == "expired" else present
    return Effective(
        segment=override.segment if override else segment.key,
        own=override.segment if override else segment.key or segment.provisional,
        headline=headline_of(segment, document),
        override=present,
        state=state,
    )


def override_state(override: Override, segment: SegmentResult, on: date) -> str:
    """ended, expired, redundant, contradicted or active, beside this computed segment."""
    return override.state(
        on=on,
        computed=segment.key if segment.status == "settled" else None,
        certain=segment.status in ("settled", "none"),
    )


def headline_of(segment: SegmentResult, document: Document) -> str | None:
    """The profile whose points lists show: its segment, the first it may be in, or the first there is."""
    reachable = [key for key in segment.possible if key != "none"]
    everything = [profile.key for profile in (*document.ranked(), *document.profiles)]
    return segment.key or segment.provisional or next(iter(reachable or everything), None)
