"""How allauth signs people in here: logins are looked up and changed as everywhere, mails leave by a worker."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts import services
from accounts.models import LoginMail, User
from scaling import clock
from scaling.client import client_address

_KIND_OF_MAIL: Mapping[str, LoginMail.Kind] = MappingProxyType(
    {
        "mfa/email/totp_activated": LoginMail.Kind.SECOND_FACTOR_ADDED,
        "mfa/email/totp_deactivated": LoginMail.Kind.SECOND_FACTOR_REMOVED,
        "mfa/email/webauthn_added": LoginMail.Kind.SECOND_FACTOR_ADDED,
        "mfa/email/webauthn_removed": LoginMail.Kind.SECOND_FACTOR_REMOVED,
        "mfa/email/recovery_codes_generated": LoginMail.Kind.RECOVERY_CODES_RENEWED,
    }
)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is not typed
    """Our answers to what allauth asks."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "The email and the password do not belong together.",
        "enter_current_password": "This is not your password.",
        "incorrect_code": "This code does not work.",
        "incorrect_password": "This is not your password.",
        "too_many_login_attempts": "That was tried too often. Wait five minutes.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: people are invited, or made by an operator."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count nothing here: axes counts passwords, wherever they are tried."""

    def reauthenticate(self, user: User, password: str) -> bool:
        """Tell whether the password is the user's."""
        return bool(self.authenticate(context.request, email=user.email, password=password) == user)

    def set_password(self, user: User, password: str) -> None:
        """Write the password, and let ``user`` have it, of which the session is derived."""
        user.password = services.set_password(user_id=user.pk, password=password, now=clock.now()).password

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Lead somebody whose passkey is right, and whose login is switched off, back to where they came from."""
        messages.error(request, "This login is switched off.")
        return HttpResponseRedirect(reverse("account_login"))

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return where the request comes from."""
        return client_address(request)

    def send_notification_mail(self, template_prefix: str, user: User, *_: object, **__: object) -> None:
        """Have the person told of a change of their second factors. Of new passwords the service itself tells."""
        kind = _KIND_OF_MAIL.get(template_prefix)
        if kind is not None:
            services.queue_login_mail(user_id=user.pk, kind=kind, now=clock.now())
