"""Pages behind a link in a mail: whoever holds the link may look and answer, without signing in.

The link is the only credential. No cookie is read, so a foreign page has nothing to ride on, and none is set; looking
changes nothing; the address is neither kept nor passed on (B124 to B126).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Final

import structlog
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from scaling.api.exceptions import is_passing

_HEADERS: Final = {
    "Cache-Control": "no-store",
    # The address is the credential: it must not travel on to what a text links to.
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Robots-Tag": "noindex, nofollow",
}
_RETRY_AFTER_SECONDS: Final = 5

_log = structlog.get_logger(__name__)

View = Callable[..., HttpResponse]


def link_page(*, unavailable: str) -> Callable[[View], View]:
    """Return the decorator of a view for GET, HEAD and POST that takes the token of its path.

    While the database is away the answer is 503 with the template ``unavailable``.
    """

    def decorate(view: View) -> View:
        @csrf_exempt
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def page(request: HttpRequest, **token: str) -> HttpResponse:
            response = _answered(view, request, token, unavailable)
            for name, value in _HEADERS.items():
                response[name] = value
            return response

        return page

    return decorate


def _answered(view: View, request: HttpRequest, token: Mapping[str, str], unavailable: str) -> HttpResponse:
    try:
        return view(request, **token)
    except (DatabaseError, InterfaceError) as error:
        if not is_passing(error):
            raise
        _log.warning("page_unavailable", page=view.__name__, method=request.method, error=str(error))
    response = render(request, unavailable, status=HTTPStatus.SERVICE_UNAVAILABLE)
    response["Retry-After"] = str(_RETRY_AFTER_SECONDS)
    return response
