"""What the list of companies can be narrowed by. None of these looks at all rows to build itself."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django_countries import countries
from unfold.contrib.filters.forms import RangeNumericForm

from crm.admin.active import ruleset_of
from crm.admin.scoped import choices_for, once
from crm.models import Company, Fit, Rollout, Term
from crm.models.visibility import sees_all, teams_of
from crm.narrowing import companies, effects

from .narrowing import Choices, Companies, LookupNarrowing, Narrowing, OfferedLookup, document_of

FOUND = 20
"""Choices that are looked up at once."""

HUNDREDTHS = 100
MOST_POINTS = 1_000_000
MOST_PLACES = 30
MOST_DAYS = 3_650
MOST_DIGITS = 9


class SegmentFilter(Narrowing):
    """The segment that counts: settled by the rules, or set by hand."""

    title = "segment"
    parameter_name = "segment"

    def offered(self, request: HttpRequest) -> Choices:
        return [(each.key, each.name) for each in document_of(request).ranked()]

    def narrowed(self, request: HttpRequest, queryset: Companies, value: str) -> Companies | None:
        return queryset.filter(fit__effective_segment=value)


class PossibleFilter(Narrowing):
    """A segment that an account is in or could still turn out to be in."""

    title = "possible segment"
    parameter_name = "possible"

    def offered(self, request: HttpRequest) -> Choices:
        return [(each.key, each.name) for each in document_of(request).ranked()]

    def narrowed(self, request: HttpRequest, queryset: Companies, value: str) -> Companies | None:
        return queryset.filter(companies.possibly_in(value))


class StatusFilter(Narrowing):
    """How certain the segment that counts is: what somebody set by hand is."""

    title = "status"
    parameter_name = "status"

    def offered(self, request: HttpRequest) -> Choices:
        return [*Fit.Status.choices, ("unscored", "Not scored yet")]

    def narrowed(self, request: HttpRequest, queryset: Companies, value: str) -> Companies | None:
        if value == "unscored":
            return queryset.filter(fit__effective_status=None)
        return queryset.filter(fit__effective_status=value) if value in Fit.Status.values else None


class ByRulesFilter(Narrowing):
    """The segment that the rules give for certain, or why they give none, whatever somebody set by hand."""

    title = "segment by the rules"
    parameter_name = "by_rules"
    WITHOUT = (("undecided", "Undecided"), ("none", "In no segment"))

    def offered(self, request: HttpRequest) -> Choices:
        return [*((each.key, each.name) for each in document_of(request).ranked()), *self.WITHOUT]

    def narrowed(self, request: HttpRequest, queryset: Companies, value: str) -> Companies | None:
        if value in dict(self.WITHOUT):
            return queryset.filter(fit__segment_status=value)
        return queryset.filter(fit__segment_status="settled", fit__segment=value)


class FreshnessFilter(Narrowing):
    """Whether the score is up to date, and if not, whether it waits or fails."""

    title = "scoring"
    parameter_name = "scoring"

    def offered(self, request: HttpRequest) -> Choices:
        return [("waiting", "Waiting"), ("failing", "Failing")]

    def narrowed(self, request: HttpRequest, queryset: Companies, value: str) -> Companies | None:
        ruleset = ruleset_of(request)
        number = ruleset.number if ruleset else 0
        if value == "waiting":
            return queryset.filter(companies.waiting(number, timezone.now()))
        if value == "failing":
            return queryset.filter(companies.failing(number))
        return None


class BandFilter(Narrowing):
    """The band that a profile's points lie in for certain; or why they lie in none, as the dashboard counts it."""

    title = "band"
    parameter_name = "band"

    def offered(self, request: HttpRequest) -> Choices:
        return [
            (f"{profile.key}:{band.key}", f"{profile.name}: {band.key}")
            for profile in document_of(request).profiles
            for band in profile.bands
        ] + [
            (f"{profile.key}:{key}", f"{profile.name}: {key.replace('_', ' ')}")
            for profile in document_of(request).profiles
            if profile.bands
            for key in companies.WITHOUT_BAND
        ]

    def narrowed(self, request: HttpRequest, queryset: Companies, value: str) -> Companies | None:
        profile, _, band = value.rpartition(":")
        if not profile or not band:
            return None
        return queryset.filter(companies.in_band(profile, band))


class PointsFilter(admin.ListFilter):
    """The points that are certain: those that the list sorts by and the full part of the bar shows."""

    title = "certain points"
    template = "unfold/filters/filters_numeric_range.html"
    parameter_name = "points"
    problem = ""
    ENDS = ("points_from", "points_to")

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.ENDS:
            value = params.pop(name, "")
            value = value[-1] if isinstance(value, list) else value
            if value:
                self.used_parameters[name] = value

    def expected_parameters(self) -> list[str | None]:
        return list(self.ENDS)

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Iterator[Any]:
        data = {name: self.used_parameters.get(name) for name in self.ENDS}
        yield {"form": RangeNumericForm(name=self.parameter_name, data=data)}

    def end(self, name: str) -> int | None:
        """One end in hundredths; None where it is left open. Raises ValueError for what is no number."""
        said = self.used_parameters.get(name)
        if not said:
            return None
        try:
            number = Decimal(str(said).strip())
        except InvalidOperation as error:
            raise ValueError(said) from error
        # Numbers with very many digits cannot even be compared.
        if not number.is_finite() or number.adjusted() > MOST_PLACES or abs(number) > MOST_POINTS:
            raise ValueError(said)
        return int(number * HUNDREDTHS)

    def queryset(self, request: HttpRequest, queryset: Companies) -> Companies:
        try:
            low, high = self.end("points_from"), self.end("points_to")
        except ValueError:
            self.problem = "points are a number"
            return queryset.none()
        if low is not None:
            queryset = queryset.filter(fit__low__gte=low)
        return queryset if high is None else queryset.filter(fit__low__lte=high)

    def words(self) -> str:
        low, high = (self.used_parameters.get(name) for name in self.ENDS)
        if low and high:
            return f"{low} to {high}"
        return f"at least {low}" if low else f"at most {high}"


class OwnerFilter(LookupNarrowing):
    """Whose account it is: me, a team of mine, nobody, someone else, or a colleague by id."""

    title = "owner"
    parameter_name = "owned"
    FIXED = (("me", "Me"), ("team", "My team"), ("nobody", "Nobody"), ("others", "Someone else"))

    @classmethod
    def found(cls, request: HttpRequest, term: str) -> Choices:
        fixed = [(key, name) for key, name in cls.FIXED if term.casefold() in name.casefold()]
        people = colleagues(request).exclude(pk=request.user.pk or 0)
        for word in term.split():
            people = people.filter(
                Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(username__icontains=word)
            )
        return [*fixed, *((str(each.pk), name_of(each)) for each in people.order_by("first_name", "username")[:FOUND])]

    def narrowed(self, request: HttpRequest, queryset: Companies, value: str) -> Companies | None:
        mine = Q(owner=request.user.pk)
        if value == "me":
            return queryset.filter(mine)
        if value == "team":
            return queryset.filter(team__in=teams_of(request.user) if isinstance(request.user, User) else [])
        if value == "nobody":
            return queryset.filter(owner=None)
        if value == "others":
            return queryset.filter(owner__isnull=False).exclude(mine)
        owner = colleague(request, value)
        return queryset.filter(owner=owner.pk) if owner else None

    def words(self) -> str:
        value = self.value() or ""
        owner = None if value in dict(self.FIXED) else colleague(self.request, value)
        return name_of(owner) if owner else dict(self.FIXED).get(value, value[:60])


def colleagues(request: HttpRequest) -> QuerySet[User]:
    """Whom this person may give an account to, themselves included."""
    limited = choices_for(Company._meta.get_field("owner"), request)
    people: QuerySet[User] = User.objects.filter(is_active=True, is_staff=True) if limited is None else limited
    return people


def colleague(request: HttpRequest, value: str) -> User | None:
    """The colleague with this id; None where there is none for this person."""
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        return None
    people = User.objects.all() if sees_all(request.user) else colleagues(request)
    found: User | None = once(request, ("colleague", value), lambda: people.filter(pk=int(value)).first())
    return found


def name_of(user: User) -> str:
    return user.get_full_name() or user.get_username()


class StageFilter(Narrowing):
    """How far the account has come."""

    title = "stage"
    parameter_name = "stage"

    def offered(self, request: HttpRequest) -> Choices:
        return [*Company.Stage.choices, ("unknown", "Unknown")]

    def narrowed(self, request: HttpRequest, queryset: Companies, value: str) -> Companies | None:
        if value == "unknown":
            return queryset.filter(lifecycle_stage=None)
        return queryset.filter(lifecycle_stage=value) if value in Company.Stage.values else None


class CountryFilter(OfferedLookup):
    """Where the company is."""

    title = "country"
    parameter_name = "country"

    @classmethod
    def all_offered(cls, request: HttpRequest) -> Choices:
        return [("unknown", "Unknown"), *((code, name) for code, name in countries)]

    def narrowed(self, request: HttpRequest, queryset: Companies, value: str) -> Companies | None:
        if value == "unknown":
            return queryset.filter(country=None)
        return queryset.filter(country=value) if value in countries.countries else None


class TagFilter(LookupNarrowing):
    """A tag that the account has."""

    title = "tag"
    parameter_name = "tag"
    VOCABULARY = "tags"

    @classmethod
    def found(cls, request: HttpRequest, term: str) -> Choices:
        tags = Term.objects.filter(vocabulary=cls.VOCABULARY, name__icontains=term.strip())
        return [(name, name) for name in tags.order_by("name").values_list("name", flat=True)[:FOUND]]

    def narrowed(self, request: HttpRequest, queryset: Companies, value: str) -> Companies | None:
        return queryset.filter(companies.tagged(self.VOCABULARY, value))


class ByRulesetFilter(Narrowing):
    """Accounts that a published ruleset moved, once it is known: to another segment or band, or in points alone."""

    title = "effect of a ruleset"
    parameter_name = "by_ruleset"
    KINDS = {"segment": "segment", "band": "band alone", "points": "points or certainty alone"}
    PLACES = {"none": "In no segment", "undecided": "Undecided", "unscored": "Not scored yet"}

    def narrowed(self, request: HttpRequest, queryset: Companies, value: str) -> Companies | None:
        number, _, what = value.partition(":")
        known = number.isascii() and number.isdigit() and len(number) <= MOST_DIGITS
        rollout = Rollout.objects.filter(ruleset=int(number)).first() if known else None
        if rollout is None or rollout.effect is None:
            self.problem = "the effect of this ruleset is not known"
            return None
        moved = effects.moved_by(rollout, what)
        return None if moved is None else queryset.filter(moved)

    def words(self) -> str:
        number, _, what = (self.value() or "").partition(":")
        before, _, after = what.partition(":")
        names = {each.key: each.name for each in document_of(self.request).profiles} | self.PLACES
        went = f"{names.get(before, before)} to {names.get(after, after)}" if after else self.KINDS.get(what, what)
        return f"ruleset {number[:MOST_DIGITS]}, {went}"[:100]


class MovedFilter(Narrowing):
    """Accounts whose segment or points changed in the last days, other than by being scored for the first time."""

    title = "change"
    parameter_name = "moved"

    def offered(self, request: HttpRequest) -> Choices:
        return [("1", "In the last day"), ("7", "In the last 7 days"), ("30", "In the last 30 days")]

    def narrowed(self, request: HttpRequest, queryset: Companies, value: str) -> Companies | None:
        if not value.isascii() or not value.isdigit() or not 0 < int(value) <= MOST_DAYS:
            return None
        since = timezone.now() - timedelta(days=int(value))
        return queryset.filter(companies.moved_since(since))

    def words(self) -> str:
        value = self.value() or ""
        return "in the last day" if value == "1" else f"in the last {value[:10]} days"
