"""The answer page. Looking at it changes nothing, its one button acknowledges (I26, B124 to B126)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from typing import Final

import structlog
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from incidents.answer.board import load_board, load_page
from incidents.answer.tokens import LIFETIME, read_token
from incidents.errors import InvalidTargetUser
from incidents.models import Page
from incidents.names import actor_of
from incidents.services import acknowledge_incident
from scaling import clock
from scaling.api.exceptions import is_passing

_HEADERS: Final = {
    "Cache-Control": "no-store",
    # The address is the credential: it must not travel on to what a description links to.
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Robots-Tag": "noindex, nofollow",
}
_RETRY_AFTER_SECONDS: Final = 5

_log = structlog.get_logger(__name__)


# No cookie is read here, so a foreign page has nothing to ride on: whoever can send the form holds the token (B126).
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is going on to whoever holds the link, and let them take it.

    A link we did not make is 404, one whose time is up or whose person has left is 410; both say nothing else.
    Acknowledging is idempotent and answers 303 to the page that shows what came of it. While the database is away,
    503 says that an answer may not have been recorded, and offers the button again.
    """
    try:
        response = _answer(request, token)
    except (DatabaseError, InterfaceError) as error:
        if not is_passing(error):
            raise
        _log.warning("answer_unavailable", method=request.method, error=str(error))
        response = render(request, "incidents/answer_later.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
        response["Retry-After"] = _RETRY_AFTER_SECONDS
    for name, value in _HEADERS.items():
        response[name] = value
    return response


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    now = clock.now()
    page_id = read_token(token)
    page = None if page_id is None else load_page(page_id)
    if page is None:
        return render(request, "incidents/answer_closed.html", status=HTTPStatus.NOT_FOUND)
    if not _is_open(page, now):
        return render(request, "incidents/answer_closed.html", status=HTTPStatus.GONE)
    if request.method == "POST":
        _acknowledge(page, now)
        return HttpResponseRedirect(request.path, status=HTTPStatus.SEE_OTHER)
    return render(request, "incidents/answer.html", {"board": load_board(page, now)})


def _is_open(page: Page, now: datetime) -> bool:
    """Tell whether the link still holds: not too old, and its person has neither left nor lost the login."""
    if now >= page.started_at + LIFETIME:
        return False
    person = page.membership
    return person is None or (person.ended_at is None and person.user.is_active)


def _acknowledge(page: Page, now: datetime) -> None:
    """Acknowledge in the name of the page's recipient; somebody who is not paged any more takes nothing on."""
    person = page.membership
    holder = person.user_id if person is not None and person.is_active else None
    # Somebody who left between the look at their membership and here finds the link closed on the next page.
    with suppress(InvalidTargetUser):
        acknowledge_incident(
            organization_id=page.organization_id,
            incident_id=page.escalation_id,
            actor_id=actor_of(page),
            user_id=holder,
            now=now,
        )
