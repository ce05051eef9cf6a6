"""What a key may do (contract 1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from rest_framework.permissions import SAFE_METHODS, BasePermission

from scaling.errors import NotAuthorized

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class Actor(Protocol):
    """Who is asking, as the authentication class puts it into ``request.auth``."""

    @property
    def organization_id(self) -> str:
        """The one organization the key acts for."""
        ...

    @property
    def key_id(self) -> str:
        """The id of the key; the key itself is the actor."""
        ...

    @property
    def scope(self) -> str:
        """``read``, ``trigger`` or ``write``."""
        ...


class IsAuthenticated(BasePermission):
    """Lets anybody with a valid key in."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether a key was sent; a wrong one never comes this far."""
        return request.auth is not None


class IsAdmin(IsAuthenticated):
    """Lets keys in that act as an admin; to the others, the team's endpoints are closed like to anybody without a key."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether the call may go on; a method the path does not have passes, to be told 405.

        Raises:
            NotAuthorized: the key does not act as an admin (contract section 8: 401, not 403).
        """
        if not super().has_permission(request, view):
            return False
        if getattr(view, "action", None) is not None and cast(Actor, request.auth).scope != "write":
            raise NotAuthorized("Only a key of scope write manages the team.", reason="admin_required")
        return True


class HasScope(IsAuthenticated):
    """Lets a key do what its scope says: ``write`` all, ``read`` what changes nothing, ``trigger`` what a view lists."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether the call may go on; a method the path does not have passes, to be told 405."""
        if not super().has_permission(request, view):
            return False
        action = getattr(view, "action", None)
        scope = cast(Actor, request.auth).scope
        if action is None or scope == "write":
            return True
        if scope == "trigger":
            return action in getattr(view, "trigger_actions", ())
        return scope == "read" and request.method in SAFE_METHODS
