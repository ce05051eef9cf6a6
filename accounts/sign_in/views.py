"""Signing in: twenty tries an hour for an email from one place, whether they succeed or not."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse

from scaling import clock
from scaling.errors import RateLimited
from scaling.outbound import fingerprint
from scaling.ratelimit import count

TRIES_AN_HOUR: Final = 20


class SignInView(LoginView):
    """The sign-in page. Whoever is signed in already is sent on to their own page."""

    template_name = "accounts/sign_in.html"
    next_page = "me"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign in, unless that was tried too often: then the password is not even looked at."""
        try:
            count(_bucket(request), limit=TRIES_AN_HOUR, window=timedelta(hours=1), now=clock.now())
        except RateLimited as refused:
            page = self.render_to_response(
                self.get_context_data(form=self.get_form_class()(request), is_rationed=True),
                status=HTTPStatus.TOO_MANY_REQUESTS,
            )
            for name, value in refused.headers.items():
                page[name] = value
            return page
        return super().post(request, *args, **kwargs)


def _bucket(request: HttpRequest) -> str:
    """Return what is counted: the pair of an email and where it is tried from, which stays unreadable in the table."""
    email = request.POST.get("username", "").strip().casefold()
    return f"sign-in:{fingerprint(email + ' ' + request.META['REMOTE_ADDR'])}"
