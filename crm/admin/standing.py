"""Where an account stands, and its points, in the words, icons and bars that every page shows alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm.models.fit import beside
from crm.ranking import interval_text
from personas.rules.document import Document, Profile
from personas.rules.results import points_number

STANCES = {
    "focus": ("Focus", "my_location"),
    "develop": ("Develop", "trending_up"),
    "maintain": ("Maintain", "potted_plant"),
}


@dataclass(frozen=True)
class Standing:
    """The segment of an account as a badge.

    `state` is settled, provisional, undecided, none, override or unscored;
    `name` what stands on the badge, `note` what else could be.
    """

    state: str
    word: str
    icon: str
    name: str
    stance: str = ""
    note: str = ""

    @property
    def stance_word(self) -> str:
        return STANCES[self.stance][0] if self.stance else ""

    @property
    def stance_icon(self) -> str:
        return STANCES[self.stance][1] if self.stance else ""


UNSCORED = Standing("unscored", "Not scored yet", "hourglass_empty", "")


def standing(
    document: Document,
    *,
    status: str | None,
    segment: str | None,
    possible: Sequence[str],
    effective: str | None,
    effective_status: str | None = None,
) -> Standing:
    """The badge of an account.

    `effective` is what counts after an override, None for no segment, and `effective_status` how certain that is.
    """
    profiles = {profile.key: profile for profile in document.profiles}
    if status is None:
        return UNSCORED
    if effective != (segment if status == "settled" else None) or (effective_status or status) != status:
        computed, certain = (segment if status == "settled" else None), status in ("settled", "none")
        against = beside(effective, computed=computed, certain=certain) == "contradicted"
        word = "Set by hand, the rules say otherwise" if against else "Set by hand"
        return badge("override", word, "back_hand", profiles.get(effective or ""), effective or "In no segment")
    if status == "none":
        return Standing("none", "Facts rule every segment out", "do_not_disturb_on", "In no segment")
    names = [profiles[key].name if key in profiles else "no segment" for key in possible]
    if status == "settled":
        return badge("settled", "Settled", "check_circle", profiles.get(segment or ""), segment or "")
    if segment:
        others = [name for key, name in zip(possible, names, strict=True) if key != segment]
        note = f"Could still be {joined(others)}" if others else ""
        return badge("provisional", "Provisional", "contrast", profiles.get(segment), segment, note)
    if set(possible) == {profile.key for profile in document.ranked()} | {"none"}:
        names = ["any segment", "none"]
    return Standing("undecided", "Undecided", "help", "Undecided", note=f"Could be {joined(names)}" if names else "")


def badge(state: str, word: str, icon: str, profile: Profile | None, key: str, note: str = "") -> Standing:
    """A badge with the name and stance of `profile`, or the bare key where the rules no longer have it."""
    if profile is None:
        return Standing(state, word, icon, key, note=note)
    return Standing(state, word, icon, profile.name, profile.stance or "", note)


def joined(names: Sequence[str]) -> str:
    """Names with commas, and "or" before the last."""
    return " or ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


@dataclass(frozen=True)
class Points:
    """Certain and possible points on a bar; ends in hundredths, None where there is not enough data."""

    low: int | None
    high: int | None
    maximum: int

    @property
    def known(self) -> bool:
        return self.low is not None

    @property
    def exact(self) -> bool:
        return self.low == self.high

    @property
    def text(self) -> str:
        """The number or the interval: "90", "35–95"."""
        return interval_text(self.low, self.high)

    @property
    def of(self) -> str:
        """What the points are out of."""
        return f"{points_number(self.maximum)}"

    @property
    def certain(self) -> float:
        """The certain part of the bar in percent."""
        return self.share(self.low)

    @property
    def open(self) -> float:
        """The part of the bar that is not certain, in percent."""
        return round(self.share(self.high) - self.certain, 1)

    @property
    def spoken(self) -> str:
        """The bar for those who do not see it."""
        if not self.known:
            return "Not enough data for points"
        if self.exact:
            return f"{self.text} of {self.of} points"
        return (
            f"{points_number(self.low)} of {self.of} points are certain, up to {points_number(self.high)} are possible"
        )

    def share(self, end: int | None) -> float:
        return 0.0 if end is None or self.maximum <= 0 else round(min(max(end / self.maximum, 0), 1) * 100, 1)


def points_of(low: int | None, high: int | None, profile: Profile | None) -> Points:
    """The bar of these ends (hundredths) on the scale of `profile`: its maximum, or 100."""
    maximum = profile.maximum if profile and profile.maximum else 100
    return Points(low, high, int(maximum * 100))
