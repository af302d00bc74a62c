"""What an address may say of a call, and lists narrowed by it, which is declared in the FilterSet of the view."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from django_filters.utils import translate_validation
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from .parameters import WrongParameter, refuse_unknown
from .sparse import PARAMETER, check

SEARCH = "search"


class Narrowed(DjangoFilterBackend):
    """Narrows a list as its FilterSet says, after refusing whatever the view does not know."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        require_known(request, view)
        if is_of_one(view):
            return queryset
        filterset = self.get_filterset(request, queryset, view)
        if filterset is not None:
            if not filterset.is_valid():
                raise WrongParameter(translate_validation(filterset.errors).detail)
            queryset = filterset.qs
        text = request.query_params.get(SEARCH, "").strip()
        return view.search(queryset, text) if text and hasattr(view, "search") else queryset


def require_known(request: Request, view: Any) -> None:
    """Raises WrongParameter for what the address says that this call does not know, or for a field that there is not.

    Lists and writing calls are asked for it by themselves; any other door that answers a call asks here.
    """
    known = parameters_of(request, view)
    refuse_unknown(request, known)
    if PARAMETER in known:
        check(request, view)


def parameters_of(request: Request, view: Any) -> Sequence[str]:
    """What may stand behind the question mark: what the view names in `takes`, or what lists and records have."""
    takes: Sequence[str] | None = getattr(view, "takes", None)
    if takes is not None:
        return takes
    if not hasattr(view, "get_serializer_class"):
        return ()
    if request.method not in SAFE_METHODS or is_of_one(view):
        return (PARAMETER,)
    filterset = getattr(view, "filterset_class", None)
    names = list(filterset.base_filters) if filterset is not None else []
    paging = getattr(view.paginator, "parameters", ())
    return (*names, *paging, PARAMETER, *([SEARCH] if hasattr(view, "search") else []))


def is_of_one(view: Any) -> bool:
    """Whether the view answers with one record."""
    return (view.lookup_url_kwarg or view.lookup_field) in view.kwargs
