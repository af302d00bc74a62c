"""Bulk upsert of companies and contacts: up to 10,000 rows in one call, in one transaction."""

from dataclasses import replace
from datetime import date
from typing import Any, cast

from django.contrib.auth.models import User
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.api.idempotency import once
from crm.imports.numerals import Refused
from crm.models import Company, Contact
from crm.rescoring import rescore_after_commit
from crm.upserting.answers import Call
from crm.upserting.cells import day_of, text_of
from crm.upserting.jobs import UPSERTS, call_of
from crm.upserting.turns import be_patient
from personas.api.limits import BoundedJSONParser
from personas.api.parameters import WrongParameter

from .access import require_write
from .bodies import MOST_ROWS, LinesParser, TooManyRows
from .shapes import BulkShape

AT_ONCE = 500
"""So many accounts are scored before the answer; more are left to the workers, who are called after it."""

MOST_MOVES = 500
"""So many people move from company to company in a call: each move is a dozen statements."""

PARAMETERS = [
    OpenApiParameter("source", str, description="Whose word it is, where a row or a fact names no source."),
    OpenApiParameter("observed_on", date, description="The day of facts that have none of their own."),
]

TAKES = tuple(each.name for each in PARAMETERS)

LINES = {"type": "string", "description": "A row as JSON on each line."}
ROWS = {
    "application/json": {"type": "array", "items": {"type": "object"}, "maxItems": MOST_ROWS},
    "application/x-ndjson": LINES,
}


def call_in(request: Request) -> Call:
    """Who calls, with what the address says of all rows."""
    at = timezone.now()
    found: dict[str, Any] = {}
    for name, read in (
        ("source", lambda raw: text_of(raw, limit=200)),
        ("observed_on", lambda raw: day_of(raw, at.date())),
    ):
        raw = request.query_params.get(name)
        try:
            found[name] = read(raw) if raw else None
        except Refused as error:
            raise WrongParameter({name: [f"This {error}."]}) from None
    return call_of(cast(User, request.user), source=found["source"] or "", observed_on=found["observed_on"], at=at)


def rows_in(request: Request) -> list[object]:
    """The rows of the body."""
    rows = request.data
    if not isinstance(rows, list):
        raise ParseError("The body is a list of rows, or a line of JSON for each.")
    if len(rows) > MOST_ROWS:
        raise TooManyRows(MOST_ROWS, "Send it in parts, or as a job.")
    return rows


class Bulk(APIView):
    """A bulk call; needs the permission to add and to change."""

    parser_classes = [BoundedJSONParser, LinesParser]
    takes = TAKES
    resource: str

    @extend_schema(tags=["bulk"], parameters=PARAMETERS, request=ROWS, responses=BulkShape)
    @once
    def post(self, request: Request) -> Response:
        require_write(request, self.resource)
        be_patient()
        done = UPSERTS[self.resource](rows_in(request), replace(call_in(request), most_moves=MOST_MOVES))
        if len(done.companies) <= AT_ONCE:
            rescore_after_commit(done.companies)
        return Response({"counts": done.counts, "results": [each.as_json() for each in done.answers]})


@extend_schema_view(post=extend_schema(operation_id="companies_bulk"))
class BulkCompanies(Bulk):
    """Companies found by id, external id, domain or name; made where they are not known."""

    model = Company
    resource = "companies"


@extend_schema_view(post=extend_schema(operation_id="contacts_bulk"))
class BulkContacts(Bulk):
    """Contacts found by id, e-mail address, or name at their company; made where they are not known."""

    model = Contact
    resource = "contacts"
