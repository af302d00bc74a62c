"""Lists a page at a time, by where the page before ended: as quick at the end of a million rows as at the start."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core import signing
from django.db.models import F, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.utils.dateparse import parse_date, parse_datetime
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from .parameters import WrongParameter, nearest

PAGE, MOST = 50, 500
SALT = "api.cursor"
NOT_A_CURSOR = "This is no cursor of this list: take it from `next` or `previous` of a page, with the same ordering."


@dataclass(frozen=True)
class Order:
    """Columns that a list is sorted by, all the same way, as one index has them; the last tells all rows apart.

    `nullable` says that the first of two columns may be NULL: those rows come
    last, whichever way the others go, by their id.
    """

    columns: tuple[str, ...]
    nullable: bool = False


BY_ID = Order(("pk",))


@dataclass(frozen=True)
class Place:
    """Where a page begins: after the row with these values (`back`: before it), or without values at the start."""

    order: str
    values: tuple[Any, ...] = ()
    back: bool = False


class ByKeyset(BasePagination):
    """Pages of a list whose view says in `orderings` what it can be sorted by.

    The usual one is the first of them, or what the view says in `usual_ordering`.

    A view with `rows_of(ids)` gives the rows of a page itself, in any order:
    the ids then come from nothing but what narrows the list.
    """

    parameters = ("cursor", "page_size", "ordering")

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        orderings = orderings_of(view)
        size = size_asked(request)
        place = place_asked(request, orderings, usual_of(view))
        found = Walk(queryset, orderings[place.order.lstrip("-")], place).take(size + 1)
        more, found = len(found) > size, found[:size]
        if place.back:
            found.reverse()
        self.next = self.previous = None
        if found and (more or place.back):
            self.next = replace(place, values=found[-1].key, back=False)
        if found and (more if place.back else bool(place.values)):
            self.previous = replace(place, values=found[0].key, back=True)
        return rows_in_order(view, queryset, [each.pk for each in found])

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.link(self.next), "previous": self.link(self.previous), "results": data})

    def link(self, place: Place | None) -> str | None:
        if place is None:
            return None
        return str(replace_query_param(self.request.build_absolute_uri(), "cursor", written(place)))

    # For the schema

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": link | {"description": "The page after this one; null on the last."},
                "previous": link | {"description": "The page before this one; null on the first."},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        names = [way + name for name in orderings_of(view) for way in ("", "-")]
        size = {"type": "integer", "minimum": 1, "maximum": MOST, "default": PAGE}
        return [
            query("cursor", {"type": "string"}, "Where the page begins, as `next` and `previous` have it."),
            query("page_size", size, "How many rows a page has."),
            query(
                "ordering",
                {"type": "string", "enum": names, "default": usual_of(view)},
                "What the list is sorted by; with a minus the other way round. What is null comes last.",
            ),
        ]


def query(name: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
    """A parameter of an address as the schema describes it."""
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": text}


@dataclass(frozen=True)
class Found:
    """One row of a page: its id, and what it is sorted by."""

    pk: Any
    key: tuple[Any, ...]


class Walk:
    """The rows beyond a place, in one direction of one order: those with a value first, or last when walking back."""

    def __init__(self, queryset: QuerySet[Any], order: Order, place: Place) -> None:
        self.order = order
        self.place = place
        self.down = place.order.startswith("-") != place.back
        self.rows = having(queryset, order)

    def take(self, count: int) -> list[Found]:
        """So many rows from the place on, or as many as there are."""
        found: list[Found] = []
        for without in self.legs():
            if len(found) < count:
                found += self.leg(without, count - len(found))
        return found

    def legs(self) -> list[bool]:
        """The parts of the list still ahead; True is that of rows without a value."""
        if not self.order.nullable:
            return [False]
        ahead = [True, False] if self.place.back else [False, True]
        begun = bool(self.place.values) and (self.place.values[0] is None) == ahead[1]
        return ahead[1:] if begun else ahead

    def leg(self, without: bool, count: int) -> list[Found]:
        first = self.order.columns[0]
        columns = ["pk"] if without else list(self.order.columns)
        rows = self.rows
        if self.order.nullable:
            rows = rows.filter(**{f"{first}__isnull": without})
        values = self.place.values
        if values and (values[0] is None) == without:
            rows = rows.filter(beyond(columns, values[1:] if without else values, down=self.down))
        rows = rows.order_by(*(f"-{name}" if self.down else name for name in columns))
        return [
            Found(pk, (None, *key) if without else tuple(key)) for pk, *key in rows.values_list("pk", *columns)[:count]
        ]


def having(rows: QuerySet[Any], order: Order) -> QuerySet[Any]:
    """The rows as they are sorted: that what another table sorts by is there lets its index lead."""
    for column in order.columns[:1] if not order.nullable else ():
        table, _, _ = column.rpartition("__")
        if table:
            rows = rows.filter(**{f"{table}__isnull": False})
    return rows


def beyond(columns: Sequence[str], values: Sequence[Any], *, down: bool) -> Any:
    """The rows after these values, as one comparison that an index answers."""
    if len(columns) == 1:
        return Q(**{f"{columns[0]}__{'lt' if down else 'gt'}": values[0]})
    compare = TupleLessThan if down else TupleGreaterThan
    return compare(Tuple(*(F(name) for name in columns)), tuple(values))


def rows_in_order(view: Any, queryset: QuerySet[Any], ids: Sequence[Any]) -> list[Any]:
    """The rows with these ids, in this order, as the view gives them."""
    if not ids:
        return []
    rows_of = getattr(view, "rows_of", None)
    rows = rows_of(ids) if rows_of else queryset.model._default_manager.filter(pk__in=ids)
    found = {row.pk: row for row in rows}
    return [found[pk] for pk in ids if pk in found]


def orderings_of(view: Any) -> Mapping[str, Order]:
    """What the list of a view can be sorted by."""
    found: Mapping[str, Order] = getattr(view, "orderings", {"id": BY_ID})
    return found


def usual_of(view: Any) -> str:
    """The ordering of a list where nobody asks for one."""
    return str(getattr(view, "usual_ordering", next(iter(orderings_of(view)))))


# What was asked


def size_asked(request: Request) -> int:
    """How many rows a page is to have."""
    said = request.query_params.get("page_size", str(PAGE))
    if not (said.isascii() and said.isdecimal() and len(said) < 6 and 1 <= int(said) <= MOST):
        raise WrongParameter({"page_size": [f"Write a number from 1 to {MOST}."]})
    return int(said)


def place_asked(request: Request, orderings: Mapping[str, Order], usual: str) -> Place:
    """Where the page is to begin."""
    said = request.query_params.get("ordering", "")
    order = said or usual
    if order.removeprefix("-") not in orderings:
        raise WrongParameter({"ordering": [f"The list cannot be sorted by that.{nearest(said, orderings)}"]})
    cursor = request.query_params.get("cursor", "")
    if not cursor:
        return Place(order)
    place = read(cursor)
    width = len(orderings[order.removeprefix("-")].columns)
    if place is None or place.order != order or len(place.values) != width:
        raise WrongParameter({"cursor": [NOT_A_CURSOR]})
    return place


# Cursors


def written(place: Place) -> str:
    """The place as an address carries it, signed, so that it comes back as it was."""
    values = [said(each) for each in place.values]
    text = json.dumps([place.order, values, place.back], ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(signing.Signer(salt=SALT).sign(text).encode()).decode().rstrip("=")


def read(cursor: str) -> Place | None:
    """The place that a cursor says; None for one that was not given by us."""
    try:
        signed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode()
        order, values, back = json.loads(signing.Signer(salt=SALT).unsign(signed))
    except (signing.BadSignature, ValueError):
        return None
    return Place(order, tuple(heard(each) for each in values), back)


def said(value: Any) -> Any:
    """A value of a column as JSON has it."""
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return {"number": str(value)} if isinstance(value, Decimal) else value


READERS: Mapping[str, Callable[[str], Any]] = {"at": parse_datetime, "day": parse_date, "number": Decimal}


def heard(value: Any) -> Any:
    """The value of a column that `said` has written."""
    if not isinstance(value, dict):
        return value
    ((kind, text),) = value.items()
    return READERS[kind](text)
