"""More of the demo's organization, to look around in: a duty of two rotations, a floor that is empty at night, two policies.

Nobody serves on the warehouse floor at night and on weekends, so that there is something for coverage to find.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID

from escalation.domain.model import UserId, Window
from escalation.domain.target import Condition, LayerDraft, ScheduleTarget, UsersTarget
from escalation.services import add_rotation, create_policy, create_schedule, create_working_hours

_ZONE: Final = "Europe/Berlin"
_WORKDAYS: Final = frozenset({1, 2, 3, 4, 5})
_WEEK: Final = timedelta(days=7)
_TYPES: Final = {1: "daily", 7: "weekly"}


def furnish(organization_id: str, actor_id: str, people: Sequence[UserId], now: datetime) -> None:
    """Add schedules, working hours and policies that name ``people``, who have served for some weeks already."""
    platform = _platform_duty(organization_id, actor_id, people, now)
    floor = _warehouse_floor(organization_id, actor_id, people[:2], now)
    office = create_working_hours(
        organization_id=organization_id,
        actor_id=actor_id,
        name="Office hours",
        timezone=_ZONE,
        windows=[Window(days=_WORKDAYS, start=time(9), end=time(17))],
        now=now,
    )
    create_policy(
        organization_id=organization_id,
        actor_id=actor_id,
        name="Checkout",
        description="Customers cannot pay.",
        repeat_count=1,
        layers=[_to_schedule(platform, 5), _to_people(people[:2], 10), _to_people(people[2:], 15)],
        now=now,
    )
    in_the_office = Condition(hours=office.pk, during=True)
    create_policy(
        organization_id=organization_id,
        actor_id=actor_id,
        name="Warehouse scanners",
        layers=[_to_people(people[:1], 5, in_the_office), _to_schedule(floor, 10), _to_schedule(platform, 15)],
        now=now,
    )


def _platform_duty(organization_id: str, actor_id: str, people: Sequence[UserId], now: datetime) -> UUID:
    duty = create_schedule(
        organization_id=organization_id, actor_id=actor_id, name="Platform duty", timezone=_ZONE, now=now
    )
    for name, turn, days in (("Week", people, 7), ("Second phone", [*people[1:], people[0]], 2)):
        _rotate(organization_id, duty.pk, name, turn, days, now)
    return duty.pk


def _warehouse_floor(organization_id: str, actor_id: str, people: Sequence[UserId], now: datetime) -> UUID:
    floor = create_schedule(
        organization_id=organization_id, actor_id=actor_id, name="Warehouse floor", timezone=_ZONE, now=now
    )
    shift = Window(days=_WORKDAYS, start=time(6), end=time(20))
    _rotate(organization_id, floor.pk, "Day", people, 1, now, [shift])
    return floor.pk


def _rotate(
    organization_id: str,
    schedule_id: UUID,
    name: str,
    people: Sequence[UserId],
    days: int,
    now: datetime,
    restrictions: Sequence[Window] = (),
) -> None:
    add_rotation(
        organization_id=organization_id,
        schedule_id=schedule_id,
        name=name,
        rotation_type=_TYPES.get(days, "custom"),
        length_days=days,
        handoff_time=time(9),
        effective_from=now - 3 * _WEEK,
        user_ids=people,
        restrictions=restrictions,
        now=now,
    )


def _to_schedule(schedule_id: UUID, minutes: int) -> LayerDraft:
    return LayerDraft(timeout=timedelta(minutes=minutes), target=ScheduleTarget(schedule_id=schedule_id))


def _to_people(people: Sequence[UserId], minutes: int, condition: Condition | None = None) -> LayerDraft:
    target = UsersTarget(user_ids=tuple(people))
    return LayerDraft(timeout=timedelta(minutes=minutes), target=target, condition=condition)
