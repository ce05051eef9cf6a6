"""The credential in the link of an invitation: its id, signed.

Nothing from which the link could be made is stored, so whoever reads the database cannot join by it; and the link is
the same however often its mail is sent, which a random token of which only a hash is kept could not be.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

_SALT: Final = "accounts.joining"
_SEPARATOR: Final = "."  # no mail client takes it for the end of a link, unlike a colon


def make_token(invitation_id: str) -> str:
    """Return the token of an invitation."""
    return _signer().sign(invitation_id)


def read_token(token: str) -> str | None:
    """Return the id of the invitation a token was made for, or None if we did not make it."""
    try:
        return _signer().unsign(token)
    except BadSignature:
        return None


def joining_url(invitation_id: str) -> str:
    """Return the link of an invitation, under the public URL and never under the host of a request (B128)."""
    path = reverse("join", args=[make_token(invitation_id)])
    return f"{settings.PUBLIC_URL}{path}"


def _signer() -> Signer:
    return Signer(salt=_SALT, sep=_SEPARATOR)
