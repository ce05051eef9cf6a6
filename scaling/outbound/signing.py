"""How receivers know that a webhook is ours: Standard Webhooks 1.0, with shared secrets."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from standardwebhooks import Webhook

from scaling import __version__

_SECRET_BYTES: Final = 32
_USER_AGENT: Final = f"Scaling/{__version__}"


def new_secret() -> str:
    """Return a fresh secret in the form of the standard, ``whsec_…``."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"


def signed_headers(key: str, body: bytes, secrets_in_use: Sequence[str], now: datetime) -> dict[str, str]:
    """Return the headers of a JSON body sent at ``now`` as the message ``key``.

    ``key`` stays the same over all attempts. While a secret is replaced two are in use, and each signs: a receiver
    takes the one it knows.
    """
    signatures = [Webhook(secret).sign(msg_id=key, timestamp=now, data=body.decode()) for secret in secrets_in_use]
    return {
        "Content-Type": "application/json",
        "User-Agent": _USER_AGENT,
        "webhook-id": key,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
