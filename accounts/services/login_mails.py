"""Mails about logins, due and sent. Whoever sends them claims them here and reports back.

Nothing secret is stored: the link that sets a new password is made when its mail is sent. A claim pushes ``next_at``
by the lease, so that a mail whose sender died goes out again: twice rather than never.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.models import LoginMail, User
from scaling.text import name_key

LEASE: Final = timedelta(minutes=2)
_LONGEST_PAUSE: Final = timedelta(hours=1)


def queue_login_mail(*, user_id: str, kind: LoginMail.Kind, now: datetime) -> None:
    """Have somebody told what became of their login. Of the same kind, at most one is under way."""
    LoginMail.objects.bulk_create(
        [LoginMail(user_id=user_id, kind=kind, created_at=now, next_at=now)], ignore_conflicts=True
    )


def request_password_reset(*, email: str, now: datetime) -> None:
    """Have the link mailed that sets a new password, if an active login has that email; if none, do nothing.

    An operator of the installation who has had no password so far gets none this way.
    """
    user = User.objects.filter(email_key=name_key(email), is_active=True).first()
    if user is not None and (user.has_usable_password() or not user.is_superuser):
        queue_login_mail(user_id=user.pk, kind=LoginMail.Kind.PASSWORD_RESET, now=now)


@transaction.atomic
def claim_login_mails(*, at_most: int, now: datetime) -> Sequence[UUID]:
    """Return the ids of mails that are due, for the lease in nobody else's hands. At most two statements."""
    due = LoginMail.objects.filter(next_at__lte=now).order_by("next_at", "pk")
    locked = due.select_for_update(of=("self",), skip_locked=True, no_key=True)
    claimed = list(locked.values_list("pk", flat=True)[:at_most])
    if claimed:
        LoginMail.objects.filter(pk__in=claimed).update(next_at=now + LEASE, attempts=F("attempts") + 1)
    return claimed


def record_login_mail_done(*, mail_id: UUID) -> None:
    """Forget a mail that was taken, or that never will be."""
    LoginMail.objects.filter(pk=mail_id).delete()


def record_login_mail_failed(*, mail_id: UUID, attempts: int, now: datetime) -> None:
    """Have a mail tried again: after a minute, then after twice as long each time, at most after an hour."""
    pause = min(timedelta(minutes=2 ** min(attempts - 1, 6)), _LONGEST_PAUSE)
    LoginMail.objects.filter(pk=mail_id).update(next_at=now + pause)
