"""What the list can be narrowed by that the active rules speak of: criteria, facts, personas."""

from collections.abc import Mapping

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from crm.admin.active import ruleset_of
from crm.admin.scoped import once
from crm.buying_group import MISSING, PRESENT, UNKNOWN
from crm.models import Fit
from crm.models.fit import ENGINE
from crm.narrowing import companies, rules
from crm.narrowing.rules import ANSWERS, criteria_in, lines_of
from crm.scoring.answers import Reader, TooManyCombinations
from personas.rules.document import Line, Profile

from .narrowing import Choices, Companies, Narrowing, OfferedLookup, document_of

ANY_FACT = "*"
"""In the place of a fact: whichever it is."""


def reader_of(request: HttpRequest) -> Reader | None:
    """What reads the cells of the active rules; None before the first publication."""
    return rules.reader_of(ruleset_of(request), timezone.now().date())


def up_to_date(request: HttpRequest) -> Q:
    """The accounts whose cells the active rules have made."""
    return rules.up_to_date(ruleset_of(request))


def others_waiting(request: HttpRequest) -> bool:
    """Whether some account was not scored by the active rules yet, and is left out where these rules are asked."""
    ruleset = ruleset_of(request)
    if ruleset is None:
        return False
    older = Q(scored_engine__lt=ENGINE) | Q(scored_engine=ENGINE, scored_ruleset__lt=ruleset.number)
    return bool(once(request, ("others waiting",), lambda: Fit.objects.filter(older).order_by().exists()))


def criteria_of(request: HttpRequest) -> Mapping[str, tuple[Profile, Line]]:
    """Every criterion of the active rules by profile and what it goes by."""
    found: Mapping[str, tuple[Profile, Line]] = once(request, ("criteria",), lambda: criteria_in(document_of(request)))
    return found


class CriterionFilter(OfferedLookup):
    """Accounts that meet a criterion, miss it, or may do either."""

    title = "criterion"
    parameter_name = "criterion"

    @classmethod
    def all_offered(cls, request: HttpRequest) -> Choices:
        for profile in document_of(request).profiles:
            for name, line in lines_of(profile):
                for answer in ANSWERS:
                    yield f"{profile.key}:{name}:{answer}", f"{profile.name}: {line.label or line.key}, {answer}"

    def narrowed(self, request: HttpRequest, queryset: Companies, value: str) -> Companies | None:
        name, _, answer = value.rpartition(":")
        found = criteria_of(request).get(name)
        reader = reader_of(request)
        if found is None or reader is None or answer not in ANSWERS:
            self.problem = "the active rules have no such criterion"
            return None
        profile, line = found
        try:
            answered = reader.answered(line.when, profile, ANSWERS[answer])
        except TooManyCombinations:
            self.problem = "this criterion puts too many questions for a list to be narrowed by it"
            return None
        return queryset.filter(up_to_date(request) & answered)

    def words(self) -> str:
        value = self.value() or ""
        name, _, answer = value.rpartition(":")
        found = criteria_of(self.request).get(name)
        return f"{found[0].name}: {found[1].label or found[1].key}, {answer}" if found else value[:60]


class FactLookup(OfferedLookup):
    """Looks up a fact that the active rules read."""

    @classmethod
    def all_offered(cls, request: HttpRequest) -> Choices:
        reader = reader_of(request)
        facts = reader.scorer.facts() if reader else ()
        return sorted(((fact.key, fact.label) for fact in facts), key=lambda each: each[1])


class MissingFilter(FactLookup):
    """Accounts of which nothing is known about a fact that the rules read."""

    title = "missing fact"
    parameter_name = "missing"

    def narrowed(self, request: HttpRequest, queryset: Companies, value: str) -> Companies | None:
        reader = reader_of(request)
        if reader is None or value not in reader.scorer.cuts:
            self.problem = "the active rules read no such fact"
            return None
        return queryset.filter(up_to_date(request) & reader.unknown(value))


class SettleFilter(FactLookup):
    """Undecided accounts whose segment some answer about this fact settles; or by how many facts would settle it."""

    title = "fact that settles"
    parameter_name = "settle"

    HOW = {"any": "whatever the answer", "some": "some answers"}
    SOMEHOW = {"any": "one fact, whatever the answer", "some": "one fact, some answers", "several": "several facts"}

    def narrowed(self, request: HttpRequest, queryset: Companies, value: str) -> Companies | None:
        fact, _, how = value.partition(":")
        if fact == ANY_FACT and how in self.SOMEHOW:
            return queryset.filter(companies.settled_somehow(how))
        if fact not in document_of(request).vocabulary or (how and how not in self.HOW):
            self.problem = "the active rules read no such fact"
            return None
        return queryset.filter(companies.settled_by(fact, how))

    def words(self) -> str:
        fact, _, how = (self.value() or "").partition(":")
        if fact == ANY_FACT:
            return self.SOMEHOW.get(how, how[:60])
        label = dict(self.offered(self.request)).get(fact, fact[:60])
        return f"{label}, {self.HOW.get(how, how[:60])}" if how else label


class BestFilter(Narrowing):
    """The best segment that an account could be in, as the worklist says it."""

    title = "best possible segment"
    parameter_name = "best"

    def offered(self, request: HttpRequest) -> Choices:
        return [*((each.key, each.name) for each in document_of(request).ranked()), ("none", "In no segment")]

    def narrowed(self, request: HttpRequest, queryset: Companies, value: str) -> Companies | None:
        ranked = [each.key for each in document_of(request).ranked()]
        if value not in (*ranked, "none"):
            return None
        return queryset.filter(companies.best_possible(value, ranked))


class PersonaFilter(OfferedLookup):
    """Accounts where a persona is among the people we know, is missing, or is not known to be either.

    Missing is said only where people were researched, and it is known of each who they are (crm.buying_group).
    """

    title = "persona"
    parameter_name = "persona"
    STATES = {MISSING: "missing", PRESENT: "present", UNKNOWN: "not known"}

    @classmethod
    def all_offered(cls, request: HttpRequest) -> Choices:
        for persona in document_of(request).personas:
            for state, word in cls.STATES.items():
                yield f"{persona.key}:{state}", f"{persona.name or persona.key} {word}"

    def narrowed(self, request: HttpRequest, queryset: Companies, value: str) -> Companies | None:
        key, _, state = value.rpartition(":")
        if state not in self.STATES or key not in {each.key for each in document_of(request).personas}:
            self.problem = "the active rules have no such persona"
            return None
        return queryset.filter(rules.persona_there(key, state))
