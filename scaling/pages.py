"""Pages for one pair of eyes: nothing of them is stored, framed, scripted, or loaded from elsewhere.

Behind a link in a mail, whoever holds the link may look and answer without signing in: the link is the only credential.
No cookie is read there, so a foreign page has nothing to ride on, and none is set; looking changes nothing; the address
is neither kept nor passed on (B124 to B126). Pages of somebody signed in keep the rest of this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, Final, ParamSpec

import structlog
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from scaling.api.exceptions import is_passing

_PRIVATE: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Robots-Tag": "noindex, nofollow",
}
# The address is the credential: it must not travel on to what a text links to.
_BEHIND_A_LINK: Final = {**_PRIVATE, "Referrer-Policy": "no-referrer"}
_RETRY_AFTER_SECONDS: Final = 5

_log = structlog.get_logger(__name__)

Parameters = ParamSpec("Parameters")
View = Callable[Concatenate[HttpRequest, Parameters], HttpResponseBase]
LinkView = Callable[..., HttpResponse]


def link_page(*, unavailable: str) -> Callable[[LinkView], LinkView]:
    """Return the decorator of a view for GET, HEAD and POST that takes the token of its path.

    While the database is away the answer is 503 with the template ``unavailable``.
    """

    def decorate(view: LinkView) -> LinkView:
        @csrf_exempt
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def page(request: HttpRequest, **token: str) -> HttpResponse:
            response = _answered(view, request, token, unavailable)
            _send_along(response, _BEHIND_A_LINK)
            return response

        return page

    return decorate


def private(view: View[Parameters]) -> View[Parameters]:
    """Decorate a view for somebody signed in: what it answers stays between the two."""

    @wraps(view)
    def kept_private(request: HttpRequest, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        _send_along(response, _PRIVATE)
        return response

    return kept_private


def _send_along(response: HttpResponseBase, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        response[name] = value


def _answered(view: LinkView, request: HttpRequest, token: Mapping[str, str], unavailable: str) -> HttpResponse:
    try:
        return view(request, **token)
    except (DatabaseError, InterfaceError) as error:
        if not is_passing(error):
            raise
        _log.warning("page_unavailable", page=view.__name__, method=request.method, error=str(error))
    response = render(request, unavailable, status=HTTPStatus.SERVICE_UNAVAILABLE)
    response["Retry-After"] = str(_RETRY_AFTER_SECONDS)
    return response
