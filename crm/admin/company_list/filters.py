"""What the list of companies can be narrowed by. None of these looks at all rows to build itself."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django_countries import countries
from unfold.contrib.filters.admin import DropdownFilter

from crm.admin.active import ruleset_of
from crm.models import Company, Fit
from personas.rules.document import Document

Companies = QuerySet[Company]
Choices = Iterable[tuple[str, str]]


def document_of(request: HttpRequest) -> Document:
    """The active rules; empty ones before the first publication."""
    ruleset = ruleset_of(request)
    return ruleset.document() if ruleset else Document()


class SegmentFilter(DropdownFilter):
    """The segment that counts: settled by the rules, or set by hand."""

    title = "segment"
    parameter_name = "segment"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(each.key, each.name) for each in document_of(request).ranked()]

    def queryset(self, request: HttpRequest, queryset: Companies) -> Companies:
        return queryset.filter(fit__effective_segment=self.value()) if self.value() else queryset


class PossibleFilter(DropdownFilter):
    """A segment that an account is in or could still turn out to be in."""

    title = "possible segment"
    parameter_name = "possible"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(each.key, each.name) for each in document_of(request).ranked()]

    def queryset(self, request: HttpRequest, queryset: Companies) -> Companies:
        key = self.value()
        if not key:
            return queryset
        return queryset.filter(
            Q(fit__possible=key)
            | Q(fit__possible__startswith=f"{key},")
            | Q(fit__possible__endswith=f",{key}")
            | Q(fit__possible__contains=f",{key},")
            | Q(fit__segment=key)
        )


class StatusFilter(DropdownFilter):
    """How certain the segment is."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [*Fit.Status.choices, ("unscored", "Not scored yet")]

    def queryset(self, request: HttpRequest, queryset: Companies) -> Companies:
        if self.value() == "unscored":
            return queryset.filter(fit__segment_status=None)
        return queryset.filter(fit__segment_status=self.value()) if self.value() else queryset


class FreshnessFilter(DropdownFilter):
    """Whether the score is up to date, and if not, whether it waits or fails."""

    title = "scoring"
    parameter_name = "scoring"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("waiting", "Waiting"), ("failing", "Failing")]

    def queryset(self, request: HttpRequest, queryset: Companies) -> Companies:
        ruleset = ruleset_of(request)
        number = ruleset.number if ruleset else 0
        if self.value() == "waiting":
            return queryset.filter(fit__in=Fit.objects.stale(number, timezone.now()))
        if self.value() == "failing":
            return queryset.filter(fit__retry_at__isnull=False).filter(
                Q(fit__failed_ruleset=None) | Q(fit__failed_ruleset__gte=number)
            )
        return queryset


class BandFilter(DropdownFilter):
    """The band that a profile's points lie in for certain."""

    title = "band"
    parameter_name = "band"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [
            (f"{profile.key}:{band.key}", f"{profile.name}: {band.key}")
            for profile in document_of(request).profiles
            for band in profile.bands
        ]

    def queryset(self, request: HttpRequest, queryset: Companies) -> Companies:
        profile, _, band = (self.value() or "").rpartition(":")
        return queryset.filter(scores__profile__key=profile, scores__band=band) if band else queryset


class CountryFilter(DropdownFilter):
    """Where the company is."""

    title = "country"
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("unknown", "Unknown"), *((code, name) for code, name in countries)]

    def queryset(self, request: HttpRequest, queryset: Companies) -> Companies:
        if self.value() == "unknown":
            return queryset.filter(country=None)
        return queryset.filter(country=self.value()) if self.value() else queryset


class OwnerFilter(DropdownFilter):
    """Whose account it is."""

    title = "owner"
    parameter_name = "owned"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("me", "Me"), ("nobody", "Nobody"), ("others", "Someone else")]

    def queryset(self, request: HttpRequest, queryset: Companies) -> Companies:
        mine = Q(owner=request.user.pk)
        if self.value() == "me":
            return queryset.filter(mine)
        if self.value() == "nobody":
            return queryset.filter(owner=None)
        return queryset.filter(owner__isnull=False).exclude(mine) if self.value() == "others" else queryset
