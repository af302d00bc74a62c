"""The research worklist: which facts, looked up, would settle most accounts."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.models import Company, Survey
from crm.models.visibility import sees_all
from crm.scoring.survey_coverage import is_worked_out
from crm.scoring.survey_spans import Found
from personas.api.narrowing import require_known
from personas.publishing import active_document
from personas.rules.document import Document

from .freshness import ScoresFreshness, lately, said


class Best(serializers.Serializer[Any]):
    """Accounts by the best segment that they could be in; none is no segment."""

    segment = serializers.CharField()
    accounts = serializers.IntegerField()


class FactToLookUp(serializers.Serializer[Any]):
    """One fact, and how many accounts knowing it would settle."""

    fact = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    unit = serializers.CharField()
    worked_out = serializers.BooleanField(help_text="Whether it follows from contacts, deals or activities.")
    settles = serializers.IntegerField(help_text="Accounts that it settles, whatever the answer.")
    may_settle = serializers.IntegerField(help_text="Further accounts that some answer settles.")
    best = Best(many=True)


class Step(serializers.Serializer[Any]):
    """The next fact to look up, after those before it."""

    fact = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    settles = serializers.IntegerField()
    may_settle = serializers.IntegerField()


class WorklistShape(serializers.Serializer[Any]):
    """What to look up next, over all accounts, as it was counted last."""

    state = serializers.ChoiceField(
        ("counted", "never"), help_text="never: it has not been counted yet; a worker does so by itself."
    )
    counted_at = serializers.DateTimeField(allow_null=True, help_text="The moment that the figures tell of.")
    age_seconds = serializers.IntegerField(allow_null=True)
    counting = serializers.BooleanField(help_text="Whether it is about to be counted again.")
    ruleset = serializers.IntegerField(allow_null=True, help_text="The ruleset by which it was counted.")
    undecided = serializers.IntegerField(allow_null=True)
    one_fact = serializers.IntegerField(allow_null=True, help_text="Settled by any answer to one fact.")
    some_answer = serializers.IntegerField(allow_null=True, help_text="Settled by some answer to one fact.")
    several_facts = serializers.IntegerField(allow_null=True, help_text="Need several facts.")
    could_be = Best(many=True)
    facts = FactToLookUp(many=True)
    plan = Step(many=True)
    freshness = ScoresFreshness()


class Worklist(APIView):
    """Which facts, looked up, would settle most accounts; for callers who see every account."""

    model = Company
    resource = "scores"

    @extend_schema(operation_id="worklist", tags=["fit"], responses=WorklistShape)
    def get(self, request: Request) -> Response:
        require_known(request, self)
        if not sees_all(request.user):
            raise PermissionDenied("The figures are those of all accounts: only who sees every account may read them.")
        survey = Survey.objects.filter(subject=Survey.Subject.WORKLIST).defer("progress").first()
        return Response(worklist(survey) | {"freshness": said(lately())})


def worklist(survey: Survey | None) -> dict[str, Any]:
    """What was found when it was counted last, with how long ago that was."""
    found: Found = (survey.found if survey else None) or {}
    document = active_document()
    age = (timezone.now() - survey.as_of).total_seconds() if survey and survey.as_of else None
    return {
        "state": "counted" if found else "never",
        "counted_at": survey.as_of if survey else None,
        "age_seconds": None if age is None else round(age),
        "counting": bool(survey and survey.is_unfinished),
        "ruleset": survey.ruleset if survey and found else None,
        **{name: found.get(name) for name in ("undecided", "one_fact", "some_answer", "several_facts")},
        "could_be": [{"segment": key, "accounts": count} for key, count in found.get("could_be", {}).items()],
        "facts": [fact_json(row, document) for row in found.get("facts", ()) if row["fact"] in document.vocabulary],
        "plan": [step_json(row, document) for row in found.get("plan", ()) if row["fact"] in document.vocabulary],
    }


def step_json(row: dict[str, Any], document: Document) -> dict[str, Any]:
    return {
        "fact": row["fact"],
        "label": document.vocabulary[row["fact"]].label,
        "settles": row["any"],
        "may_settle": row["some"],
    }


def fact_json(row: dict[str, Any], document: Document) -> dict[str, Any]:
    fact = document.vocabulary[row["fact"]]
    return step_json(row, document) | {
        "unit": fact.unit,
        "worked_out": is_worked_out(fact),
        "best": [{"segment": key, "accounts": count} for key, count in row["best"]],
    }
