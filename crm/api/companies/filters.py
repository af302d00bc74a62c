"""What the list of companies is narrowed by: the same as in the admin."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone
from django_countries import countries
from django_filters import rest_framework as filters

from crm.api.asking import NOBODY, Id, Somebody, YesNo, id_or_nobody
from crm.api.points import PointsFilter
from crm.models import Company
from crm.models.fit import Fit
from crm.names import NotADomain, registrable_domain
from crm.narrowing import companies as narrowing
from crm.narrowing import rules
from personas.api.parameters import WrongParameter, nearest
from personas.models import Ruleset
from personas.rules.document import Document
from personas.rules.parts import BUYING_ROLES

Companies = QuerySet[Company]
UNSCORED, UNKNOWN = "unscored", "unknown"
STATES = ", ".join(rules.STATES)


class CompanyFilter(filters.FilterSet):
    """Companies by how they fit, what is known of them, who is there, and whose they are."""

    segment = filters.CharFilter(method="by_segment", help_text="The segment that counts, by its key.")
    possible_segment = filters.CharFilter(
        method="by_segment", help_text="A segment that it is in or could still turn out to be in."
    )
    segment_status = filters.ChoiceFilter(
        method="by_segment_status",
        choices=[*Fit.Status.choices, (UNSCORED, "Not scored yet")],
        help_text="How certain the segment is: fit.status.",
    )
    band = filters.CharFilter(
        method="by_band",
        help_text="profile:band, such as growth:hot; open, insufficient_data or disqualified in place of a band.",
    )
    points_min = PointsFilter("fit__low", "gte", help_text="At least so many certain points.")
    points_max = PointsFilter("fit__low", "lte", help_text="At most so many certain points.")
    criterion = filters.CharFilter(
        method="by_criterion", help_text="profile:criterion:answer, with met, missed or open; as in growth:size:open."
    )
    missing = filters.CharFilter(method="by_missing", help_text="A fact of which the rules know nothing.")
    settled_by = filters.CharFilter(method="by_settling", help_text="A fact of which some answer settles the segment.")
    persona = filters.CharFilter(method="by_persona", help_text=f"persona:state, with {STATES}.")
    role = filters.CharFilter(method="by_role", help_text=f"Buying role:state, with {STATES}.")
    owner = Somebody(field_name="owner", help_text="The id of a user, me, or nobody.")
    team = filters.CharFilter(method="by_team", help_text="The id of a team, or nobody.")
    lifecycle_stage = filters.ChoiceFilter(
        method="by_word", choices=[*Company.Stage.choices, (UNKNOWN, "Unknown")], help_text="How far it has come."
    )
    country = filters.ChoiceFilter(
        method="by_word", choices=[(UNKNOWN, "Unknown"), *countries], help_text="Two letters, or unknown."
    )
    tag = filters.CharFilter(method="by_tag", help_text="A tag that it has.")
    domain = filters.CharFilter(method="by_domain", help_text="The company with this domain.")
    external_id = filters.CharFilter(method="by_external_id", help_text="system:value.")
    parent = Id(field_name="parent")
    stale = YesNo(method="by_staleness", help_text="Whether the score is older than the facts, the rules or the clock.")
    failing = YesNo(method="by_failing", help_text="Whether it could not be scored.")
    changed_since = filters.IsoDateTimeFilter(method="by_change", help_text="Edited since, or with another result.")
    moved_since = filters.IsoDateTimeFilter(method="by_move", help_text="Another segment or other points since.")

    class Meta:
        model = Company
        fields: Sequence[str] = []

    # The rules

    @property
    def ruleset(self) -> Ruleset | None:
        if not hasattr(self, "_ruleset"):
            self._ruleset = Ruleset.objects.active().first()
        return self._ruleset

    @property
    def document(self) -> Document:
        return self.ruleset.document() if self.ruleset else Document()

    def by_segment(self, found: Companies, name: str, value: str) -> Companies:
        keys = [each.key for each in self.document.ranked()]
        if self.ruleset and value not in keys:
            raise WrongParameter({name: [f"The active rules have no such segment.{nearest(value, keys)}"]})
        if name == "segment":
            return found.filter(fit__effective_segment=value)
        return found.filter(narrowing.possibly_in(value))

    def by_segment_status(self, found: Companies, name: str, value: str) -> Companies:
        return found.filter(fit__segment_status=None if value == UNSCORED else value)

    def by_band(self, found: Companies, name: str, value: str) -> Companies:
        profile, _, band = value.rpartition(":")
        bands = [
            f"{each.key}:{key}"
            for each in self.document.profiles
            for key in (*(band.key for band in each.bands), *narrowing.WITHOUT_BAND)
            if each.bands
        ]
        if value not in bands:
            raise WrongParameter({name: [f"The active rules have no such band.{nearest(value, bands)}"]})
        return found.filter(narrowing.in_band(profile, band))

    def by_criterion(self, found: Companies, name: str, value: str) -> Companies:
        criterion, _, answer = value.rpartition(":")
        criteria = rules.criteria_in(self.document)
        reader = rules.reader_of(self.ruleset, timezone.now().date())
        if reader is None or criterion not in criteria or answer not in rules.ANSWERS:
            known = [f"{each}:{word}" for each in criteria for word in rules.ANSWERS]
            said = f"The active rules have no such criterion.{nearest(value, known) if known else ''}"
            raise WrongParameter({name: [said[:500]]})
        profile, line = criteria[criterion]
        try:
            answered = reader.answered(line.when, profile, rules.ANSWERS[answer])
        except rules.TooManyCombinations:
            said = "This criterion puts too many questions for a list to be narrowed by it."
            raise WrongParameter({name: [said]}) from None
        return found.filter(rules.up_to_date(self.ruleset) & answered)

    def by_missing(self, found: Companies, name: str, value: str) -> Companies:
        reader = rules.reader_of(self.ruleset, timezone.now().date())
        known = list(reader.scorer.cuts) if reader else []
        if reader is None or value not in known:
            raise WrongParameter({name: [f"The active rules read no such fact.{nearest(value, known)}"]})
        return found.filter(rules.up_to_date(self.ruleset) & reader.unknown(value))

    def by_settling(self, found: Companies, name: str, value: str) -> Companies:
        if value not in self.document.vocabulary:
            said = f"The active rules have no such fact.{nearest(value, self.document.vocabulary)}"
            raise WrongParameter({name: [said]})
        return found.filter(narrowing.settled_by(value))

    def by_persona(self, found: Companies, name: str, value: str) -> Companies:
        key, state = self.in_state(name, value, [each.key for each in self.document.personas])
        return found.filter(rules.persona_there(key, state))

    def by_role(self, found: Companies, name: str, value: str) -> Companies:
        role, state = self.in_state(name, value, BUYING_ROLES)
        return found.filter(rules.role_there(self.document, role, state))

    def in_state(self, name: str, value: str, keys: Sequence[str]) -> tuple[str, str]:
        """A key and a state out of key:state; raises WrongParameter."""
        key, _, state = value.rpartition(":")
        if key not in keys or state not in rules.STATES:
            known = [f"{each}:{word}" for each in keys for word in rules.STATES]
            said = f"There is no such {name}, or state of one.{nearest(value, known) if known else ''}"
            raise WrongParameter({name: [said[:500]]})
        return key, state

    # Whose

    def by_team(self, found: Companies, name: str, value: str) -> Companies:
        return found.filter(team=id_or_nobody(name, value, f"the id of a team, or {NOBODY}"))

    # What is known

    def by_word(self, found: Companies, name: str, value: str) -> Companies:
        return found.filter(**{name: None if value == UNKNOWN else value})

    def by_tag(self, found: Companies, name: str, value: str) -> Companies:
        return found.filter(narrowing.tagged("tags", value))

    def by_domain(self, found: Companies, name: str, value: str) -> Companies:
        try:
            domain = registrable_domain(value)
        except NotADomain as error:
            raise WrongParameter({name: [f"{error}."]}) from error
        return found.filter(narrowing.with_domain(domain or ""))

    def by_external_id(self, found: Companies, name: str, value: str) -> Companies:
        system, colon, key = value.partition(":")
        if not (system and colon and key):
            raise WrongParameter({name: ["Write system:value."]})
        return found.filter(external_ids__system=system, external_ids__value=key)

    # When

    def by_staleness(self, found: Companies, name: str, value: bool) -> Companies:
        stale = narrowing.waiting(self.ruleset.number if self.ruleset else 0, timezone.now())
        return found.filter(stale if value else ~stale)

    def by_failing(self, found: Companies, name: str, value: bool) -> Companies:
        failing: Q = narrowing.failing(self.ruleset.number if self.ruleset else 0)
        return found.filter(failing if value else ~failing)

    def by_change(self, found: Companies, name: str, value: datetime) -> Companies:
        return found.filter(narrowing.changed_since(value))

    def by_move(self, found: Companies, name: str, value: datetime) -> Companies:
        return found.filter(narrowing.moved_since(value))
