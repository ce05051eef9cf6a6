"""Second factors: an authenticator app, passkeys, and recovery codes for when neither is at hand."""

from __future__ import annotations
