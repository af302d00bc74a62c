"""What a caller may do at all: what their role allows, and for a key, what its scopes allow."""

from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from crm.models import IntegrationKey

ACTIONS = {"POST": "add", "PUT": "change", "PATCH": "change", "DELETE": "delete"}


class MayUse(BasePermission):
    """Lets a caller in who has the permission on the view's `model`, and, with a key, the scope of its `resource`.

    A view that reads whatever the method (a look-up, a what-if) says so with `reads_only`; one that asks for another
    permission than that on its model names it in `needs`, by method.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        action = "view" if reads(request, view) else ACTIONS[request.method or ""]
        resource: str | None = getattr(view, "resource", None)
        if isinstance(request.auth, IntegrationKey) and resource:
            scope = f"{resource}:{'read' if action == 'view' else 'write'}"
            if scope not in request.auth.integration.scopes:
                raise PermissionDenied(f"This key lacks the scope {scope}.")
        model = getattr(view, "model", None)
        if model is None:
            return True
        own = f"{model._meta.app_label}.{action}_{model._meta.model_name}"
        needed = getattr(view, "needs", {}).get(request.method, own)
        if not request.user.has_perm(needed):
            raise PermissionDenied(f"This needs the permission {needed}.")
        return True


def reads(request: Request, view: Any) -> bool:
    """Whether the call changes nothing."""
    return request.method in SAFE_METHODS or bool(getattr(view, "reads_only", False))
