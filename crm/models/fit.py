"""How well accounts fit: apart from the company, so that scoring never locks what people edit."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce
from simple_history.models import HistoricalRecords

from .company import Company
from .fields import KnownTextField, PointsField
from .visibility import AccountRowQuerySet

ENGINE = 3
"""Raised when the same rules and facts give another result; everything is scored again then."""


UNRANKED = 100_000
"""Beyond any rank."""

A_RANK = 10**12
WORST = 10**10
"""Beyond any points, in hundredths."""

PLACE = (
    Coalesce(F("segment_rank"), Value(UNRANKED)) * Value(A_RANK)
    + Case(
        When(effective_status="settled", then=Value(0)),
        When(effective_status="undecided", then=Value(1)),
        When(effective_status="none", then=Value(2)),
        default=Value(3),
    )
    * Value(10**11)
    + Value(WORST)
    - Coalesce(F("low"), Value(-WORST))
)


class FitQuerySet(AccountRowQuerySet["Fit"]):
    def best_first(self) -> Self:
        """Only those in a segment, or that may be in one with a rank; the best first."""
        return self.filter(place__lt=UNRANKED * A_RANK).order_by("place", "company")

    def stale(self, ruleset: int, at: datetime) -> Self:
        """Only those whose result is older than the facts, the rules, the engine or the clock."""
        return self.filter(
            Q(stale_since__isnull=False)
            | Q(scored_engine__lt=ENGINE)
            | Q(scored_engine=ENGINE, scored_ruleset__lt=ruleset)
            | Q(review_at__lte=at)
        )

    def in_lane(self, lane: int, lanes: int) -> Self:
        """The share of one worker out of `lanes`."""
        return self.annotate(lane=F("company_id") % lanes).filter(lane=lane)


class Fit(models.Model):
    """The result for one company, and the revisions it was worked out from.

    Every company has one from its first moment on: a database trigger makes
    it, and others raise `facts_rev` whenever a fact changes (crm.scoring.marks).
    `stale_since` is when the oldest fact changed that the result has not seen;
    `seen_at` the moment of which the result tells; `review_at` when time alone
    may change it. A result that could not be worked out is tried again from
    `retry_at` on, or as soon as a fact or the rules change.

    `cells` holds the cell of every fact in the ruleset, packed; with the
    ruleset it gives back the whole explanation. `segment` is settled or
    provisional as `segment_status` says. What counts is what somebody set by
    hand, else what the rules say: `effective_segment`, how certain that is
    (`effective_status`: settled or none where it was set by hand), and
    `segment_rank`. Points are hundredths, those of the profile `headline`.

    `place` orders accounts, the best first, by what counts: by rank, settled
    before undecided before none before never scored, then by certain points.
    It is a column of its own and never NULL, so that one index serves both
    databases.
    """

    class Status(models.TextChoices):
        SETTLED = "settled", "Settled"
        UNDECIDED = "undecided", "Undecided"
        NONE = "none", "In no segment"

    company = models.OneToOneField(Company, models.CASCADE, primary_key=True, related_name="fit")
    facts_rev = models.BigIntegerField(default=1)
    stale_since = models.DateTimeField(null=True, blank=True)
    scored_facts_rev = models.BigIntegerField(default=0)
    scored_ruleset = models.PositiveIntegerField(default=0, help_text="0: never scored.")
    scored_engine = models.PositiveSmallIntegerField(default=0)
    seen_at = models.DateTimeField(null=True, blank=True)
    review_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    failure = models.TextField(null=True, blank=True)
    failed_ruleset = models.PositiveIntegerField(null=True, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    cells = models.TextField(null=True, blank=True)
    segment = models.CharField(max_length=80, null=True, blank=True)
    segment_status = models.CharField(max_length=10, choices=Status, null=True, blank=True)
    possible = models.TextField(null=True, blank=True, help_text="Segments still possible, by comma, with none.")
    effective_segment = models.CharField(max_length=80, null=True, blank=True)
    effective_status = models.CharField(max_length=10, choices=Status, null=True, blank=True)
    segment_rank = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Of the segment that counts.")
    headline = models.CharField(max_length=80, null=True, blank=True, help_text="The profile whose points these are.")
    points = PointsField(null=True, blank=True)
    low = PointsField(null=True, blank=True)
    high = PointsField(null=True, blank=True)
    band = models.CharField(max_length=80, null=True, blank=True)
    settled_by_any = models.TextField(
        null=True, blank=True, help_text="Facts of which any answer settles the segment, by comma."
    )
    settled_by_some = models.TextField(
        null=True, blank=True, help_text="Facts of which some answer settles the segment, by comma."
    )
    place = models.GeneratedField(expression=PLACE, output_field=models.BigIntegerField(), db_persist=True)

    objects = FitQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["place", "company"], name="fit_best_first"),
            # The list of one segment, the best first, without sorting all of it.
            models.Index(fields=["effective_segment", "place", "company"], name="fit_segment_best_first"),
            models.Index(fields=["effective_segment", "effective_status"], name="fit_by_segment"),
            # What the drain asks for; each costs a fresh result nothing, or next to nothing.
            models.Index(fields=["stale_since", "company"], name="fit_stale", condition=Q(stale_since__isnull=False)),
            models.Index(fields=["review_at"], name="fit_review", condition=Q(review_at__isnull=False)),
            models.Index(fields=["retry_at"], name="fit_retry", condition=Q(retry_at__isnull=False)),
            models.Index(fields=["scored_engine", "scored_ruleset", "company"], name="fit_by_rules"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(low=None) | Q(low__lte=F("high")), name="fit_low_to_high"),
            models.CheckConstraint(
                condition=Q(scored_facts_rev__lte=F("facts_rev")), name="fit_claims_no_unseen_facts"
            ),
            models.CheckConstraint(
                condition=Q(stale_since=None, scored_facts_rev=F("facts_rev"))
                | Q(stale_since__isnull=False, scored_facts_rev__lt=F("facts_rev")),
                name="fit_stale_says_since_when",
            ),
            models.CheckConstraint(
                condition=~Q(segment_status="settled") | Q(segment__isnull=False), name="fit_settled_has_a_segment"
            ),
        ]

    def __str__(self) -> str:
        return self.segment or self.segment_status or "not scored yet"


class ScoredProfile(models.Model):
    """A profile that accounts were ever scored by: its key, kept once."""

    id = models.SmallAutoField(primary_key=True)
    key = models.CharField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.key


class Score(models.Model):
    """What one profile says of one company. Points are hundredths; verdict 0 no, 1 open, 2 yes.

    The constraint's index serves the company; an index on the few profiles would serve nobody.
    """

    class Status(models.IntegerChoices):
        EXACT = 0, "exact"
        OPEN = 1, "open"
        INSUFFICIENT = 2, "insufficient_data"
        DISQUALIFIED = 3, "disqualified"

    class Verdict(models.IntegerChoices):
        NO = 0, "no"
        OPEN = 1, "open"
        YES = 2, "yes"

    company = models.ForeignKey(Company, models.CASCADE, related_name="scores", db_index=False)
    profile = models.ForeignKey(ScoredProfile, models.PROTECT, related_name="scores", db_index=False)
    ruleset = models.PositiveIntegerField()
    verdict = models.PositiveSmallIntegerField(choices=Verdict)
    status = models.PositiveSmallIntegerField(choices=Status)
    points = PointsField(null=True, blank=True)
    low = PointsField(null=True, blank=True)
    high = PointsField(null=True, blank=True)
    band = models.CharField(max_length=80, null=True, blank=True)

    objects = AccountRowQuerySet["Score"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "profile"], name="score_once_a_profile")]

    def __str__(self) -> str:
        return f"{self.profile}: {self.get_verdict_display()}"


def moved(*columns: str) -> Q:
    """Changes with another value of one of these columns after than before, unknown being a value as well."""
    found = Q(pk__in=[])
    for column in columns:
        before, after = f"{column}_before", f"{column}_after"
        found |= Q(**{f"{before}__isnull": True, f"{after}__isnull": False})
        found |= Q(**{f"{before}__isnull": False, f"{after}__isnull": True})
        # Said so that it is never unknown, and can be turned round.
        found |= Q(**{f"{before}__isnull": False, f"{after}__isnull": False}) & ~Q(**{before: F(after)})
    return found


class FitChangeQuerySet(AccountRowQuerySet["FitChange"]):
    def of_kind(self, *kinds: str) -> Self:
        """Only those of these kinds."""
        wanted, others = Q(pk__in=[]), Q()
        for kind, columns in FitChange.MOVES.items():
            if kind in kinds:
                wanted |= others & moved(*columns)
            others &= ~moved(*columns)
        return self.filter(wanted | others if FitChange.Kind.FIT in kinds else wanted)

    def standing(self, when: str, segments: Collection[str], *, none: bool = False) -> Self:
        """Only those in one of these segments, with `none` also those in no segment, `before` or `after`."""
        by_hand = Q(cause=FitChange.Cause.OVERRIDE)
        computed, counts = (
            Q(**{f"{column}_{when}__in": segments}) | (Q(**{f"{column}_{when}": None}) if none else Q(pk__in=[]))
            for column in ("segment", "effective")
        )
        found = self.filter((by_hand & counts) | (~by_hand & computed))
        return found.exclude(cause=FitChange.Cause.FIRST) if when == "before" else found


class FitChange(models.Model):
    """A result that changed: what it was, what it is, and the cells and rulesets that made the difference.

    `segment` and `status` are what the rules say, `effective` is the segment that
    counted. Where nothing but that moved, somebody set it by hand, or that ended.
    """

    class Cause(models.TextChoices):
        FIRST = "first", "First scored"
        FACTS = "facts", "Facts changed"
        RULESET = "ruleset", "Rules changed"
        BOTH = "both", "Facts and rules changed"
        TIME = "time", "Time passed"
        ENGINE = "engine", "Program upgraded"
        OVERRIDE = "override", "Set by hand"

    class Kind(models.TextChoices):
        SEGMENT = "segment", "Segment"
        BAND = "band", "Band"
        FIT = "fit", "Points or rules"

    MOVES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        Kind.SEGMENT.value: ("segment", "status", "effective"),
        Kind.BAND.value: ("band",),
    }
    """What moves in a change of each kind, what matters most first; one in which nothing of it moves is a `fit`."""

    RESULT = ("segment", "status", "low", "high")
    """What of a result people see move: where the account stands, and with how many points."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="fit_changes", db_index=False)
    at = models.DateTimeField()
    cause = models.CharField(max_length=10, choices=Cause)
    ruleset_before = models.PositiveIntegerField(null=True, blank=True)
    ruleset_after = models.PositiveIntegerField()
    cells_before = models.TextField(null=True, blank=True)
    cells_after = models.TextField()
    segment_before = models.CharField(max_length=80, null=True, blank=True)
    segment_after = models.CharField(max_length=80, null=True, blank=True)
    status_before = models.CharField(max_length=10, null=True, blank=True)
    status_after = models.CharField(max_length=10)
    low_before = PointsField(null=True, blank=True)
    low_after = PointsField(null=True, blank=True)
    high_before = PointsField(null=True, blank=True)
    high_after = PointsField(null=True, blank=True)
    band_before = models.CharField(max_length=80, null=True, blank=True)
    band_after = models.CharField(max_length=80, null=True, blank=True)
    effective_before = models.CharField(max_length=80, null=True, blank=True)
    effective_after = models.CharField(max_length=80, null=True, blank=True)

    objects = FitChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["company", "-at"], name="fit_change_of_company"),
            models.Index(fields=["at"], name="fit_change_at"),
        ]

    def __str__(self) -> str:
        return f"{self.segment_before or self.status_before or 'new'} to {self.segment_after or self.status_after}"

    @property
    def kind(self) -> str:
        """What moved most."""
        return next((kind for kind in self.MOVES if self.is_a(kind)), self.Kind.FIT.value)

    def is_a(self, kind: str) -> bool:
        """Whether what changes of this kind tell of moved, whatever else did."""
        columns = self.MOVES.get(kind)
        return columns is None or any(
            getattr(self, f"{column}_before") != getattr(self, f"{column}_after") for column in columns
        )

    def stood(self, when: str) -> str | None:
        """The segment `before` or `after`: the one that counted where it was moved by hand, else what the rules say."""
        column = "effective" if self.cause == self.Cause.OVERRIDE else "segment"
        found: str | None = getattr(self, f"{column}_{when}")
        return found


def beside(segment: str | None, *, computed: str | None, certain: bool) -> str:
    """How a segment set by hand (None: no segment) stands beside what the rules say.

    redundant: they settle on the same. contradicted: on something else. open:
    they do not say for certain.
    """
    if not certain:
        return "open"
    return "redundant" if (segment or None) == (computed or None) else "contradicted"


class Override(models.Model):
    """A segment that a person set, with a reason; it stands beside the computed one until it expires."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="overrides")
    segment = KnownTextField(max_length=80, help_text="Empty: in no segment, whatever the rules say.")
    reason = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_on = models.DateField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = AccountRowQuerySet["Override"].as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["company"], condition=Q(ended_at=None), name="override_one_at_a_time"),
            models.CheckConstraint(condition=~Q(reason=""), name="override_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.segment or 'none'} until {self.expires_on}"

    def state(self, *, on: date, computed: str | None, certain: bool) -> str:
        """ended, expired, redundant, contradicted or active on that day, beside what the rules say."""
        if self.ended_at is not None:
            return "ended"
        if self.expires_on < on:
            return "expired"
        stands = beside(self.segment, computed=computed, certain=certain)
        return "active" if stands == "open" else stands
