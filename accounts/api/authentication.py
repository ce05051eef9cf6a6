"""Who calls the API: ``Authorization: Bearer scl_live_…`` and nothing else (contract 1.1).

A session or a key in the query string or body counts for nothing here, so the API needs no CSRF protection.
"""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts import keys
from accounts.auth import Actor, find_actor
from scaling.client import client_address
from scaling.clock import now
from scaling.ratelimit import count

WRONG_KEYS_A_MINUTE = 100

_SCHEME = "bearer"


class BearerAuthentication(BaseAuthentication):
    """Puts the key that calls into ``request.auth``; ``request.user`` stays anonymous, as no person is calling.

    One statement per request, none for text that cannot be a key, two more for a key that is wrong. Django's request
    gets the same as ``actor``, for whoever logs it.
    """

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Actor] | None:
        """Return nothing where no key was sent.

        Raises:
            AuthenticationFailed: a key was sent that does not work, whatever the reason.
            RateLimited: too many of them came from this address of late; keys that work are not counted.
        """
        scheme, space, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if not space or scheme.lower() != _SCHEME:
            return None
        actor = find_actor(text)
        if actor is None:
            _count_wrong(text, client_address(request))
            raise AuthenticationFailed
        request._request.actor = actor  # type: ignore[attr-defined]  # beside Django's own attributes
        return AnonymousUser(), actor

    def authenticate_header(self, request: Request) -> str:
        """Return what ``WWW-Authenticate`` says on a 401."""
        return "Bearer"


def _count_wrong(text: str, address: str) -> None:
    """Count a wrong key against the client's address; text that cannot be a key costs us nothing, so it is free."""
    if keys.is_well_formed(text):
        count(f"wrong_key:{address}", limit=WRONG_KEYS_A_MINUTE, window=timedelta(minutes=1), now=now())
