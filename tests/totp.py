"""What an authenticator app shows."""

from __future__ import annotations

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth

_PERIOD = 60_000_000


def hold_period(monkeypatch, number=0):
    """Have it be the same thirty seconds from now on, so that no code expires while a test types it."""
    monkeypatch.setattr(auth, "yield_hotp_counters_from_time", lambda: iter([_PERIOD + number]))


def give_app(user):
    """Set up an authenticator app for ``user``; return its secret."""
    secret = auth.generate_totp_secret()
    auth.TOTP.activate(user, secret)
    return secret


def give_recovery_codes(user):
    """Return new recovery codes of ``user``."""
    return RecoveryCodes.activate(user).get_unused_codes()


def code_of(secret, number=0):
    """Return what the app shows in the period that is held, or in the one with another number."""
    return auth.format_hotp_value(auth.hotp_value(secret, _PERIOD + number))
