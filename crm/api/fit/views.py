"""The doors to fit: of a company, of a person, and the questions of each."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.api.freshness import said_of
from crm.api.permissions import require_scope
from crm.api.problems import Conflict
from crm.api.rules.which import rules_in_force
from crm.models import Company, Contact
from crm.scoring.effective import effective
from crm.scoring.explain import Receipt, explain, explain_contact
from crm.scoring.failures import FAULTS
from crm.scoring.freshness import Freshness, freshness
from personas.api.narrowing import require_known
from personas.models import Ruleset
from personas.rules.results import points_json

from .shapes import CompanyFitShape, ContactFitShape, QuestionsShape
from .telling import facts_json, marks, override_json, profiles_json, questions_json, receipt_json

logger = logging.getLogger(__name__)


@contextmanager
def worked_out(kind: str, pk: int) -> Iterator[None]:
    """Raises Conflict for what does not go together with the rules as they are."""
    try:
        yield
    except FAULTS as error:
        logger.warning("fit not told kind=%s id=%d error=%s", kind, pk, type(error).__name__)
        raise Conflict("This one cannot be worked out by the rules as they are.") from error


def company_of(request: Request, pk: int) -> Company:
    company = Company.objects.visible_to(request.user).filter(pk=pk).select_related("fit").first()
    if company is None:
        raise Http404
    return company


def contact_of(request: Request, pk: int) -> Contact:
    require_scope(request, "contacts:read")
    found = Contact.objects.visible_to(request.user).filter(pk=pk)
    contact = found.select_related("company__fit", "title").first()
    if contact is None:
        raise Http404
    return contact


def explained(request: Request, pk: int) -> tuple[Company, Ruleset, Freshness, Receipt]:
    """The company of the address with its receipt by the active rules, and how old scores were just before."""
    company, ruleset = company_of(request, pk), rules_in_force()
    found = freshness()
    with worked_out("company", pk):
        return company, ruleset, found, explain(company, at=timezone.now(), ruleset=ruleset)


class CompanyFit(APIView):
    """How well a company fits, worked out from its facts as they stand now, and why."""

    model = Company
    resource = "scores"

    @extend_schema(operation_id="companies_fit", tags=["fit"], responses=CompanyFitShape)
    def get(self, request: Request, pk: int) -> Response:
        require_known(request, self)
        company, ruleset, found, receipt = explained(request, pk)
        document = ruleset.document()
        counts = effective(company, receipt.segment, document, receipt.at)
        return Response(
            {
                "id": company.pk,
                "at": receipt.at,
                "ruleset": ruleset.number,
                **receipt.result.as_json(*marks(receipt.known)),
                "effective_segment": counts.segment,
                "headline": counts.headline,
                "override": override_json(counts),
                "facts": facts_json(receipt.known, receipt.at),
                "receipt": receipt_json(receipt.profiles),
                "questions": questions_json(receipt.questions, document),
                "freshness": said_of(company.fit, ruleset, found),
            }
        )


class CompanyQuestions(APIView):
    """What to ask about a company next, the most decisive first."""

    model = Company
    resource = "scores"

    @extend_schema(operation_id="companies_questions", tags=["fit"], responses=QuestionsShape)
    def get(self, request: Request, pk: int) -> Response:
        require_known(request, self)
        company, ruleset, found, receipt = explained(request, pk)
        return Response(
            {
                "id": company.pk,
                "at": receipt.at,
                "ruleset": ruleset.number,
                "questions": questions_json(receipt.questions, ruleset.document()),
                "freshness": said_of(company.fit, ruleset, found),
            }
        )


class ContactFitView(APIView):
    """How well a person fits, by the profiles of people, and why."""

    model = Contact
    resource = "scores"

    @extend_schema(operation_id="contacts_fit", tags=["fit"], responses=ContactFitShape)
    def get(self, request: Request, pk: int) -> Response:
        require_known(request, self)
        contact, ruleset = contact_of(request, pk), rules_in_force()
        return Response(contact_fit(contact, ruleset))


class ContactQuestions(APIView):
    """What to ask about a person next, the most decisive first."""

    model = Contact
    resource = "scores"

    @extend_schema(operation_id="contacts_questions", tags=["fit"], responses=QuestionsShape)
    def get(self, request: Request, pk: int) -> Response:
        require_known(request, self)
        told = contact_fit(contact_of(request, pk), rules_in_force())
        return Response({key: told[key] for key in ("id", "at", "ruleset", "questions", "freshness")})


def contact_fit(contact: Contact, ruleset: Ruleset) -> dict[str, Any]:
    """All there is to say about the points of this person; without a company, or profiles of people, why not."""
    document, at = ruleset.document(), timezone.now()
    found = freshness()
    with worked_out("contact", contact.pk):
        receipt = explain_contact(contact, at=at, ruleset=ruleset)
    because = None
    if receipt is None:
        because = "no_company" if contact.company is None else "no_profiles"
    points = receipt.points if receipt else None
    known = receipt.known if receipt else {}
    return {
        "id": contact.pk,
        "at": at,
        "ruleset": ruleset.number,
        "company": contact.company_id,
        "without_points_because": because,
        "result": None
        if points is None
        else {
            "profile": points.profile,
            "status": points.status,
            "verdict": points.verdict,
            "points": points_json(points.points),
            "low": points_json(points.low),
            "high": points_json(points.high),
            "band": points.band,
        },
        "profiles": profiles_json({each.key: each.result for each in receipt.profiles}, known) if receipt else {},
        "facts": facts_json(known, at),
        "receipt": receipt_json(receipt.profiles) if receipt else [],
        "questions": questions_json(receipt.questions, document) if receipt else [],
        "freshness": said_of(contact.company.fit, ruleset, found) if contact.company else None,
    }
