"""Lists narrowed by what the address says, which is declared in the FilterSet of the view."""

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from django_filters.utils import translate_validation
from rest_framework.request import Request

from .parameters import WrongParameter, refuse_unknown
from .sparse import PARAMETER, check

SEARCH = "search"


class Narrowed(DjangoFilterBackend):
    """Narrows a list as its FilterSet says, after refusing whatever the view does not know."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        if is_of_one(view):
            refuse_unknown(request, [PARAMETER])
            check(request, view)
            return queryset
        filterset = self.get_filterset(request, queryset, view)
        names = list(filterset.filters) if filterset is not None else []
        paging = getattr(view.paginator, "parameters", ())
        refuse_unknown(request, [*names, *paging, PARAMETER, *([SEARCH] if hasattr(view, "search") else [])])
        check(request, view)
        if filterset is not None:
            if not filterset.is_valid():
                raise WrongParameter(translate_validation(filterset.errors).detail)
            queryset = filterset.qs
        text = request.query_params.get(SEARCH, "").strip()
        return view.search(queryset, text) if text and hasattr(view, "search") else queryset


def is_of_one(view: Any) -> bool:
    """Whether the view answers with one record."""
    return (view.lookup_url_kwarg or view.lookup_field) in view.kwargs
