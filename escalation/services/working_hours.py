"""Working hours."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TypedDict, Unpack
from uuid import UUID

from django.db import transaction

from escalation.domain.model import Window
from escalation.errors import WorkingHoursInUse
from escalation.models import HOURS_IN_USE_CONSTRAINT, WorkingHours
from escalation.models.policy import LAYER_HOURS_CONSTRAINT
from escalation.models.working_hours import WORKING_HOURS_NAME_CONSTRAINT
from escalation.services.changes import Checks, assign, touch
from escalation.services.locking import lock_all_to_delete, lock_to_change, lock_to_delete
from escalation.services.validation import checked_name, checked_timezone
from escalation.services.windows import StoredWindow, check_opening, checked_windows
from scaling.errors import NameConflict
from scaling.integrity import refusing


class WorkingHoursChanges(TypedDict, total=False):
    """What may change about working hours; what is absent stays."""

    name: str
    timezone: str
    windows: Sequence[Window]


def _checked_windows(windows: Sequence[Window]) -> list[StoredWindow]:
    check_opening(windows)
    return checked_windows("windows", windows)


_CHECKS: Checks = {"name": checked_name, "timezone": checked_timezone, "windows": _checked_windows}


@transaction.atomic
def create_working_hours(
    *, organization_id: str, actor_id: str, now: datetime, name: str, timezone: str, windows: Sequence[Window]
) -> WorkingHours:
    """Create working hours: one window or more, in a time zone of their own. ``actor_id`` is remembered.

    Raises:
        InvalidInput: a value is unusable, or two windows overlap.
        NameConflict: other working hours of the organization bear the name.
    """
    hours = WorkingHours(organization_id=organization_id, created_by=actor_id, created_at=now, updated_at=now)
    assign(hours, {"name": name, "timezone": timezone, "windows": windows}, _CHECKS)
    with _unique_name(hours):
        hours.save(force_insert=True)
    return hours


@transaction.atomic
def update_working_hours(
    *,
    organization_id: str,
    hours_id: UUID,
    now: datetime,
    if_match: str | None = None,
    **changes: Unpack[WorkingHoursChanges],
) -> WorkingHours:
    """Change what is given; ``windows`` replaces them all. Running escalations go by the new hours.

    Raises:
        NotFound: the organization has no such working hours.
        PreconditionFailed: they have changed since the client read them.
        InvalidInput, NameConflict: as for ``create_working_hours``.
    """
    hours = lock_to_change(WorkingHours, organization_id=organization_id, row_id=hours_id, if_match=if_match)
    if assign(hours, changes, _CHECKS):
        with _unique_name(hours):
            touch(hours, now)
    return hours


@transaction.atomic
def delete_working_hours(*, organization_id: str, hours_id: UUID, if_match: str | None = None) -> None:
    """Delete working hours, for ever.

    Raises:
        NotFound: the organization has no such working hours.
        PreconditionFailed: they have changed since the client read them.
        WorkingHoursInUse: a layer names them, or an incident that is not resolved may still ask for them.
    """
    hours = lock_to_delete(WorkingHours, organization_id=organization_id, row_id=hours_id, if_match=if_match)
    with _unused():
        hours.delete()


@transaction.atomic
def delete_all_working_hours(*, organization_id: str, hours_ids: Collection[UUID]) -> None:
    """Delete working hours as ``delete_working_hours`` does, all of them or none; what is not there is passed over.

    Raises:
        WorkingHoursInUse: a layer names one of them, or an incident that is not resolved may still ask for them.
    """
    hours = lock_all_to_delete(WorkingHours, organization_id=organization_id, row_ids=hours_ids)
    with _unused():
        hours.delete()


def _unused() -> AbstractContextManager[None]:
    return refusing(
        {
            LAYER_HOURS_CONSTRAINT: WorkingHoursInUse("A layer of an escalation policy names these working hours."),
            HOURS_IN_USE_CONSTRAINT: WorkingHoursInUse("An incident that is not resolved uses these working hours."),
        }
    )


def _unique_name(hours: WorkingHours) -> AbstractContextManager[None]:
    conflict = NameConflict(f"This organization has working hours named {hours.name!r} already.")
    return refusing({WORKING_HOURS_NAME_CONSTRAINT: conflict})
