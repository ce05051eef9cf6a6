"""People's quiet hours."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from accounts.services import find_member_by_user
from escalation.domain.model import Window
from escalation.models import QuietHours
from escalation.services.validation import checked_timezone
from escalation.services.windows import checked_windows
from scaling.errors import InvalidInput


@transaction.atomic
def set_quiet_hours(*, organization_id: str, user_id: str, timezone: str, windows: Sequence[Window]) -> QuietHours:
    """Leave out a person's loud methods during ``windows``, one or more, where an incident can wait until morning.

    They count for pages that are fired from now on.

    Raises:
        NotFound: the organization has no such member.
        InvalidInput: a value is unusable, or two windows overlap.
    """
    member = find_member_by_user(organization_id, user_id)
    if not windows:
        raise InvalidInput([("windows", "must be at least one window.")])
    values = {"timezone": checked_timezone(timezone), "windows": checked_windows("windows", windows)}
    hours, _ = QuietHours.objects.update_or_create(organization_id=organization_id, membership=member, defaults=values)
    return hours


@transaction.atomic
def clear_quiet_hours(*, organization_id: str, user_id: str) -> None:
    """Use a person's loud methods at any hour again; ``NotFound`` if the organization has no such member."""
    member = find_member_by_user(organization_id, user_id)
    QuietHours.objects.filter(membership=member).delete()
