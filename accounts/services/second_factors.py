"""Second factors, as far as anybody but their owner has a say in them. They themselves are allauth's rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import LoginMail, User
from accounts.second_factor.secrets import decrypt, encrypt
from accounts.services.login_mails import queue_login_mail
from scaling.errors import InvalidInput
from scaling.text import name_key

_SECOND_FACTORS: Final = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
_WITH_SECRETS: Final = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
_SECRETS: Final = frozenset({"secret", "seed"})


def second_factors() -> QuerySet[Any]:
    """Return the rows by which logins ask for more than the password; recovery codes alone are none."""
    rows: QuerySet[Any] = Authenticator.objects.filter(type__in=_SECOND_FACTORS)
    return rows


def has_second_factor(user_id: str) -> bool:
    """Tell whether a login asks for more than the password. One statement."""
    return second_factors().filter(user_id=user_id).exists()


@transaction.atomic
def reset_second_factor(*, email: str, now: datetime) -> int:
    """Take the second factors of a login away, its recovery codes among them, and tell its owner by mail.

    Returns how many there were; without any, nothing happens and nobody is told.

    Raises:
        InvalidInput: there is no login with that email.
    """
    user = User.objects.select_for_update(no_key=True).filter(email_key=name_key(email)).first()
    if user is None:
        raise InvalidInput([("email", f"{email} has no login here.")])
    removed: int = Authenticator.objects.filter(user=user).delete()[0]
    if removed:
        queue_login_mail(user_id=user.pk, kind=LoginMail.Kind.SECOND_FACTOR_RESET, now=now)
    return removed


@transaction.atomic
def reencrypt_second_factors() -> int:
    """Write the secrets of all second factors anew under the present secret key; return how many there were.

    Raises:
        SecretUnreadable: one was written under a key that is listed no more; nothing has changed then.
    """
    rows = list(Authenticator.objects.select_for_update(no_key=True).filter(type__in=_WITH_SECRETS).order_by("pk"))
    for row in rows:
        for name in _SECRETS & row.data.keys():
            row.data[name] = encrypt(decrypt(row.data[name]))
        row.save(update_fields=["data"])
    return len(rows)
