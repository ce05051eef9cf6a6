"""The text of an API key (contract 1.1): ``scl_live_``, 30 random characters, 6 characters of checksum.

All 36 are base 62, digits before capitals before small letters. The checksum is the CRC-32 (``zlib.crc32``: ISO-HDLC,
as in gzip) of the 30 random characters as ASCII, without the prefix, as an unsigned number in base 62, most
significant digit first, padded with ``0`` to 6. It lets a scanner or the API tell a key from a typing error without
asking a database; it is no secret. What is kept of a key is its SHA-256: fast hashing is right for random text.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib

PREFIX = "scl_live_"
SCAN_PATTERN = r"scl_live_[0-9A-Za-z]{36}"

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_LENGTH = 30
_CHECKSUM_LENGTH = 6
_SHOWN_LENGTH = len(PREFIX) + 6
_FORM = re.compile(SCAN_PATTERN)


def make_key() -> str:
    """Return the text of a fresh key, with 178 bits of randomness."""
    token = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))
    return f"{PREFIX}{token}{_checksum(token)}"


def is_well_formed(text: str) -> bool:
    """Tell whether ``text`` can be a key at all: prefix, length, alphabet and checksum."""
    if _FORM.fullmatch(text) is None:
        return False
    token, checksum = text[len(PREFIX) : -_CHECKSUM_LENGTH], text[-_CHECKSUM_LENGTH:]
    return _checksum(token) == checksum


def digest(text: str) -> bytes:
    """Return the 32 bytes under which a key is kept and found."""
    return hashlib.sha256(text.encode()).digest()


def shown_prefix(text: str) -> str:
    """Return the start of a key by which people tell keys apart."""
    return text[:_SHOWN_LENGTH]


def _checksum(token: str) -> str:
    number = zlib.crc32(token.encode())
    digits = ""
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
