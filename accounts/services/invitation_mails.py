"""What becomes of the mails of invitations. Whoever sends them claims them here and reports back.

A claim pushes ``next_at`` by the lease, so that a mail whose sender died goes out again: twice rather than never, and
with the same link.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F

from accounts.models import Invitation

LEASE: Final = timedelta(minutes=2)
_LONGEST_PAUSE: Final = timedelta(hours=1)


@transaction.atomic
def claim_invitations(*, at_most: int, now: datetime) -> Sequence[str]:
    """Return the ids of invitations whose mail is due, for the lease in nobody else's hands. At most two statements."""
    due = Invitation.objects.due(now).order_by("next_at", "pk")
    locked = due.select_for_update(of=("self",), skip_locked=True, no_key=True)
    claimed = list(locked.values_list("pk", flat=True)[:at_most])
    if claimed:
        rows = Invitation.objects.filter(pk__in=claimed)
        rows.update(next_at=now + LEASE, attempts=F("attempts") + 1)
    return claimed


def record_invitation_done(*, invitation_id: str) -> None:
    """Write down that the mail server took the mail, or that it never will: it is not sent again."""
    Invitation.objects.filter(pk=invitation_id).update(next_at=None)


def record_invitation_failed(*, invitation_id: str, attempts: int, now: datetime) -> None:
    """Have the mail tried again: after a minute, then after twice as long each time, at most after an hour."""
    pause = min(timedelta(minutes=2 ** min(attempts - 1, 6)), _LONGEST_PAUSE)
    Invitation.objects.filter(pk=invitation_id, next_at__isnull=False).update(next_at=now + pause)
