"""What every filter of the list has in common: how it is chosen, and how it is said in words."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.contrib.filters.admin import DropdownFilter
from unfold.contrib.filters.forms import DropdownForm
from unfold.widgets import UnfoldAdminSelectWidget

from crm.admin.active import ruleset_of
from crm.models import Company
from personas.rules.document import Document

Companies = QuerySet[Company]
Choices = Iterable[tuple[str, str]]

MOST_VALUE = 300
"""No value of a filter is longer."""


def document_of(request: HttpRequest) -> Document:
    """The active rules; empty ones before the first publication."""
    ruleset = ruleset_of(request)
    return ruleset.document() if ruleset else Document()


class Narrowing(DropdownFilter, ABC):
    """A filter with one value. One that makes no sense finds nothing, and the page says why (`problem`)."""

    problem = ""
    request: HttpRequest

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        self.request = request
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return self.offered(request)

    def has_output(self) -> bool:
        """Shown even while there is nothing to choose: a chosen value must be seen."""
        return len(self.lookup_choices) > 0 or self.value() is not None

    def queryset(self, request: HttpRequest, queryset: Companies) -> Companies:
        value = self.value()
        if not value:
            return queryset
        found = None if len(value) > MOST_VALUE or "\0" in value else self.narrowed(request, queryset, value)
        if found is None:
            self.problem = self.problem or f"there is no such {self.title}"
            return queryset.none()
        return found

    def words(self) -> str:
        """The chosen value as people say it."""
        value = self.value() or ""
        return dict(self.offered(self.request)).get(value, value[:60])

    def offered(self, request: HttpRequest) -> Choices:
        """The values to choose from, with their names."""
        return ()

    @abstractmethod
    def narrowed(self, request: HttpRequest, queryset: Companies, value: str) -> Companies | None:
        """The companies that `value` leaves; None where it makes no sense."""


class LookupForm(DropdownForm):
    """A select that looks its choices up as one types; it holds the chosen one only."""

    def __init__(self, name: str, label: str, choices: Any, *args: Any, **kwargs: Any) -> None:
        self.widget = UnfoldAdminSelectWidget(attrs=lookup_attributes(name))
        super().__init__(name, label, choices, *args, **kwargs)


def lookup_attributes(name: str) -> dict[str, str]:
    """What makes a select look up the choices that go by this name."""
    return {
        "class": "unfold-filter-autocomplete admin-autocomplete",
        "data-theme": "admin-autocomplete",
        "data-ajax--url": reverse("admin:crm_company_choices", args=[name]),
        "data-ajax--delay": "150",
        "data-allow-clear": "true",
        "data-placeholder": "All",
    }


class LookupNarrowing(Narrowing):
    """A filter with many values: they are looked up as one types."""

    form_class = LookupForm

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return ()

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        value = self.value()
        chosen = [(value, self.words())] if value else []
        yield {
            "form": self.form_class(
                label=f"By {self.title}",
                name=self.parameter_name or "",
                choices=[("", ""), *chosen],
                data={self.parameter_name: value},
            )
        }

    @classmethod
    @abstractmethod
    def found(cls, request: HttpRequest, term: str) -> Choices:
        """The choices that go with what was typed; more of them than a page shows need not be given."""


class OfferedLookup(LookupNarrowing):
    """Looks up among choices that are all at hand."""

    @classmethod
    @abstractmethod
    def all_offered(cls, request: HttpRequest) -> Choices:
        """Every choice there is."""

    def offered(self, request: HttpRequest) -> Choices:
        return self.all_offered(request)

    @classmethod
    def found(cls, request: HttpRequest, term: str) -> Choices:
        typed = term.casefold().split()
        return ((key, name) for key, name in cls.all_offered(request) if all(each in name.casefold() for each in typed))
