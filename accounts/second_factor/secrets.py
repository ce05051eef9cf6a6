"""Secrets of second factors are encrypted in the database: whoever reads it cannot make codes.

The key is derived from the secret key (HKDF-SHA256) and used by Fernet (AES-128-CBC with HMAC-SHA256). What was written
under a former secret key can be read for as long as that one is listed in ``SCALING_SECRET_KEY_FALLBACKS``.
"""

from __future__ import annotations

import base64
from functools import cache
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_PURPOSE: Final = b"accounts.second_factor"


class SecretUnreadable(Exception):
    """A secret was written under a secret key that is listed no more: the person needs a new second factor."""


def encrypt(text: str) -> str:
    """Return ``text`` encrypted under the present secret key, in ASCII."""
    return _keys(settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS)).encrypt(text.encode()).decode("ascii")


def decrypt(encrypted: str) -> str:
    """Return the text.

    Raises:
        SecretUnreadable: it was not encrypted under any of our secret keys.
    """
    try:
        return _keys(settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS)).decrypt(encrypted).decode()
    except InvalidToken as error:
        raise SecretUnreadable from error


@cache
def _keys(present: str, former: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([_key(secret) for secret in (present, *former)])


def _key(secret: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
