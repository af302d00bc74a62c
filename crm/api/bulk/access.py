"""What a bulk call needs beside its scope: to change what is there as well as to add."""

from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from crm.models import BulkJob, IntegrationKey

NEEDED = {
    BulkJob.Kind.COMPANIES: ("crm.add_company", "crm.change_company"),
    BulkJob.Kind.CONTACTS: ("crm.add_contact", "crm.change_contact"),
}


def require_write(request: Request, kind: str) -> None:
    """Raises PermissionDenied unless the caller may add and change records of this kind."""
    if isinstance(request.auth, IntegrationKey):
        require_scope(request, f"{kind}:write")
    for needed in NEEDED[BulkJob.Kind(kind)]:
        if not request.user.has_perm(needed):
            raise PermissionDenied(f"This needs the permission {needed}.")


def require_scope(request: Request, scope: str) -> None:
    """Raises PermissionDenied for a key that lacks a scope."""
    if not may(request, scope):
        raise PermissionDenied(f"This key lacks the scope {scope}.")


def may(request: Request, scope: str) -> bool:
    """Whether the caller is a person, or a key that has this scope."""
    return not isinstance(request.auth, IntegrationKey) or scope in request.auth.integration.scopes
