"""The edge of the API: what has to hold for every path under ``/v1``, before and after any view.

Views answer in JSON by ``scaling.api.exceptions``. What fails outside a view (an unknown host, a crash in a
middleware, Django's own error pages) is told in the same envelope here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from scaling import errors
from scaling.api.exceptions import SOMETHING_WENT_WRONG, error_body
from scaling.api.paths import is_api
from scaling.api.renderers import JsonRenderer, encode

_ERROR_OF_STATUS: Mapping[int, type[errors.DomainError]] = MappingProxyType(
    {400: errors.InvalidRequest, 404: errors.NotFound, 413: errors.PayloadTooLarge}
)


class ApiMiddleware:
    """Guards ``/v1``; it stands directly behind the request id, before anything that redirects or renders HTML."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_api(request):
            return self.get_response(request)
        try:
            _refuse_at_the_door(request)
        except errors.DomainError as error:
            return error_response(error, request)
        response = self.get_response(request)
        if response.status_code >= 400 and not _is_json(response):
            return error_response(_told_by(response), request)
        return response


def error_response(error: errors.DomainError, request: HttpRequest) -> HttpResponse:
    """Return the envelope of ``error`` where no view is there to render it."""
    body = encode(error_body(error, request))
    return HttpResponse(body, status=error.status, content_type=JsonRenderer.media_type, headers=dict(error.headers))


def _refuse_at_the_door(request: HttpRequest) -> None:
    # A charset in the Content-Type would also decide how the query string is read.
    request.encoding = "utf-8"
    try:
        request.get_host()
    except DisallowedHost:
        raise errors.InvalidRequest("This installation does not answer to that host name.") from None
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        # A redirect would have sent the key in the clear already, and would turn a POST into a GET.
        raise errors.NotAuthorized("Use https; the key just sent is exposed.", reason="https_required")


def _is_json(response: HttpResponseBase) -> bool:
    return response.get("Content-Type", "").partition(";")[0] == JsonRenderer.media_type


def _told_by(response: HttpResponseBase) -> errors.DomainError:
    if response.status_code >= 500:
        return errors.ServerError(SOMETHING_WENT_WRONG)
    return _ERROR_OF_STATUS.get(response.status_code, errors.InvalidRequest)("The request cannot be served.")
