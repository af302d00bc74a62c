"""What the list can be narrowed by that the active rules speak of: criteria, facts, personas."""

from collections.abc import Iterator, Mapping

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.utils import timezone

from crm.admin.active import ruleset_of
from crm.admin.scoped import once
from crm.buying_group import MISSING, PRESENT, UNKNOWN
from crm.models import Contact, Fit
from crm.models.fit import ENGINE
from crm.scoring.answers import Reader, TooManyCombinations, current, reader_for
from crm.scoring.drain import scorer_for
from personas.rules.document import Document, Line, Profile
from personas.rules.truth import NO, OPEN, YES

from .filters import with_member
from .narrowing import Choices, Companies, OfferedLookup, document_of

CELLS = "fit__cells"
ANSWERS = {"met": YES, "missed": NO, "open": OPEN}


def reader_of(request: HttpRequest) -> Reader | None:
    """What reads the cells of the active rules; None before the first publication."""
    ruleset = ruleset_of(request)
    return reader_for(scorer_for(ruleset, timezone.now().date()), CELLS) if ruleset else None


def up_to_date(request: HttpRequest) -> Q:
    """The accounts whose cells the active rules have made."""
    ruleset = ruleset_of(request)
    return current(ruleset, "fit__") if ruleset else Q(pk__in=[])


def others_waiting(request: HttpRequest) -> bool:
    """Whether some account was not scored by the active rules yet, and is left out where these rules are asked."""
    ruleset = ruleset_of(request)
    if ruleset is None:
        return False
    older = Q(scored_engine__lt=ENGINE) | Q(scored_engine=ENGINE, scored_ruleset__lt=ruleset.number)
    return bool(once(request, ("others waiting",), lambda: Fit.objects.filter(older).order_by().exists()))


def lines_of(profile: Profile) -> Iterator[tuple[str, Line]]:
    """Every criterion of a profile with what it goes by: kind and key, and the component of a row."""
    for kind, lines in (("disqualify", profile.disqualify), ("must", profile.must)):
        for line in lines:
            yield f"{kind}:{line.key}", line
    for component in profile.components:
        for line in component.rows:
            yield f"points:{component.key}.{line.key}", line
    for kind, lines in (("bonus", profile.bonus), ("flag", profile.flags)):
        for line in lines:
            yield f"{kind}:{line.key}", line


def criteria_of(request: HttpRequest) -> Mapping[str, tuple[Profile, Line]]:
    """Every criterion of the active rules by profile and what it goes by."""
    found: Mapping[str, tuple[Profile, Line]] = once(request, ("criteria",), lambda: criteria_in(document_of(request)))
    return found


def criteria_in(document: Document) -> Mapping[str, tuple[Profile, Line]]:
    """Every criterion of a document; by its bare key as well, the first where several share it."""
    found: dict[str, tuple[Profile, Line]] = {}
    short: dict[str, tuple[Profile, Line]] = {}
    for profile in document.profiles:
        for name, line in lines_of(profile):
            found[f"{profile.key}:{name}"] = (profile, line)
            kind = name.partition(":")[0]
            short.setdefault(f"{profile.key}:{kind}:{line.key}", (profile, line))
            short.setdefault(f"{profile.key}:{line.key}", (profile, line))
    return short | found


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
    """Undecided accounts whose segment some answer about this fact settles."""

    title = "fact that settles"
    parameter_name = "settle"

    def narrowed(self, request: HttpRequest, queryset: Companies, value: str) -> Companies | None:
        if value not in document_of(request).vocabulary:
            self.problem = "the active rules read no such fact"
            return None
        return queryset.filter(with_member("fit__settled_by_any", value) | with_member("fit__settled_by_some", value))


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
        people = Contact.objects.filter(company=OuterRef("pk")).order_by()
        there = Exists(people.filter(stands_for(key)))
        if state == PRESENT:
            return queryset.filter(there)
        unclear = Exists(people.filter(unclear_who()))
        if state == MISSING:
            return queryset.filter(~there, ~unclear, people_researched_on__isnull=False)
        return queryset.filter(~there, Q(people_researched_on=None) | unclear)


def stands_for(persona: str) -> Q:
    """People who are this persona for certain: a person said so, or their title has one meaning only."""
    return Q(persona=persona) | Q(persona=None, title__result="match", title__personas__persona=persona)


def unclear_who() -> Q:
    """People of whom it is not known who they are: without a title that was read, or with several meanings."""
    results = ("ambiguous", "unknown")
    return Q(persona=None) & (Q(title=None) | Q(title__result=None) | Q(title__result__in=results))


def may_stand_for(persona: str) -> Q:
    """People whose title has several meanings, this persona among them."""
    return Q(persona=None, title__result="ambiguous", title__personas__persona=persona)
