"""Pages for one pair of eyes: nothing of them is stored, framed, scripted, or loaded from elsewhere.

Behind a link in a mail, whoever holds the link may look and answer without signing in: the link is the only credential.
No cookie is read there, so a foreign page has nothing to ride on, and none is set; looking changes nothing; the address
is neither kept nor passed on (B124 to B126). Pages of somebody signed in keep the rest of this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, Final, ParamSpec, TypeVar

import structlog
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from scaling.api.exceptions import is_passing

_SCRIPTLESS: Final = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_PRIVATE: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _SCRIPTLESS,
    "X-Robots-Tag": "noindex, nofollow",
}
# Passkeys are asked for by scripts of ours, and one of them fetches a challenge.
_SCRIPTED: Final = {
    **_PRIVATE,
    "Content-Security-Policy": f"{_SCRIPTLESS}; script-src 'self'; connect-src 'self'",
}
# The address is the credential: it must not travel on to what a text links to.
_BEHIND_A_LINK: Final = {**_PRIVATE, "Referrer-Policy": "no-referrer"}
_RETRY_AFTER_SECONDS: Final = 5
_WITHOUT_SECOND_FACTOR: Final = "works_without_second_factor"

_log = structlog.get_logger(__name__)

Parameters = ParamSpec("Parameters")
View = Callable[Concatenate[HttpRequest, Parameters], HttpResponseBase]
LinkView = Callable[..., HttpResponse]
AnyView = TypeVar("AnyView", bound=Callable[..., HttpResponseBase])


def link_page(*, unavailable: str) -> Callable[[LinkView], LinkView]:
    """Return the decorator of a view for GET, HEAD and POST that takes the token of its path.

    While the database is away the answer is 503 with the template ``unavailable``.
    """

    def decorate(view: LinkView) -> LinkView:
        @without_second_factor
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
    return _sending(_PRIVATE, view)


def private_with_scripts(view: View[Parameters]) -> View[Parameters]:
    """Decorate a view as ``private`` does, whose pages run scripts from files of ours."""
    return _sending(_SCRIPTED, view)


def without_second_factor(view: AnyView) -> AnyView:
    """Mark a view that works for whoever has to set up a second factor first (``SCALING_REQUIRE_SECOND_FACTOR``)."""
    setattr(view, _WITHOUT_SECOND_FACTOR, True)
    return view


def works_without_second_factor(view: object) -> bool:
    """Tell whether the view is marked so."""
    return getattr(view, _WITHOUT_SECOND_FACTOR, False)


def _sending(headers: Mapping[str, str], view: View[Parameters]) -> View[Parameters]:
    @wraps(view)
    def sent_along(request: HttpRequest, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        _send_along(response, headers)
        return response

    return sent_along


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
