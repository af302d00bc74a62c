"""Jobs over the API: asked for, looked at, taken back, and their answers fetched."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.api.idempotency import once
from crm.models import BulkJob, Company, Contact
from crm.upserting import jobs
from personas.api.limits import BoundedJSONParser
from personas.api.parameters import refuse_unknown

from .access import may, require_write
from .bodies import PackedLinesParser, TooManyRows
from .calls import PARAMETERS, call_in
from .shapes import JobShape, JobsPage

SHOWN = 100
ROWS = {
    "application/json": {"type": "array", "items": {"type": "object"}},
    "application/x-ndjson": {"type": "string", "description": "A row as JSON on each line."},
}


def job_json(job: BulkJob) -> dict[str, Any]:
    """A job as the API gives it."""
    return {
        "id": job.pk,
        "kind": job.kind,
        "state": job.state,
        "source": job.source,
        "observed_on": job.observed_on,
        "rows": job.rows,
        "done": job.done,
        "counts": {name: getattr(job, name) for name in ("created", "updated", "unchanged", "refused")},
        "error": job.error or None,
        "asked_at": job.asked_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "results": reverse("api_job_results", args=[job.pk]),
    }


def job_of(request: Request, pk: int) -> BulkJob:
    """The caller's own job; nobody else's is there. Needs what asking for it needs."""
    job = BulkJob.objects.filter(pk=pk, asked_by=request.user.pk).first()
    if job is None:
        raise Http404
    require_write(request, job.kind)
    return job


class Asking(APIView):
    """Takes the rows of a job."""

    parser_classes = [PackedLinesParser, BoundedJSONParser]
    resource: str

    def keep(self, request: Request) -> Response:
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
        job = jobs.keep(self.resource, rows, call, at=timezone.now())
        address = reverse("api_job", args=[job.pk])
        return Response(job_json(job), status=status.HTTP_202_ACCEPTED, headers={"Location": address})


class CompanyJobs(Asking):
    """A bulk upsert of companies in the background."""

    model = Company
    resource = "companies"

    @extend_schema(
        operation_id="companies_jobs_create",
        tags=["bulk"],
        parameters=PARAMETERS,
        request=ROWS,
        responses={202: JobShape},
    )
    @once
    def post(self, request: Request) -> Response:
        return self.keep(request)


class ContactJobs(Asking):
    """A bulk upsert of contacts in the background."""

    model = Contact
    resource = "contacts"

    @extend_schema(
        operation_id="contacts_jobs_create",
        tags=["bulk"],
        parameters=PARAMETERS,
        request=ROWS,
        responses={202: JobShape},
    )
    @once
    def post(self, request: Request) -> Response:
        return self.keep(request)


class Jobs(APIView):
    """The caller's own jobs, the latest first."""

    @extend_schema(operation_id="jobs_list", tags=["bulk"], responses=JobsPage)
    def get(self, request: Request) -> Response:
        refuse_unknown(request, ())
        kinds = [kind for kind in BulkJob.Kind.values if may(request, f"{kind}:write")]
        found = BulkJob.objects.filter(asked_by=request.user.pk, kind__in=kinds)[:SHOWN]
        return Response({"next": None, "previous": None, "results": [job_json(job) for job in found]})


class JobDetail(APIView):
    """How far a job is."""

    @extend_schema(operation_id="jobs_retrieve", tags=["bulk"], responses=JobShape)
    def get(self, request: Request, pk: int) -> Response:
        refuse_unknown(request, ())
        return Response(job_json(job_of(request, pk)))


class CancelJob(APIView):
    """Ends a job before its time; the rows that were written stay."""

    @extend_schema(operation_id="jobs_cancel", tags=["bulk"], request=None, responses=JobShape)
    @once
    def post(self, request: Request, pk: int) -> Response:
        refuse_unknown(request, ())
        job = job_of(request, pk)
        jobs.cancel(job, at=timezone.now())
        job.refresh_from_db()
        return Response(job_json(job))


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
        refuse_unknown(request, ())
        job = job_of(request, pk)
        response = StreamingHttpResponse(jobs.answers_of(job), content_type="application/x-ndjson")
        response["Content-Disposition"] = f'attachment; filename="job-{job.pk}.ndjson"'
        return response
