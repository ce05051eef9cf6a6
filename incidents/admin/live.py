"""Parts of pages that keep themselves as the rows are: asked for every few seconds, and drawn only once something changed.

A part has a version, a handful of numbers that one cheap statement tells. What a browser shows carries it as a tag; the
next time it asks it names the tag, and is told 304 if nothing has changed. The browser keeps the rest
(``static/incidents/live.js``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.db import connection
from django.http import HttpRequest, HttpResponse

from accounts.acting import acting
from scaling import __version__

TIME: Final = "Scaling-Time"
"""The header in which every answer tells what time it is: no answer without it is one of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a part of a page is drawn from, and the present instant, by the database's clock."""

    numbers: tuple[object, ...]
    now: datetime


def ask_version(sql: str, values: Mapping[str, str | UUID | None]) -> Version:
    """Return the version that ``sql`` tells, whose first column is the present instant. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        now, *numbers = cursor.fetchone()
    return Version(numbers=tuple(numbers), now=now)


def tag_of(request: HttpRequest, version: Version) -> str:
    """Return the tag of a part as this session sees it: of one organization, for somebody in one role."""
    here = acting(request)
    shown = (__version__, here.organization_id, here.user_id, here.is_admin, *version.numbers)
    return f'"{hashlib.sha256(repr(shown).encode()).hexdigest()[:32]}"'


def answer_live(request: HttpRequest, version: Version, draw: Callable[[str], HttpResponse]) -> HttpResponse:
    """Return 304 if the browser has it already, else what ``draw`` makes, which is given the tag."""
    tag = tag_of(request, version)
    is_known = request.headers.get("If-None-Match") == tag
    response = HttpResponse(status=HTTPStatus.NOT_MODIFIED) if is_known else draw(tag)
    response["ETag"] = tag
    response[TIME] = version.now.isoformat(timespec="milliseconds")
    return response
