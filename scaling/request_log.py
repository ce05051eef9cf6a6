"""One log entry for every request: what was asked, by which key, what came of it, and how long it took."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from scaling.request_id import request_id_of

_log = structlog.get_logger(__name__)

# Probes ask every few seconds and would bury the rest.
_QUIET_PATHS: Final = frozenset({"/healthz", "/readyz"})


class RequestLogMiddleware:
    """Logs each answer; all that is logged while a request is worked on bears its id.

    The query string stays out: it may hold what a person typed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id_of(request)):
            response = self.get_response(request)
            actor = getattr(request, "actor", None)
            _log.log(
                _level(request, response),
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                ms=round((time.perf_counter() - started) * 1000, 1),
                organization=getattr(actor, "organization_id", None),
                key=getattr(actor, "key_id", None),
            )
        return response


def _level(request: HttpRequest, response: HttpResponseBase) -> int:
    if response.status_code >= 500:
        return logging.ERROR
    return logging.DEBUG if request.path in _QUIET_PATHS else logging.INFO
