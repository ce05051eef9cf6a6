"""Schedules as wholes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TypedDict, Unpack
from uuid import UUID

from django.db import transaction

from escalation.errors import ScheduleInUse
from escalation.models import SCHEDULE_IN_USE_CONSTRAINT, Schedule
from escalation.models.policy import LAYER_SCHEDULE_CONSTRAINT
from escalation.models.schedule import SCHEDULE_NAME_CONSTRAINT
from escalation.services.changes import Checks, assign, touch
from escalation.services.locking import lock_all_to_delete, lock_to_change, lock_to_delete
from escalation.services.rotations import RotationRevision, arrange_rotations
from escalation.services.validation import checked_description, checked_name, checked_paging_mode, checked_timezone
from scaling.errors import NameConflict
from scaling.integrity import refusing


class ScheduleChanges(TypedDict, total=False):
    """What may change about a schedule; what is absent stays."""

    name: str
    description: str | None
    timezone: str
    paging_mode: str


_CHECKS: Checks = {
    "name": checked_name,
    "description": checked_description,
    "timezone": checked_timezone,
    "paging_mode": checked_paging_mode,
}


@transaction.atomic
def create_schedule(
    *,
    organization_id: str,
    actor_id: str,
    now: datetime,
    name: str,
    timezone: str,
    description: str | None = None,
    paging_mode: str = Schedule.PagingMode.ALL,
    rotations: Sequence[RotationRevision] = (),
) -> Schedule:
    """Create a schedule with new ``rotations``, in their order. ``actor_id`` is remembered as its creator.

    Raises:
        InvalidInput: a value is unusable; of the first rotation fields are named ``rotations.0.name`` and so on.
        NameConflict: another schedule of the organization bears the name.
    """
    schedule = Schedule(organization_id=organization_id, created_by=actor_id, created_at=now, updated_at=now)
    fields = {"name": name, "timezone": timezone, "description": description, "paging_mode": paging_mode}
    assign(schedule, fields, _CHECKS)
    with _unique_name(schedule):
        schedule.save(force_insert=True)
    arrange_rotations(schedule, rotations, now)
    return schedule


@transaction.atomic
def update_schedule(
    *,
    organization_id: str,
    schedule_id: UUID,
    now: datetime,
    if_match: str | None = None,
    **changes: Unpack[ScheduleChanges],
) -> Schedule:
    """Change what is given.

    Raises:
        NotFound: the organization has no such schedule.
        PreconditionFailed: it has changed since the client read it.
        InvalidInput, NameConflict: as for ``create_schedule``.
    """
    schedule = lock_to_change(Schedule, organization_id=organization_id, row_id=schedule_id, if_match=if_match)
    if assign(schedule, changes, _CHECKS):
        with _unique_name(schedule):
            touch(schedule, now)
    return schedule


@transaction.atomic
def revise_schedule(
    *,
    organization_id: str,
    schedule_id: UUID,
    now: datetime,
    rotations: Sequence[RotationRevision],
    if_match: str | None = None,
    **changes: Unpack[ScheduleChanges],
) -> Schedule:
    """Change what is given, and make the schedule's rotations be ``rotations``, in their order, all or nothing.

    A rotation named by its id stays the row it is; one that is not named is deleted, with the overrides that name it.

    Raises:
        NotFound: the organization has no such schedule.
        PreconditionFailed: it has changed since the client read it.
        InvalidLayerOrder: a rotation is named twice, or is not one of this schedule.
        InvalidInput, NameConflict: as for ``create_schedule``.
    """
    schedule = lock_to_change(Schedule, organization_id=organization_id, row_id=schedule_id, if_match=if_match)
    is_changed = assign(schedule, changes, _CHECKS)
    is_changed |= arrange_rotations(schedule, rotations, now)
    if is_changed:
        with _unique_name(schedule):
            touch(schedule, now)
    return schedule


@transaction.atomic
def delete_schedule(*, organization_id: str, schedule_id: UUID, if_match: str | None = None) -> None:
    """Delete a schedule with its rotations and overrides, for ever.

    Raises:
        NotFound: the organization has no such schedule.
        PreconditionFailed: it has changed since the client read it.
        ScheduleInUse: a layer targets it, or an incident that is not resolved may still page it.
    """
    schedule = lock_to_delete(Schedule, organization_id=organization_id, row_id=schedule_id, if_match=if_match)
    with _unused():
        schedule.delete()


@transaction.atomic
def delete_schedules(*, organization_id: str, schedule_ids: Collection[UUID]) -> None:
    """Delete schedules as ``delete_schedule`` does, all of them or none; what is not there is passed over.

    Raises:
        ScheduleInUse: a layer targets one of them, or an incident that is not resolved may still page it.
    """
    schedules = lock_all_to_delete(Schedule, organization_id=organization_id, row_ids=schedule_ids)
    with _unused():
        schedules.delete()


def _unused() -> AbstractContextManager[None]:
    return refusing(
        {
            LAYER_SCHEDULE_CONSTRAINT: ScheduleInUse("A layer of an escalation policy targets this schedule."),
            SCHEDULE_IN_USE_CONSTRAINT: ScheduleInUse("An incident that is not resolved uses this schedule."),
        }
    )


def _unique_name(schedule: Schedule) -> AbstractContextManager[None]:
    conflict = NameConflict(f"This organization has a schedule named {schedule.name!r} already.")
    return refusing({SCHEDULE_NAME_CONSTRAINT: conflict})
