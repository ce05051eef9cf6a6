"""The credential in a calendar's link: 256 random bits, kept as their SHA-256 alone.

Calendar programs keep a link for years and cannot sign in, so the link has no expiry; deleting the feed revokes it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

from django.conf import settings
from django.urls import reverse

_FORM: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def make_token() -> str:
    """Return the text of a fresh token: 43 letters, digits, ``-`` and ``_``."""
    return secrets.token_urlsafe(32)


def is_well_formed(token: str) -> bool:
    """Tell whether ``token`` can be one at all."""
    return _FORM.fullmatch(token) is not None


def digest(token: str) -> bytes:
    """Return the 32 bytes under which a token is kept and found."""
    return hashlib.sha256(token.encode()).digest()


def calendar_url(token: str) -> str:
    """Return the link of a token, under the public URL and never under the host of a request (B128)."""
    return f"{settings.PUBLIC_URL}{reverse('calendar', args=[token])}"
