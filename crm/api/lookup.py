"""Who is this? From a domain or e-mail address to company and contact, with how well the company fits, in one call."""

from dataclasses import dataclass
from typing import Any, cast

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError as ModelError
from django.core.validators import validate_email
from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.imports.numerals import Refused
from crm.imports.values import clean
from crm.models import Company, CompanyDomain, Contact, Fit
from crm.names import NobodysDomain, NotADomain, registrable_domain
from crm.rescoring import rescore_now
from crm.scoring.waiting import STATES, is_scored, state_of
from crm.upserting.answers import REFUSED, Answer
from crm.upserting.companies import upsert_companies
from crm.upserting.contacts import upsert_contacts
from crm.upserting.jobs import call_of
from personas.api.narrowing import require_known
from personas.api.strict import Strict
from personas.models import Ruleset

from .companies.serializer import FitSummary
from .idempotency import once
from .permissions import require_permission, require_scope
from .problems import Conflict

NO_RULES = "no_rules"


class Question(Strict, serializers.Serializer[Any]):
    """Whom to look up: by `domain` or by `email`. With `create`, whoever is not known is made and scored."""

    domain = serializers.CharField(required=False, max_length=2000, help_text="A domain, or any address there.")
    email = serializers.CharField(required=False, max_length=254, help_text="The company is that of its domain.")
    create = serializers.BooleanField(default=False)  # type: ignore[assignment]
    name = serializers.CharField(
        required=False, max_length=300, help_text="Of the company, where it is to be made; its domain unless given."
    )
    person = serializers.CharField(
        required=False, max_length=300, help_text="Name of the contact to be made; the address unless given."
    )
    title = serializers.CharField(required=False, max_length=300, help_text="Job title of the contact to be made.")
    source = serializers.CharField(  # type: ignore[assignment]
        required=False, max_length=200, help_text="Whose word it is."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("domain" in attrs) == ("email" in attrs):
            raise ValidationError("Give a domain or an email, one of the two.")
        return attrs


class FitAnswer(FitSummary):
    """The stored result of the company, and how fresh it is."""

    state = serializers.SerializerMethodField()

    class Meta(FitSummary.Meta):
        fields = [*FitSummary.Meta.fields, "state"]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField([*STATES, NO_RULES]))
    def get_state(self, fit: Fit) -> str:
        active = Ruleset.objects.active().only("number", "published_at").first()
        if active is None:
            return NO_RULES
        state = state_of(fit, active, timezone.now())[0]
        return state if state == "failed" or is_scored(fit) else "never"


class CompanyAnswer(serializers.Serializer[Any]):
    """The company."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    domain = serializers.CharField(allow_null=True)
    lifecycle_stage = serializers.CharField(allow_null=True)
    owner = serializers.IntegerField(allow_null=True, help_text="Id of the user who owns it.")
    team = serializers.IntegerField(allow_null=True)


class ContactAnswer(serializers.Serializer[Any]):
    """The contact."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.EmailField()
    title = serializers.CharField(allow_null=True)
    company = serializers.IntegerField(allow_null=True)


class Found(serializers.Serializer[Any]):
    """What is known; null is unknown."""

    domain = serializers.CharField(allow_null=True, help_text="The domain that was looked for.")
    note = serializers.CharField(allow_null=True, help_text="Why there is no domain to look for.")
    created = serializers.ListField(child=serializers.ChoiceField(["company", "contact"]))
    company = CompanyAnswer(allow_null=True)
    contact = ContactAnswer(allow_null=True)
    fit = FitAnswer(allow_null=True)


@dataclass
class Wanted:
    """What is looked for; `note` says why an address leads to no company."""

    domain: str | None
    email: str | None
    note: str | None = None


class Lookup(APIView):
    """The company and contact behind a domain or e-mail address, and how well the company fits."""

    model = Company
    resource = "companies"
    # Reading is what everyone needs; for making more is asked below.
    reads_only = True

    @extend_schema(
        operation_id="lookup",
        tags=["lookup"],
        request=Question,
        responses=Found,
        examples=[OpenApiExample("Who signed up?", {"email": "ada@acme.com"}, request_only=True)],
    )
    def post(self, request: Request) -> HttpResponseBase:
        require_known(request, self)
        asked = Question(data=request.data)
        asked.is_valid(raise_exception=True)
        require_access(request, asked.validated_data)
        if asked.validated_data["create"]:
            return self.made(request, asked.validated_data)
        return Response(self.known(request, wanted_of(asked.validated_data)))

    post.once = True  # type: ignore[attr-defined]

    @once
    def made(self, request: Request, asked: dict[str, Any]) -> Response:
        """Whoever was not known is, and is scored."""
        wanted = wanted_of(asked)
        found = self.known(request, wanted)
        created = make(request, asked, wanted, found)
        if created:
            company = found["company"]["id"] if found["company"] else created.get("company")
            if company is not None:
                rescore_now(company)
            found = self.known(request, wanted) | {"created": list(created)}
        return Response(found)

    def known(self, request: Request, wanted: Wanted) -> dict[str, Any]:
        """What is known of them and open to the caller."""
        contact = contact_of(request, wanted.email) if wanted.email else None
        company = company_of(request, wanted.domain) if wanted.domain else None
        if company is None and contact is not None and contact.company_id:
            company = visible(request).filter(pk=contact.company_id).first()
        return {
            "domain": wanted.domain,
            "note": wanted.note,
            "created": [],
            "company": company_json(company) if company else None,
            "contact": contact_json(contact) if contact else None,
            "fit": FitAnswer(company.fit).data if company else None,
        }


def require_access(request: Request, asked: dict[str, Any]) -> None:
    """Raises PermissionDenied unless the caller may read, or make, all that is asked for."""
    person = "email" in asked
    require_scope(request, "scores:read")
    scopes = ["contacts:read"] if person else []
    permissions = ["crm.view_contact"] if person else []
    if asked["create"]:
        scopes += ["companies:write", *(["contacts:write"] if person else [])]
        permissions += ["crm.add_company", *(["crm.add_contact"] if person else [])]
    for scope in scopes:
        require_scope(request, scope)
    for needed in permissions:
        require_permission(request, needed)


def wanted_of(asked: dict[str, Any]) -> Wanted:
    """The domain and address to look for. Raises ValidationError for what is none."""
    place = "email" if "email" in asked else "domain"
    try:
        text = clean(asked[place], limit=2000)
        if place == "email":
            validate_email(text)
        domain = registrable_domain(text)
    except NobodysDomain as error:
        return Wanted(None, text if place == "email" else None, str(error))
    except (Refused, NotADomain) as error:
        raise ValidationError({place: [f"{error}"]}) from None
    except ModelError:
        raise ValidationError({place: ["is not an e-mail address"]}) from None
    return Wanted(domain, text if place == "email" else None)


def visible(request: Request) -> Any:
    return Company.objects.visible_to(request.user).select_related("fit").order_by()


def company_of(request: Request, domain: str) -> Company | None:
    """The company with this domain, its own or a further one."""
    found: Company | None = visible(request).filter(domain=domain).first()
    if found is None:
        further = CompanyDomain.objects.filter(domain=domain).values("company")
        found = visible(request).filter(pk__in=further).first()
    return found


def contact_of(request: Request, email: str) -> Contact | None:
    return Contact.objects.visible_to(request.user).select_related("title").order_by().with_email(email).first()


def company_json(company: Company) -> dict[str, Any]:
    return {
        "id": company.pk,
        "name": company.name,
        "domain": company.domain,
        "lifecycle_stage": company.lifecycle_stage,
        "owner": company.owner_id,
        "team": company.team_id,
    }


def contact_json(contact: Contact) -> dict[str, Any]:
    return {
        "id": contact.pk,
        "name": contact.name,
        "email": contact.email,
        "title": contact.title.text if contact.title else None,
        "company": contact.company_id,
    }


def make(request: Request, asked: dict[str, Any], wanted: Wanted, found: dict[str, Any]) -> dict[str, int]:
    """The ids of what was made: the company of the domain and the contact of the address, where they were not known."""
    call = call_of(cast(User, request.user), source=asked.get("source", ""), observed_on=None, at=timezone.now())
    made: dict[str, int] = {}
    company = found["company"]["id"] if found["company"] else None
    if company is None and wanted.domain:
        row = {"name": asked.get("name") or wanted.domain, "domain": wanted.domain}
        company = taken(upsert_companies([row], call).answers[0], "domain")
        made["company"] = company
    if wanted.email and not found["contact"]:
        person: dict[str, Any] = {
            "email": wanted.email,
            "name": asked.get("person") or wanted.email,
            "title": asked.get("title"),
        }
        if company is not None:
            person["company"] = company
        made["contact"] = taken(upsert_contacts([person], call).answers[0], "email")
    return made


def taken(answer: Answer, what: str) -> int:
    """The id of what was made. Raises Conflict where it cannot be, for reasons that the caller need not see."""
    if answer.result == REFUSED or answer.id is None:
        raise Conflict(f"This {what} {answer.errors[0].detail if answer.errors else 'cannot be taken'}.")
    return answer.id
