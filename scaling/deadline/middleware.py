"""How long a web request may wait for the database in all."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from scaling.api.paths import is_api
from scaling.deadline.budget import answering_within


class DeadlineMiddleware:
    """Gives each request its budget: the API answers within two seconds, pages may take longer.

    Pages have one too, because a few that wait for ever would take every thread from the API.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        seconds = settings.API_DATABASE_SECONDS if is_api(request) else settings.PAGE_DATABASE_SECONDS
        with answering_within(seconds):
            return self.get_response(request)
