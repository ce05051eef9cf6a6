"""A schedule's overrides.

Each of these writes a new version of the schedule, unless nothing changes. Whether two overrides overlap is settled
under the schedule's lock, which every change of one takes. Errors name fields as the API does.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TypedDict, Unpack
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from escalation.domain.model import UserId
from escalation.errors import OverrideConflict
from escalation.models import Override, Schedule
from escalation.services.changes import Checks, assign, touch
from escalation.services.locking import lock_to_change
from escalation.services.people import reachable_people
from escalation.services.validation import check_span, checked_instant
from scaling.errors import InvalidInput, NotFound


class OverrideChanges(TypedDict, total=False):
    """What may change about an override; what is absent stays. Without ``rotation_id`` the first is displaced."""

    user_id: UserId
    rotation_id: UUID | None
    starts_at: datetime
    ends_at: datetime


_CHECKS: Checks = {
    "rotation_id": lambda value: value,
    "starts_at": partial(checked_instant, "startsAt"),
    "ends_at": partial(checked_instant, "endsAt"),
}


@transaction.atomic
def add_override(
    *,
    organization_id: str,
    schedule_id: UUID,
    actor_id: str,
    now: datetime,
    user_id: UserId,
    starts_at: datetime,
    ends_at: datetime,
    rotation_id: UUID | None = None,
) -> Override:
    """Have somebody serve for a rotation from ``starts_at`` until before ``ends_at``, in the past too.

    The override comes with its ``membership``.

    Raises:
        NotFound: the organization has no such schedule.
        InvalidInput: a value is unusable, the user cannot be paged, or the schedule has no such rotation.
        OverrideConflict: another override displaces the same rotation at the same time.
    """
    schedule = lock_to_change(Schedule, organization_id=organization_id, row_id=schedule_id, if_match=None)
    override = Override(
        organization_id=organization_id, schedule=schedule, created_by=actor_id, created_at=now, updated_at=now
    )
    times: OverrideChanges = {"rotation_id": rotation_id, "starts_at": starts_at, "ends_at": ends_at}
    _write(schedule, override, {"user_id": user_id, **times}, now)
    return override


@transaction.atomic
def update_override(
    *,
    organization_id: str,
    schedule_id: UUID,
    override_id: UUID,
    now: datetime,
    if_match: str | None = None,
    **changes: Unpack[OverrideChanges],
) -> Override:
    """Change what is given. The override comes with its ``membership``.

    ``if_match`` names a version of the schedule, which counts the changes of its overrides.

    Raises:
        NotFound: the organization has no such schedule, or the schedule no such override.
        PreconditionFailed: the schedule has changed since the client read it.
        InvalidInput, OverrideConflict: as for ``add_override``.
    """
    schedule = lock_to_change(Schedule, organization_id=organization_id, row_id=schedule_id, if_match=if_match)
    override = _find(schedule, override_id)
    _write(schedule, override, changes, now)
    return override


@transaction.atomic
def delete_override(
    *, organization_id: str, schedule_id: UUID, override_id: UUID, now: datetime, if_match: str | None = None
) -> None:
    """Delete an override: the rotation counts again.

    Raises:
        NotFound: the organization has no such schedule, or the schedule no such override.
        PreconditionFailed: the schedule has changed since the client read it.
    """
    schedule = lock_to_change(Schedule, organization_id=organization_id, row_id=schedule_id, if_match=if_match)
    _find(schedule, override_id).delete()
    touch(schedule, now)


def _find(schedule: Schedule, override_id: UUID) -> Override:
    overrides = Override.objects.for_organization(schedule.organization_id).filter(schedule=schedule)
    found: Override | None = overrides.filter(id=override_id).select_related("membership").first()
    if found is None:
        raise NotFound.of("override")
    return found


def _write(schedule: Schedule, override: Override, changes: OverrideChanges, now: datetime) -> None:
    """Save the override and a new version of the schedule, if anything is different."""
    is_replaced = _assign_user(override, changes)
    is_moved = assign(override, {key: value for key, value in changes.items() if key != "user_id"}, _CHECKS)
    if is_moved:
        _check_place(schedule, override)
    if is_replaced or is_moved:
        override.updated_at = now
        override.save()
        touch(schedule, now)


def _assign_user(override: Override, changes: OverrideChanges) -> bool:
    """Give the override the user who is named anew, if any; tell whether it is another."""
    is_known = override.membership_id is not None
    user_id = changes.get("user_id")
    if user_id is None or (is_known and override.membership.user_id == user_id):
        return False
    (override.membership,) = reachable_people(override.organization_id, [("userId", user_id)])
    return True


def _check_place(schedule: Schedule, override: Override) -> None:
    """Refuse a span that is none, a rotation of elsewhere, and what another override displaces already."""
    check_span(override.starts_at, override.ends_at)
    rotation_ids = [*schedule.rotations.order_by("position").values_list("id", flat=True)]
    if override.rotation_id is not None and override.rotation_id not in rotation_ids:
        raise InvalidInput([("rotationLayerId", "No layer with that id in this schedule.")])
    first = next(iter(rotation_ids), None)
    same = Q(rotation=override.rotation_id or first)
    if override.rotation_id in {None, first}:
        same |= Q(rotation=None)
    others = Override.objects.filter(same, schedule=schedule).exclude(id=override.id)
    if others.reaching_into(override.starts_at, override.ends_at).exists():
        raise OverrideConflict("Another override of the same layer lies in that time.")
