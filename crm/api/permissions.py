"""What a caller may do at all: what their role allows, and for a key, what its scopes allow."""

from typing import Any

from rest_framework.exceptions import MethodNotAllowed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from crm.models import IntegrationKey

ACTIONS = {"POST": "add", "PUT": "change", "PATCH": "change", "DELETE": "delete"}


class MayUse(BasePermission):
    """Lets a caller in who has the permission on the view's `model`, and, with a key, the scope of its `resource`.

    A view that reads whatever the method (a look-up, a what-if) says so with `reads_only`; one that asks for another
    permission than that on its model names it in `needs`, by method. Calls that are turned away count as any other.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        try:
            may = self.may(request, view)
        except (PermissionDenied, MethodNotAllowed):
            view.check_throttles(request)
            raise
        if not may:
            view.check_throttles(request)
        return may

    def may(self, request: Request, view: Any) -> bool:
        """Whether somebody has signed in; raises PermissionDenied for one who may not."""
        if not request.user.is_authenticated:
            return False
        action = "view" if reads(request, view) else ACTIONS.get(request.method or "")
        if action is None:
            raise MethodNotAllowed(request.method or "")
        resource: str | None = getattr(view, "resource", None)
        if resource:
            require_scope(request, f"{resource}:{'read' if action == 'view' else 'write'}")
        model = getattr(view, "model", None)
        if model is not None:
            own = f"{model._meta.app_label}.{action}_{model._meta.model_name}"
            require_permission(request, getattr(view, "needs", {}).get(request.method, own))
        return True


def reads(request: Request, view: Any) -> bool:
    """Whether the call changes nothing."""
    return request.method in SAFE_METHODS or bool(getattr(view, "reads_only", False))


def has_scope(request: Request, scope: str) -> bool:
    """Whether the caller is a person, or a key with this scope."""
    return not isinstance(request.auth, IntegrationKey) or scope in request.auth.integration.scopes


def require_scope(request: Request, scope: str) -> None:
    """Raises PermissionDenied for a key without this scope."""
    if not has_scope(request, scope):
        raise PermissionDenied(f"This key lacks the scope {scope}.")


def require_permission(request: Request, permission: str) -> None:
    """Raises PermissionDenied for a caller without this permission."""
    if not request.user.has_perm(permission):
        raise PermissionDenied(f"This needs the permission {permission}.")
