"""Everybody's own account: what they sign in with."""

from __future__ import annotations

from http import HTTPStatus

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Show what somebody signs in with, and lead to where each of it is changed. One statement besides the session's."""
    rows = list(Authenticator.objects.filter(user_id=request.user.pk).order_by("created_at", "pk"))
    passkeys = [row.wrap() for row in rows if row.type == Authenticator.Type.WEBAUTHN]
    app = next((row for row in rows if row.type == Authenticator.Type.TOTP), None)
    codes = next((row.wrap() for row in rows if row.type == Authenticator.Type.RECOVERY_CODES), None)
    context = {
        "app": app,
        "passkeys": passkeys,
        "codes_left": None if codes is None else len(codes.get_unused_codes()),
        "is_missing": settings.REQUIRE_SECOND_FACTOR and not (app or passkeys),
    }
    return render(request, "accounts/account.html", context)


def no_business(request: HttpRequest) -> HttpResponse:
    """Tell somebody signed in that they belong to no organization that is active, with 403."""
    return render(request, "accounts/no_business.html", status=HTTPStatus.FORBIDDEN)
