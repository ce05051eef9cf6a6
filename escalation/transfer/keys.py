"""Keys: how an exported document calls what it refers to.

A key follows from the name alone, or for people from the email. So it is the same in every export, whatever else the
organization has, and differs for what differs: names that differ in case only are one name, here as in the database.
*Checkout primary* is ``checkout-primary``. Where the short form loses something, what is lost is hashed:
*Checkout (EU)* is ``checkout-eu.57bfd696e7c9``.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from scaling.text import name_key

_PLAIN = re.compile(r"[a-z0-9]+(?: [a-z0-9]+)*")
_SHORT = 60
_HASH_LENGTH = 12


def key_of_name(name: str) -> str:
    """Return the key of the policy, schedule or working hours called ``name``."""
    compared = name_key(name)
    if len(compared) <= _SHORT and _PLAIN.fullmatch(compared):
        return compared.replace(" ", "-")
    letters = unicodedata.normalize("NFKD", compared).encode("ascii", "ignore").decode()
    words = "-".join(re.findall(r"[a-z0-9]+", letters))[:_SHORT].rstrip("-")
    return f"{words or 'name'}.{hashlib.sha256(compared.encode()).hexdigest()[:_HASH_LENGTH]}"


def key_of_email(email: str) -> str:
    """Return the key of the person whose account has that address: the address, as addresses are compared."""
    return name_key(email)
