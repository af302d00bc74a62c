"""The door to what-if."""

import json

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from crm.api.rule_faults import refused
from crm.models import Score
from personas.rules.apart import Tried
from personas.rules.errors import RuleError

from .asked import Asked, asked, rules
from .bodies import NDJSON, FactsParser, LinesParser, LinesRenderer
from .shapes import EvaluationAsked, EvaluationResult
from .working_out import worked_out

MOST_WARNINGS = 50


class Evaluation(APIView):
    """What the rules would say of posted facts. Nothing is stored."""

    model = Score
    resource = "scores"
    reads_only = True
    parser_classes = [FactsParser, LinesParser]
    renderer_classes = [JSONRenderer, LinesRenderer]

    @extend_schema(
        operation_id="evaluate",
        tags=["fit"],
        description="Scores posted facts, one row or up to 1,000, by the active ruleset, an older one, the draft, or "
        "rules in the body. Nothing is stored. Each result is the object that `manage.py evaluate` prints. "
        "With `Content-Type: application/x-ndjson` each line is a row; with `Accept: application/x-ndjson` each "
        "line of the answer is a result.",
        request={"application/json": EvaluationAsked, NDJSON: {"type": "string"}},
        responses={
            (200, "application/json"): EvaluationResult,
            (200, NDJSON): {"type": "string"},
        },
        parameters=[
            OpenApiParameter(name, str, description=f"With lines of JSON: `{name}` as in the body of JSON.")
            for name in ("ruleset", "at", "subject")
        ],
        examples=[
            OpenApiExample("One account", {"facts": {"employees": 120, "monthly_revenue": None}}, request_only=True),
            OpenApiExample(
                "Two accounts by an older ruleset",
                {"ruleset": 3, "rows": [{"id": "a1", "facts": {"employees": 12}}, {"id": "a2", "facts": {}}]},
                request_only=True,
            ),
        ],
    )
    def post(self, request: Request) -> HttpResponseBase:
        found = asked(request)
        by = rules(request, found)
        try:
            done = worked_out(found, by)
        except RuleError as error:
            return refused(error, found.document)
        lines = request.accepted_renderer.media_type == NDJSON
        text = "".join(f"{each}\n" for each in done.lines) if lines else whole(found, by.ruleset, done)
        return HttpResponse(text, content_type=NDJSON if lines else "application/json")


def whole(found: Asked, ruleset: int | None, done: Tried) -> str:
    """The answer in one object, around results that are text already."""
    head = json.dumps(
        {
            "ruleset": ruleset,
            "at": found.at.isoformat(),
            "subject": found.subject,
            "warnings": done.warnings[:MOST_WARNINGS],
        }
    )
    return f'{head[:-1]}, "results": [{", ".join(done.lines)}]}}'
