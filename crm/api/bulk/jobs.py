"""Jobs over the API: asked for, looked at, taken back, and their answers fetched."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.exceptions import ParseError
from rest_framework.generics import GenericAPIView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from crm.api.idempotency import once
from crm.api.permissions import has_scope
from crm.models import BulkJob, Company, Contact, IntegrationKey
from crm.upserting import jobs
from personas.api.limits import BoundedJSONParser
from personas.api.narrowing import require_known
from personas.api.paging import BY_ID
from personas.api.sparse import Sparse
from personas.api.versions import answer

from .access import require_write
from .bodies import PackedLinesParser, TooManyRows
from .calls import LINES, PARAMETERS, TAKES, call_in
from .shapes import CountsShape

ROWS = {"application/json": {"type": "array", "items": {"type": "object"}}, "application/x-ndjson": LINES}


class JobSerializer(Sparse, serializers.ModelSerializer[BulkJob]):
    """A job: how far it is, and what became of its rows so far."""

    rows = serializers.IntegerField(read_only=True, help_text="How many were sent.")
    done = serializers.IntegerField(read_only=True, help_text="Rows that were looked at.")
    counts = CountsShape(source="*", read_only=True)
    error = serializers.SerializerMethodField(help_text="Why it failed; null where it did not.")
    created_at = serializers.DateTimeField(source="asked_at", read_only=True)
    results = serializers.HyperlinkedIdentityField(
        view_name="api_job_results", help_text="The address of the answers to the rows, as lines of JSON."
    )

    class Meta:
        model = BulkJob
        fields = [
            "id", "kind", "state", "source", "observed_on", "rows", "done", "counts", "error", "created_at",
            "started_at", "finished_at", "results",
        ]  # fmt: skip
        read_only_fields = fields

    def get_error(self, job: BulkJob) -> str | None:
        return job.error or None


class Asking(APIView):
    """Takes the rows of a job."""

    parser_classes = [PackedLinesParser, BoundedJSONParser]
    takes = TAKES
    resource: str

    @extend_schema(tags=["bulk"], parameters=PARAMETERS, request=ROWS, responses={202: JobSerializer})
    @once
    def post(self, request: Request) -> Response:
        require_write(request, self.resource)
        call = call_in(request)
        rows: Any = request.data
        if isinstance(rows, list):
            if len(rows) > settings.JOB_ROWS:
                raise TooManyRows(settings.JOB_ROWS, "Send it in parts.")
            rows = jobs.pack(rows)
        if not isinstance(rows, jobs.Packing):
            raise ParseError("The body is a list of rows, or a line of JSON for each.")
        if not rows.rows:
            raise ParseError("The body has no rows.")
        key = request.auth if isinstance(request.auth, IntegrationKey) else None
        job = jobs.keep(self.resource, rows, call, at=timezone.now(), key=key)
        location = reverse("api_job", args=[job.pk], request=request)
        return Response(told(job, request), status=status.HTTP_202_ACCEPTED, headers={"Location": location})


@extend_schema_view(post=extend_schema(operation_id="companies_jobs_create"))
class CompanyJobs(Asking):
    """A bulk upsert of companies in the background."""

    model = Company
    resource = "companies"


@extend_schema_view(post=extend_schema(operation_id="contacts_jobs_create"))
class ContactJobs(Asking):
    """A bulk upsert of contacts in the background."""

    model = Contact
    resource = "contacts"


class Jobs(GenericAPIView[BulkJob]):
    """The caller's own jobs, the latest first."""

    serializer_class = JobSerializer
    orderings = {"id": BY_ID}
    usual_ordering = "-id"

    def get_queryset(self) -> QuerySet[BulkJob]:
        kinds = [kind for kind in BulkJob.Kind.values if has_scope(self.request, f"{kind}:write")]
        return BulkJob.objects.filter(asked_by=self.request.user.pk, kind__in=kinds)

    @extend_schema(operation_id="jobs_list", tags=["bulk"])
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class JobDetail(GenericAPIView[BulkJob]):
    """How far a job is."""

    serializer_class = JobSerializer
    queryset = BulkJob.objects.all()

    @extend_schema(operation_id="jobs_retrieve", tags=["bulk"])
    def get(self, request: Request, pk: int) -> Response:
        require_known(request, self)
        return answer(request, told(job_of(request, pk), request))


class CancelJob(APIView):
    """Ends a job before its time; the rows that were written stay."""

    @extend_schema(operation_id="jobs_cancel", tags=["bulk"], request=None, responses=JobSerializer)
    @once
    def post(self, request: Request, pk: int) -> Response:
        job = job_of(request, pk)
        jobs.cancel(job, at=timezone.now())
        job.refresh_from_db()
        return Response(told(job, request))


class AnyAccept(DefaultContentNegotiation):
    """Lines of JSON go out whatever the caller says to accept."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class JobResults(APIView):
    """The answers to the rows that were looked at so far, a line of JSON for each, in the order of the rows."""

    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="jobs_results",
        tags=["bulk"],
        responses={(200, "application/x-ndjson"): OpenApiResponse(OpenApiTypes.STR, "A line of JSON for each row.")},
    )
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        require_known(request, self)
        job = job_of(request, pk)
        response = StreamingHttpResponse(jobs.answers_of(job), content_type="application/x-ndjson")
        response["Content-Disposition"] = f'attachment; filename="job-{job.pk}.ndjson"'
        return response


def job_of(request: Request, pk: int) -> BulkJob:
    """The caller's own job; nobody else's is there. Needs what asking for it needs."""
    job = BulkJob.objects.filter(pk=pk, asked_by=request.user.pk).first()
    if job is None:
        raise Http404
    require_write(request, job.kind)
    return job


def told(job: BulkJob, request: Request) -> dict[str, Any]:
    """The whole job as the caller is told of it."""
    return dict(JobSerializer(job, context={"request": request}).data)
