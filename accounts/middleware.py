"""What happens around a request on behalf of accounts."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse

from accounts.auth import Actor
from accounts.services import mark_key_used
from accounts.sources import source_of
from scaling.audit.source import acting_for

logger = logging.getLogger(__name__)


class AuditMiddleware:
    """Lets what a request changes be audited as done by whoever made it; costs nothing where nothing is changed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the view's answer."""
        with acting_for(lambda: source_of(request)):
            return self._get_response(request)


class KeyUseMiddleware:
    """Notes that a key was used, after the view has committed, and never at the expense of the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the view's answer."""
        response = self._get_response(request)
        actor: Actor | None = getattr(request, "actor", None)
        if actor is not None and actor.is_use_worth_noting:
            _note_use(actor)
        return response


def _note_use(actor: Actor) -> None:
    try:
        mark_key_used(key_id=actor.key_id, now=actor.seen_at)
    except (DatabaseError, InterfaceError):
        logger.warning("use of key %s could not be noted", actor.key_id, exc_info=True)
