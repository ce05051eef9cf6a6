"""The calendar feed. Whoever holds the link reads it; a link that opens nothing says nothing else."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from escalation.calendar.feed import find_feed, load_shown
from escalation.calendar.ics import calendar_text
from scaling import clock
from scaling.api.exceptions import is_passing
from scaling.client import client_address
from scaling.errors import DomainError, NotFound, RateLimited, Unavailable
from scaling.pages import without_second_factor
from scaling.ratelimit import count

WRONG_LINKS_A_MINUTE: Final = 100

_HEADERS: Final = {
    # Ours to keep in nobody's cache but the reader's, who asks each time whether it still holds.
    "Cache-Control": "private, no-cache",
    # The address is the credential.
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Robots-Tag": "noindex, nofollow",
}

_log = structlog.get_logger(__name__)


@without_second_factor
@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """Answer with the calendar a token opens, or 304 to whoever has it already.

    A token that is malformed, unknown, revoked, or whose person has left is 404 all the same; of an address that sends
    many of them further ones are 429, while tokens that open something are not counted. While the database is away, 503.
    """
    try:
        response = _answer(request, token)
    except (NotFound, RateLimited) as refusal:
        response = _refused(refusal)
    except (DatabaseError, InterfaceError) as error:
        if not is_passing(error):
            raise
        _log.warning("calendar_unavailable", error=str(error))
        response = _refused(Unavailable("The database does not answer at the moment. Try again."))
    for name, value in _HEADERS.items():
        response[name] = value
    return response


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    now, feed = clock.now(), find_feed(token)
    if feed is None:
        _count_wrong(request, now)
        raise NotFound("There is no calendar here.")
    text = calendar_text(load_shown(feed, now))
    etag = f'"{hashlib.sha256(text).hexdigest()}"'
    headers = {"ETag": etag, "Content-Disposition": 'inline; filename="on-call.ics"'}
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)
    return get_conditional_response(request, etag=etag, response=response) or response


def _count_wrong(request: HttpRequest, now: datetime) -> None:
    count(f"wrong_calendar:{client_address(request)}", limit=WRONG_LINKS_A_MINUTE, window=timedelta(minutes=1), now=now)


def _refused(refusal: DomainError) -> HttpResponse:
    response = HttpResponse(f"{refusal.message}\n", status=refusal.status, content_type="text/plain; charset=utf-8")
    for name, value in refusal.headers.items():
        response[name] = value
    return response
