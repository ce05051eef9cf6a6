"""Forms that differ from allauth's."""

from __future__ import annotations

from typing import Any

from allauth.account import forms
from django.http import HttpRequest

from accounts import services
from scaling import clock


class ResetPasswordForm(forms.ResetPasswordForm):  # type: ignore[misc]  # allauth is not typed
    """Asks for the email of a login. Whether there is one makes no difference that could be seen."""

    def clean_email(self) -> str:
        """Return the address as it was typed."""
        email: str = self.cleaned_data["email"]
        return email

    def save(self, request: HttpRequest, **_: Any) -> str:
        """Have the link mailed, if there is somebody to mail it to."""
        email: str = self.cleaned_data["email"]
        services.request_password_reset(email=email, now=clock.now())
        return email
