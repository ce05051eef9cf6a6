"""What a decision looked at, carried through JSON: a plan, and the part of the world that the plan leads to.

Schedules, working hours, people and overrides are edited, and a plan may be replaced; what was decided with them must
be explained as it was. So only what can matter is kept, and nothing that tells where anybody is reached: of people the
id and whether they could be paged, of the fallback those who are people. Equal records are equal JSON, text for text.
The format number lets a newer release read the records of an older one, which are kept as long as incidents are.

Example: a plan of one layer that names Ada, in an organization with a hundred schedules, is recorded with the plan, no
schedule, and ``{"user_ada": true}``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from escalation.domain.model import (
    Address,
    Override,
    Person,
    Plan,
    Rotation,
    Schedule,
    UserId,
    Window,
    WorkingHours,
    World,
)
from escalation.domain.plan import plan_from_json, plan_to_json

RECORD_FORMAT: Final = 1

_Kept = TypeVar("_Kept", Schedule, WorkingHours)

_NOT_RECORDED: Final = Address("not-recorded@invalid")
"""Stands for the operator's address in a world that was read back (RFC 2606)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a decision looked at. Nobody in ``world`` has rules, and its fallback holds people alone."""

    plan: Plan
    world: World


def record_to_json(plan: Plan, world: World) -> dict[str, Any]:
    """Return what a decision by ``plan`` can have looked at as JSON values."""
    schedules = _named((layer.schedule for layer in plan.layers), world.schedules)
    hours = _named((layer.hours for layer in plan.layers), world.hours)
    fallback = [UserId(recipient) for recipient in world.fallback if recipient in world.people]
    people = {*_people(plan, schedules), *fallback} & world.people.keys()
    return {
        "format": RECORD_FORMAT,
        "plan": plan_to_json(plan),
        "schedules": [_schedule_to_json(schedule) for schedule in schedules],
        "hours": [_hours_to_json(each) for each in hours],
        "people": {user: world.people[user].active for user in sorted(people)},
        "fallback": fallback,
        "defaultTimeoutSeconds": int(world.default_timeout.total_seconds()),
        "tzdata": world.tzdata,
    }


def record_from_json(value: Mapping[str, Any]) -> Record:
    """Return the record that ``record_to_json`` wrote.

    Raises:
        ValueError: the record, or the plan in it, is of a format this release does not know.
    """
    if value["format"] != RECORD_FORMAT:
        raise ValueError(f"Unknown record format {value['format']!r}.")
    people = ((UserId(user), active) for user, active in value["people"].items())
    return Record(
        plan=plan_from_json(value["plan"]),
        world=World(
            schedules={schedule.id: schedule for schedule in map(_schedule_from_json, value["schedules"])},
            hours={hours.id: hours for hours in map(_hours_from_json, value["hours"])},
            people={user: Person(user=user, active=active, rules=()) for user, active in people},
            fallback=tuple(UserId(user) for user in value["fallback"]),
            operator=_NOT_RECORDED,
            default_timeout=timedelta(seconds=value["defaultTimeoutSeconds"]),
            tzdata=value["tzdata"],
        ),
    )


def _named(ids: Iterable[UUID | None], there: Mapping[UUID, _Kept]) -> list[_Kept]:
    """Return what ``ids`` name of what is there, each once, in order of id."""
    return [there[one] for one in sorted({one for one in ids if one is not None and one in there})]


def _people(plan: Plan, schedules: Iterable[Schedule]) -> Iterator[UserId]:
    for layer in plan.layers:
        yield from layer.users
    for schedule in schedules:
        yield from (override.user for override in schedule.overrides)
        for rotation in schedule.rotations:
            yield from rotation.participants


# Schedules


def _schedule_to_json(schedule: Schedule) -> dict[str, Any]:
    return {
        "id": str(schedule.id),
        "timezone": schedule.timezone,
        "pagingMode": schedule.paging_mode,
        "rotations": [_rotation_to_json(rotation) for rotation in schedule.rotations],
        "overrides": [_override_to_json(override) for override in schedule.overrides],
    }


def _schedule_from_json(value: Mapping[str, Any]) -> Schedule:
    return Schedule(
        id=UUID(value["id"]),
        timezone=value["timezone"],
        paging_mode=value["pagingMode"],
        rotations=tuple(map(_rotation_from_json, value["rotations"])),
        overrides=tuple(map(_override_from_json, value["overrides"])),
    )


def _rotation_to_json(rotation: Rotation) -> dict[str, Any]:
    return {
        "id": str(rotation.id),
        "position": rotation.position,
        "handoff": rotation.handoff.isoformat(),
        "lengthDays": rotation.length_days,
        "startsAt": rotation.starts_at.isoformat(),
        "endsAt": None if rotation.ends_at is None else rotation.ends_at.isoformat(),
        "participants": list(rotation.participants),
        "restrictions": _windows_to_json(rotation.restrictions),
    }


def _rotation_from_json(value: Mapping[str, Any]) -> Rotation:
    ends_at = value["endsAt"]
    return Rotation(
        id=UUID(value["id"]),
        position=value["position"],
        handoff=time.fromisoformat(value["handoff"]),
        length_days=value["lengthDays"],
        starts_at=datetime.fromisoformat(value["startsAt"]),
        ends_at=None if ends_at is None else datetime.fromisoformat(ends_at),
        participants=tuple(map(UserId, value["participants"])),
        restrictions=_windows_from_json(value["restrictions"]),
    )


def _override_to_json(override: Override) -> dict[str, Any]:
    return {
        "id": str(override.id),
        "rotation": None if override.rotation is None else str(override.rotation),
        "user": override.user,
        "startsAt": override.starts_at.isoformat(),
        "endsAt": override.ends_at.isoformat(),
    }


def _override_from_json(value: Mapping[str, Any]) -> Override:
    return Override(
        id=UUID(value["id"]),
        rotation=None if value["rotation"] is None else UUID(value["rotation"]),
        user=UserId(value["user"]),
        starts_at=datetime.fromisoformat(value["startsAt"]),
        ends_at=datetime.fromisoformat(value["endsAt"]),
    )


# Windows


def _hours_to_json(hours: WorkingHours) -> dict[str, Any]:
    return {"id": str(hours.id), "timezone": hours.timezone, "windows": _windows_to_json(hours.windows)}


def _hours_from_json(value: Mapping[str, Any]) -> WorkingHours:
    return WorkingHours(id=UUID(value["id"]), timezone=value["timezone"], windows=_windows_from_json(value["windows"]))


def _windows_to_json(windows: Iterable[Window]) -> list[dict[str, Any]]:
    return [
        {"days": sorted(window.days), "start": window.start.isoformat(), "end": window.end.isoformat()}
        for window in windows
    ]


def _windows_from_json(values: Iterable[Mapping[str, Any]]) -> tuple[Window, ...]:
    return tuple(
        Window(
            days=frozenset(value["days"]),
            start=time.fromisoformat(value["start"]),
            end=time.fromisoformat(value["end"]),
        )
        for value in values
    )
