"""What a bulk call needs beside its scope: to change what is there as well as to add."""

from rest_framework.request import Request

from crm.api.permissions import require_permission, require_scope
from crm.models import BulkJob
from crm.upserting.jobs import MAY


def require_write(request: Request, kind: str) -> None:
    """Raises PermissionDenied unless the caller may add and change records of this kind."""
    require_scope(request, f"{kind}:write")
    for needed in MAY[BulkJob.Kind(kind)]:
        require_permission(request, needed)
