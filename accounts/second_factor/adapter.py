"""How allauth keeps second factors here."""

from __future__ import annotations

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from accounts.models import User
from accounts.second_factor import secrets


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is not typed
    """Our answers to what allauth asks about second factors."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_generate_recovery_codes": "Recovery codes go with another second factor: set that up first.",
        "incorrect_code": "This code does not work.",
    }

    def encrypt(self, text: str) -> str:
        """Return what is stored of a secret."""
        return secrets.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret."""
        return secrets.decrypt(encrypted_text)

    def build_totp_svg(self, url: str) -> SafeString:
        """Return the QR code as an element of a page, drawn without styles."""
        _, _, element = super().build_totp_svg(url).rpartition("?>")
        drawn: SafeString = mark_safe(element.strip())  # noqa: S308 - it holds squares alone
        return drawn

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return what passkeys are bound to: the public host, whatever a request says."""
        return {"id": settings.PUBLIC_HOST, "name": "Scaling"}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, str | bytes]:
        """Return as what a passkey is kept: the email, so that people can tell several apart."""
        return {"id": user.pk.encode(), "display_name": user.email, "name": user.email}

    def generate_authenticator_name(self, user: User, type: str) -> str:
        """Return the name a passkey has until it is given one."""
        return "Passkey"
