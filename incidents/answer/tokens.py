"""The credential in an answer link: the id of one page, signed.

A page is one recipient called about one incident, so the token is bound to both. It carries no expiry of its own: a
page knows when it began, by the database's clock, and a link is good for fourteen days from there.
"""

from __future__ import annotations

import base64
import binascii
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

LIFETIME: Final = timedelta(days=14)
"""How long after its page began a link can be used."""

_SALT: Final = "incidents.answer"
_SEPARATOR: Final = "."  # no mail client takes it for the end of a link, unlike a colon


def make_token(page_id: UUID) -> str:
    """Return the token of a page: 66 characters, the last one a letter or a digit."""
    return _signer().sign(base64.urlsafe_b64encode(page_id.bytes).rstrip(b"=").decode())


def read_token(token: str) -> UUID | None:
    """Return the page a token was made for, or None if we did not make it."""
    try:
        return UUID(bytes=base64.urlsafe_b64decode(f"{_signer().unsign(token)}=="))
    except (BadSignature, binascii.Error, ValueError):
        return None


def answer_url(page_id: UUID) -> str:
    """Return the link of a page, under the public URL and never under the host of a request (B128)."""
    path = reverse("answer", args=[make_token(page_id)])
    return f"{settings.PUBLIC_URL}{path}"


def _signer() -> Signer:
    return Signer(salt=_SALT, sep=_SEPARATOR)
