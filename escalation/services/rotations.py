"""A schedule's rotations, one by one and in their order.

Each of these writes a new version of the schedule, unless nothing changes. Errors name fields as the API does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, time
from functools import partial
from typing import NamedTuple, TypedDict, Unpack
from uuid import UUID

from django.db import transaction

from escalation.domain.model import UserId, Window
from escalation.errors import InvalidLayerOrder
from escalation.models import Rotation, RotationParticipant, Schedule
from escalation.models.rotation import ROTATION_NAME_CONSTRAINT, RotationQuerySet
from escalation.services.changes import Checks, assign, touch
from escalation.services.locking import lock_to_change
from escalation.services.people import reachable_people
from escalation.services.validation import (
    check_effective_span,
    check_length_of_type,
    check_rotation_count,
    check_turn_count,
    checked_instant,
    checked_length_days,
    checked_name,
    checked_rotation_type,
)
from escalation.services.windows import checked_time, checked_windows
from scaling.errors import InvalidInput, NameConflict, NotFound
from scaling.integrity import refusing


class RotationChanges(TypedDict, total=False):
    """What may change about a rotation; what is absent stays. ``user_ids`` take turns in their order."""

    name: str
    rotation_type: str
    length_days: int
    handoff_time: time
    effective_from: datetime
    effective_until: datetime | None
    user_ids: Sequence[UserId]
    restrictions: Sequence[Window]


class RotationRevision(NamedTuple):
    """What a rotation is to say from now on; without ``rotation_id``, a new one, of which everything is said."""

    rotation_id: UUID | None
    changes: RotationChanges


def _checked_until(at: datetime | None) -> datetime | None:
    return None if at is None else checked_instant("effectiveUntil", at)


def _checked_user_ids(user_ids: Sequence[UserId]) -> list[UserId]:
    check_turn_count("participantIds", len(user_ids))
    return list(user_ids)


_CHECKS: Checks = {
    "name": checked_name,
    "rotation_type": checked_rotation_type,
    "length_days": checked_length_days,
    "handoff_time": partial(checked_time, "handoffTime"),
    "effective_from": partial(checked_instant, "effectiveFrom"),
    "effective_until": _checked_until,
    "user_ids": _checked_user_ids,
    "restrictions": partial(checked_windows, "restrictions"),
}


@transaction.atomic
def add_rotation(
    *,
    organization_id: str,
    schedule_id: UUID,
    now: datetime,
    name: str,
    rotation_type: str,
    length_days: int,
    handoff_time: time,
    effective_from: datetime,
    user_ids: Sequence[UserId],
    effective_until: datetime | None = None,
    restrictions: Sequence[Window] = (),
) -> Rotation:
    """Add a rotation at the end of a schedule.

    Raises:
        NotFound: the organization has no such schedule.
        InvalidInput: a value is unusable, somebody cannot be paged, two restrictions overlap, or the schedule has all
            the rotations it may have.
        NameConflict: another rotation of the schedule bears the name.
    """
    schedule = lock_to_change(Schedule, organization_id=organization_id, row_id=schedule_id, if_match=None)
    position = schedule.rotations.count()
    check_rotation_count(position + 1)
    rotation = _new(schedule, position, now)
    fields: RotationChanges = {
        "name": name,
        "rotation_type": rotation_type,
        "length_days": length_days,
        "handoff_time": handoff_time,
        "effective_from": effective_from,
        "effective_until": effective_until,
        "user_ids": user_ids,
        "restrictions": restrictions,
    }
    _write(rotation, fields, now)
    touch(schedule, now)
    return rotation


@transaction.atomic
def update_rotation(
    *,
    organization_id: str,
    schedule_id: UUID,
    rotation_id: UUID,
    now: datetime,
    if_match: str | None = None,
    **changes: Unpack[RotationChanges],
) -> Rotation:
    """Change what is given; ``user_ids`` replaces all participants. Who stays need not be active any more.

    ``if_match`` names a version of the schedule, which counts the changes of its rotations.

    Raises:
        NotFound: the organization has no such schedule, or the schedule no such rotation.
        PreconditionFailed: the schedule has changed since the client read it.
        InvalidInput, NameConflict: as for ``add_rotation``.
    """
    schedule = lock_to_change(Schedule, organization_id=organization_id, row_id=schedule_id, if_match=if_match)
    rotation = _find(schedule, rotation_id)
    if _write(rotation, changes, now):
        touch(schedule, now)
    return rotation


@transaction.atomic
def delete_rotation(
    *, organization_id: str, schedule_id: UUID, rotation_id: UUID, now: datetime, if_match: str | None = None
) -> None:
    """Delete a rotation and the overrides that name it; those behind it close the gap.

    Raises:
        NotFound: the organization has no such schedule, or the schedule no such rotation.
        PreconditionFailed: the schedule has changed since the client read it.
    """
    schedule = lock_to_change(Schedule, organization_id=organization_id, row_id=schedule_id, if_match=if_match)
    _find(schedule, rotation_id).delete()
    _number(list(_rotations_of(schedule)), now)
    touch(schedule, now)


@transaction.atomic
def reorder_rotations(
    *,
    organization_id: str,
    schedule_id: UUID,
    rotation_ids: Sequence[UUID],
    now: datetime,
    if_match: str | None = None,
) -> list[Rotation]:
    """Put the schedule's rotations into the order of ``rotation_ids``, which names each exactly once.

    Overrides that name no rotation displace whichever comes to be first. Return the rotations in their order.

    Raises:
        NotFound: the organization has no such schedule.
        PreconditionFailed: the schedule has changed since the client read it.
        InvalidLayerOrder: a rotation is missing, named twice, or not one of this schedule.
    """
    schedule = lock_to_change(Schedule, organization_id=organization_id, row_id=schedule_id, if_match=if_match)
    rotations = {rotation.id: rotation for rotation in _rotations_of(schedule)}
    if len(rotation_ids) != len(rotations) or rotations.keys() != set(rotation_ids):
        raise InvalidLayerOrder("layerIds must name each layer of this schedule exactly once, and no other.")
    ordered = [rotations[rotation_id] for rotation_id in rotation_ids]
    if _number(ordered, now):
        touch(schedule, now)
    return ordered


def arrange_rotations(schedule: Schedule, revisions: Sequence[RotationRevision], now: datetime) -> bool:
    """Make the rotations of a schedule that is locked be these, in their order; tell whether anything was different.

    A rotation named by its id stays the row it is; one that is not named is deleted, with the overrides that name it.

    Raises:
        InvalidLayerOrder: an id is named twice, or is not of one of the schedule's rotations.
        InvalidInput: as for ``add_rotation``, also where two are to bear one name; of the field ``name`` of the first
            rotation it names ``rotations.0.name``.
    """
    check_rotation_count(len(revisions))
    current = {rotation.id: rotation for rotation in _rotations_of(schedule)}
    named = [each.rotation_id for each in revisions if each.rotation_id is not None]
    if len(set(named)) < len(named) or not current.keys() >= set(named):
        raise InvalidLayerOrder("A layer is named more than once, or is not one of this schedule.")
    gone = current.keys() - set(named)
    Rotation.objects.filter(id__in=gone).delete()
    is_changed, ordered = bool(gone), []
    for place, (rotation_id, changes) in enumerate(revisions):
        rotation = _new(schedule, place, now) if rotation_id is None else current[rotation_id]
        with _at_place(place):
            is_changed |= _write(rotation, changes, now)
        ordered.append(rotation)
    return _number(ordered, now) or is_changed


@contextmanager
def _at_place(place: int) -> Iterator[None]:
    try:
        yield
    except InvalidInput as refusal:
        raise InvalidInput([(f"rotations.{place}.{field}", message) for field, message in refusal.errors]) from refusal
    except NameConflict as refusal:
        raise InvalidInput([(f"rotations.{place}.name", refusal.message)]) from refusal


def _new(schedule: Schedule, position: int, now: datetime) -> Rotation:
    rotation = Rotation(
        organization_id=schedule.organization_id, schedule=schedule, position=position, created_at=now, updated_at=now
    )
    rotation.user_ids = []
    return rotation


def _find(schedule: Schedule, rotation_id: UUID) -> Rotation:
    found: Rotation | None = _rotations_of(schedule).filter(id=rotation_id).first()
    if found is None:
        raise NotFound.of("layer")
    return found


def _rotations_of(schedule: Schedule) -> RotationQuerySet:
    rotations = Rotation.objects.for_organization(schedule.organization_id).filter(schedule=schedule)
    return rotations.with_user_ids().order_by("position")


def _write(rotation: Rotation, changes: RotationChanges, now: datetime) -> bool:
    """Save a rotation with ``changes``, and its turns if they are new; tell whether anything was different."""
    people_before = rotation.user_ids
    if not assign(rotation, changes, _CHECKS):
        return False
    _check_whole(rotation)
    rotation.updated_at = now
    with _unique_name(rotation):
        rotation.save()
    if rotation.user_ids != people_before:
        _take_turns(rotation)
    return True


def _check_whole(rotation: Rotation) -> None:
    """Refuse values that are good by themselves and contradict each other."""
    check_length_of_type(rotation.rotation_type, rotation.length_days)
    check_effective_span(rotation.effective_from, rotation.effective_until)


def _take_turns(rotation: Rotation) -> None:
    named = [(f"participantIds.{place}", UserId(user_id)) for place, user_id in enumerate(rotation.user_ids)]
    members = reachable_people(rotation.organization_id, named)
    RotationParticipant.objects.filter(rotation=rotation).delete()
    RotationParticipant.objects.bulk_create(
        RotationParticipant(
            organization_id=rotation.organization_id, rotation=rotation, membership=member, position=place
        )
        for place, member in enumerate(members)
    )


def _number(rotations: Sequence[Rotation], now: datetime) -> bool:
    """Give rotations the positions 0…n-1 in the order of the list; tell whether any was another."""
    moved = []
    for position, rotation in enumerate(rotations):
        if rotation.position != position:
            rotation.position, rotation.updated_at = position, now
            moved.append(rotation)
    if moved:
        Rotation.objects.bulk_update(moved, ["position", "updated_at"])
    return bool(moved)


def _unique_name(rotation: Rotation) -> AbstractContextManager[None]:
    conflict = NameConflict(f"This schedule has a layer named {rotation.name!r} already.")
    return refusing({ROTATION_NAME_CONSTRAINT: conflict})
