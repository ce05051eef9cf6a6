"""When a password was tried too often: axes counts, for an email and an address together, and this says what follows.

Nobody can lock a person out from elsewhere, and nobody gets more tries by spelling an email another way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from scaling.client import client_address
from scaling.pages import private_with_scripts
from scaling.text import name_key


def email_tried(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """Return the email whose password was tried, in the form in which emails are compared."""
    named = credentials or {}
    email = named.get("email") or named.get("username") or request.POST.get("login", "")
    return name_key(str(email))[:255]


def address_tried_from(request: HttpRequest) -> str | None:
    """Return where it was tried from, as axes stores it."""
    return client_address(request) or None


def locked_out(
    request: HttpRequest, _response: HttpResponseBase | None = None, credentials: Mapping[str, Any] | None = None
) -> HttpResponseBase:
    """Return the page that says from when on the next try counts. One statement."""
    wait = _locked_until(request, credentials) - timezone.now()
    seconds = max(math.ceil(wait.total_seconds()), 1)
    return _page(request, seconds)


@private_with_scripts
def _page(request: HttpRequest, seconds: int) -> HttpResponse:
    context = {"minutes": math.ceil(seconds / 60)}
    page = render(request, "accounts/locked_out.html", context, status=HTTPStatus.TOO_MANY_REQUESTS)
    page["Retry-After"] = str(seconds)
    return page


def _locked_until(request: HttpRequest, credentials: Mapping[str, Any] | None) -> datetime:
    tries = AccessAttempt.objects.filter(
        username=email_tried(request, credentials), ip_address=address_tried_from(request)
    )
    last: datetime = tries.aggregate(at=Max("attempt_time"))["at"] or timezone.now()
    return last + settings.AXES_COOLOFF_TIME
