"""The rows of schedules: their rotations, the turns of these, and their overrides, of many schedules at once.

A rotation is found again by its name, and stays the row it is. What goes is deleted before what comes is written, so
that no name and no turn is there twice in between.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from escalation.models import Override, Rotation, RotationParticipant
from escalation.transfer import document
from escalation.transfer.importing.rows import AT_ONCE, Author, stored_windows, write_again
from scaling.text import name_key

_SAID: Final = (
    "name",
    "position",
    "rotation_type",
    "length_days",
    "handoff_time",
    "effective_from",
    "effective_until",
    "restrictions",
)

Rotations = Mapping[tuple[UUID, str], UUID]
"""Ids of rotations by their schedule and the key of their name."""


class _Serving(NamedTuple):
    """An override, told from others by all it says."""

    schedule: UUID
    rotation: UUID | None
    member: UUID
    starts_at: datetime
    ends_at: datetime


def write_rotations(schedules: Mapping[UUID, document.Schedule], members: Mapping[str, UUID], author: Author) -> None:
    """Make the rotations and overrides of schedules be those of the document.

    The schedules are locked or new; ``members`` are memberships by the key of their person. Ten statements, and as
    many again for each thousand rows.
    """
    rotations = _write_rotations(schedules, author)
    _write_turns(schedules, rotations, members, author)
    _write_overrides(schedules, rotations, members, author)


def _write_rotations(schedules: Mapping[UUID, document.Schedule], author: Author) -> Rotations:
    wanted = {
        (schedule_id, name_key(rotation.name)): _values(rotation, position)
        for schedule_id, schedule in schedules.items()
        for position, rotation in enumerate(schedule.rotations)
    }
    rows = {(row.schedule_id, row.name_key): row for row in _rows_of(Rotation, schedules, author)}
    Rotation.objects.filter(id__in=[row.id for place, row in rows.items() if place not in wanted]).delete()
    kept = {place: row for place, row in rows.items() if place in wanted}
    changed = [row for place, row in kept.items() if _assign(row, wanted[place], author)]
    write_again(Rotation, changed, [*_SAID, "updated_at"])
    new = {
        place: Rotation(
            organization_id=author.organization_id,
            schedule_id=place[0],
            created_at=author.now,
            updated_at=author.now,
            **values,
        )
        for place, values in wanted.items()
        if place not in rows
    }
    Rotation.objects.bulk_create(new.values(), batch_size=AT_ONCE)
    return {place: row.id for place, row in {**kept, **new}.items()}


def _values(rotation: document.Rotation, position: int) -> Mapping[str, Any]:
    return {
        "name": rotation.name,
        "position": position,
        "rotation_type": rotation.rotation_type,
        "length_days": rotation.rotation_length_days,
        "handoff_time": rotation.handoff_time,
        "effective_from": rotation.effective_from,
        "effective_until": rotation.effective_until,
        "restrictions": stored_windows(rotation.restrictions),
    }


def _assign(row: Rotation, values: Mapping[str, Any], author: Author) -> bool:
    if all(getattr(row, field) == value for field, value in values.items()):
        return False
    for field, value in values.items():
        setattr(row, field, value)
    row.updated_at = author.now
    return True


def _write_turns(
    schedules: Mapping[UUID, document.Schedule], rotations: Rotations, members: Mapping[str, UUID], author: Author
) -> None:
    wanted = {
        rotations[schedule_id, name_key(rotation.name)]: [members[key] for key in rotation.participants]
        for schedule_id, schedule in schedules.items()
        for rotation in schedule.rotations
    }
    there: defaultdict[UUID, list[UUID]] = defaultdict(list)
    turns = RotationParticipant.objects.filter(rotation_id__in=wanted).order_by("position")
    for rotation_id, member_id in turns.values_list("rotation_id", "membership_id"):
        there[rotation_id].append(member_id)
    changed = [rotation_id for rotation_id, turns in wanted.items() if there[rotation_id] != turns]
    RotationParticipant.objects.filter(rotation_id__in=changed).delete()
    RotationParticipant.objects.bulk_create(
        (
            RotationParticipant(
                organization_id=author.organization_id,
                rotation_id=rotation_id,
                membership_id=member_id,
                position=position,
            )
            for rotation_id in changed
            for position, member_id in enumerate(wanted[rotation_id])
        ),
        batch_size=AT_ONCE,
    )


def _write_overrides(
    schedules: Mapping[UUID, document.Schedule], rotations: Rotations, members: Mapping[str, UUID], author: Author
) -> None:
    wanted = dict.fromkeys(_servings(schedules, rotations, members))
    rows = {_serving(row): row for row in _rows_of(Override, schedules, author)}
    Override.objects.filter(id__in=[row.id for serving, row in rows.items() if serving not in wanted]).delete()
    Override.objects.bulk_create(
        (
            Override(
                organization_id=author.organization_id,
                schedule_id=each.schedule,
                rotation_id=each.rotation,
                membership_id=each.member,
                starts_at=each.starts_at,
                ends_at=each.ends_at,
                created_by=author.actor_id,
                created_at=author.now,
                updated_at=author.now,
            )
            for each in wanted
            if each not in rows
        ),
        batch_size=AT_ONCE,
    )


def _servings(
    schedules: Mapping[UUID, document.Schedule], rotations: Rotations, members: Mapping[str, UUID]
) -> Iterator[_Serving]:
    for schedule_id, schedule in schedules.items():
        for each in schedule.overrides:
            rotation = None if each.rotation is None else rotations[schedule_id, name_key(each.rotation)]
            yield _Serving(schedule_id, rotation, members[each.user], each.starts_at, each.ends_at)


def _serving(row: Override) -> _Serving:
    return _Serving(row.schedule_id, row.rotation_id, row.membership_id, row.starts_at, row.ends_at)


def _rows_of(kind: type[Any], schedules: Iterable[UUID], author: Author) -> Iterable[Any]:
    return kind.objects.for_organization(author.organization_id).filter(schedule_id__in=list(schedules))  # type: ignore[no-any-return]
