"""People's quiet hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from accounts.services import find_member_by_user, locked_member
from escalation.domain.model import Window
from escalation.models import QuietHours
from escalation.services.validation import checked_timezone
from escalation.services.windows import checked_windows
from scaling.api.preconditions import Content, require_match
from scaling.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietDraft:
    """Quiet hours as they are to be: one window or more, in the person's own time zone."""

    timezone: str
    windows: Sequence[Window]


@transaction.atomic
def set_quiet_hours(
    *, organization_id: str, user_id: str, hours: QuietDraft | None, if_match: str | None = None
) -> QuietHours | None:
    """Leave out a person's loud methods during ``hours`` where an incident can wait until morning; None: at no time.

    They count for pages that are fired from now on.

    Raises:
        NotFound: the organization has no such member.
        PreconditionFailed: the hours have changed since the client read them.
        InvalidInput: a value is unusable, or two windows overlap.
    """
    member = locked_member(organization_id, find_member_by_user(organization_id, user_id).pk)
    found = QuietHours.objects.filter(membership=member)
    require_match(if_match, quiet_content(member.pk, found.first()))
    if hours is None:
        found.delete()
        return None
    written, _ = QuietHours.objects.update_or_create(
        organization_id=organization_id, membership=member, defaults=_checked(hours)
    )
    return written


def _checked(hours: QuietDraft) -> dict[str, object]:
    if not hours.windows:
        raise InvalidInput([("windows", "must be at least one window.")])
    return {"timezone": checked_timezone(hours.timezone), "windows": checked_windows("windows", hours.windows)}


def quiet_content(membership_id: UUID, hours: QuietHours | None) -> Content:
    """Return by what a person's quiet hours, or their absence, are tagged."""
    return Content(id=membership_id, says=None if hours is None else [hours.timezone, hours.windows])
