"""Whoever needs a second factor sets one up before anything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from accounts.models import User
from accounts.services import has_second_factor
from scaling.api.paths import is_api
from scaling.pages import works_without_second_factor


class SecondFactorMiddleware:
    """Leads people without a second factor to their account, if ``SCALING_REQUIRE_SECOND_FACTOR`` is set.

    Programs, links in mails and the pages that sign in or set one up are left alone. One statement a page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.REQUIRE_SECOND_FACTOR:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, *_: Any) -> HttpResponseBase | None:
        """Let the request through, or send it to where a second factor is set up."""
        if is_api(request) or works_without_second_factor(view):
            return None
        user = request.user
        if not isinstance(user, User) or has_second_factor(user.pk):
            return None
        return HttpResponseRedirect(reverse("account"))
