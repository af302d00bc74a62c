"""What the list of contacts can be narrowed by."""

from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.contrib.filters.forms import DropdownForm
from unfold.widgets import UnfoldAdminSelectWidget

from crm.admin.company_list import filters
from crm.admin.company_list.narrowing import Choices, LookupNarrowing, Narrowing, document_of, lookup_attributes
from crm.admin.scoped import once
from crm.admin.working.people import role_name
from crm.models import Contact, JobTitle
from crm.narrowing.rules import has_role, is_or_may_be
from personas.rules.parts import BUYING_ROLES

FOUND = 20
"""Titles that are looked up at once."""

People = QuerySet[Any]


class PersonaFilter(Narrowing):
    """Who somebody stands for: for certain, or as one of several."""

    title = "persona"
    parameter_name = "persona"

    def offered(self, request: HttpRequest) -> Choices:
        return [(each.key, each.name or each.key) for each in document_of(request).personas]

    def narrowed(self, request: HttpRequest, queryset: People, value: str) -> People | None:
        return queryset.filter(is_or_may_be(value))


class MatchFilter(Narrowing):
    """What came of matching the job title, where no person decided."""

    title = "title match"
    parameter_name = "match"

    def offered(self, request: HttpRequest) -> Choices:
        return [*JobTitle.Result.choices, ("untitled", "No title"), ("decided", "Decided by a person")]

    def narrowed(self, request: HttpRequest, queryset: People, value: str) -> People | None:
        if value == "decided":
            return queryset.filter(persona__isnull=False)
        if value == "untitled":
            return queryset.filter(title=None)
        if value not in JobTitle.Result.values:
            return None
        titles = JobTitle.objects.filter(result=value).order_by()
        return queryset.filter(persona=None, title__in=titles.values("pk"))


class RoleFilter(Narrowing):
    """A buying role that somebody has: as a person decided, else as their persona for certain has it."""

    title = "buying role"
    parameter_name = "role"

    def offered(self, request: HttpRequest) -> Choices:
        return [(each, role_name(each)) for each in BUYING_ROLES]

    def narrowed(self, request: HttpRequest, queryset: People, value: str) -> People | None:
        if value not in BUYING_ROLES:
            return None
        return queryset.filter(has_role(document_of(request), value))


class SegmentFilter(filters.SegmentFilter):
    """The segment of somebody's company."""

    def narrowed(self, request: HttpRequest, queryset: People, value: str) -> People | None:
        return queryset.filter(company__fit__effective_segment=value)


class PointsFilter(filters.PointsFilter):
    """The points that are certain, of the contact."""


class CertaintyFilter(Narrowing):
    """How certain the points of somebody are."""

    title = "certainty"
    parameter_name = "certainty"

    def offered(self, request: HttpRequest) -> Choices:
        return [("certain", "Certain"), ("open", "An interval"), ("out", "Ruled out"), ("none", "Not scored")]

    def narrowed(self, request: HttpRequest, queryset: People, value: str) -> People | None:
        ruled_out = Q(fit__profile=None) | Q(fit__status="disqualified")
        match value:
            case "certain":
                return queryset.filter(~ruled_out, fit__low=F("fit__high"))
            case "open":
                return queryset.filter(~ruled_out, fit__low__lt=F("fit__high"))
            case "out":
                return queryset.filter(ruled_out, fit__isnull=False)
            case "none":
                return queryset.filter(fit=None)
            case _:
                return None


class ChampionFilter(Narrowing):
    """Whether somebody speaks for us."""

    title = "champion"
    parameter_name = "champion"
    ANSWERS = {"yes": Q(is_champion=True), "no": Q(is_champion=False), "unknown": Q(is_champion=None)}

    def offered(self, request: HttpRequest) -> Choices:
        return [("yes", "Speaks for us"), ("no", "Does not"), ("unknown", "Not known")]

    def narrowed(self, request: HttpRequest, queryset: People, value: str) -> People | None:
        answer = self.ANSWERS.get(value)
        return None if answer is None else queryset.filter(answer)


class WhoseFilter(Narrowing):
    """Who works with somebody: the owner of the account, or of the contact where there is no account."""

    title = "owner"
    parameter_name = "whose"

    def offered(self, request: HttpRequest) -> Choices:
        return [("me", "Me"), ("nobody", "Nobody")]

    def narrowed(self, request: HttpRequest, queryset: People, value: str) -> People | None:
        if value not in ("me", "nobody"):
            return None
        owner = request.user.pk if value == "me" else None
        return queryset.filter(Q(company__isnull=False, company__owner=owner) | Q(company=None, owner=owner))


class ConsentFilter(Narrowing):
    """Whether somebody may be written to."""

    title = "consent"
    parameter_name = "consent"

    def offered(self, request: HttpRequest) -> Choices:
        return [*Contact.Consent.choices, ("unknown", "Not known")]

    def narrowed(self, request: HttpRequest, queryset: People, value: str) -> People | None:
        if value == "unknown":
            return queryset.filter(consent=None)
        return queryset.filter(consent=value) if value in Contact.Consent.values else None


class TitleForm(DropdownForm):
    """A select that looks job titles up as one types."""

    def __init__(self, name: str, label: str, choices: Any, *args: Any, **kwargs: Any) -> None:
        found = {"data-ajax--url": reverse("admin:crm_contact_choices", args=["title"])}
        self.widget = UnfoldAdminSelectWidget(attrs=lookup_attributes("title") | found)
        super().__init__(name, label, choices, *args, **kwargs)


class TitleFilter(LookupNarrowing):
    """The job title, word for word."""

    title = "job title"
    parameter_name = "title__id__exact"
    form_class = TitleForm

    @classmethod
    def found(cls, request: HttpRequest, term: str) -> Choices:
        titles = JobTitle.objects.filter(text__icontains=term.strip()).order_by(
            F("contact_count").desc(nulls_last=True)
        )
        return [(str(pk), text) for pk, text in titles.values_list("pk", "text")[:FOUND]]

    def narrowed(self, request: HttpRequest, queryset: People, value: str) -> People | None:
        title = self.chosen(request, value)
        return queryset.filter(title=title.pk) if title else None

    def words(self) -> str:
        value = self.value() or ""
        title = self.chosen(self.request, value)
        return title.text if title else value[:60]

    def chosen(self, request: HttpRequest, value: str) -> JobTitle | None:
        """The title with this id; None where there is none."""
        if not value.isascii() or not value.isdecimal() or len(value) > 18:
            return None
        found: JobTitle | None = once(request, ("title", value), lambda: JobTitle.objects.filter(pk=int(value)).first())
        return found
