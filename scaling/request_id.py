"""A fresh id for every request (contract C3): in the ``X-Request-Id`` header and in every error body."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "X-Request-Id"


class RequestIdMiddleware:
    """Names the request; it stands first, so that every answer carries the name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response[HEADER] = request_id_of(request)
        return response


def request_id_of(request: HttpRequest) -> str:
    """Return the id of ``request``, giving it one when it has none yet."""
    found: str | None = request.__dict__.get("request_id")
    if found is None:
        found = request.__dict__["request_id"] = str(uuid4())
    return found
