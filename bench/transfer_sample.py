"""A plan of any size, which looks like those of real teams: for each four policies a schedule of two rotations."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from escalation.transfer.document import (
    Condition,
    Document,
    Layer,
    Override,
    Policy,
    Rotation,
    Schedule,
    ScheduleTarget,
    User,
    UsersTarget,
    Window,
    WorkingHours,
)

_ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC")
_WEEKDAYS = Window(days=(1, 2, 3, 4, 5), start=time(9), end=time(17))
_START = datetime(2026, 1, 5, 8, tzinfo=UTC)
_LEAVE = datetime(2027, 3, 1, 8, tzinfo=UTC)
_POLICIES_OF_A_SCHEDULE = 4
_POLICIES_OF_A_PERSON = 5
_POLICIES_OF_WORKING_HOURS = 200


def sample(policies: int) -> Document:
    """Return a plan of so many policies, three layers each, with a quarter as many schedules."""
    people = [_user(number) for number in range(max(policies // _POLICIES_OF_A_PERSON, 5))]
    hours = [_working_hours(number) for number in range(max(policies // _POLICIES_OF_WORKING_HOURS, 1))]
    keys = [user.key for user in people]
    schedules = [_schedule(number, keys) for number in range(max(policies // _POLICIES_OF_A_SCHEDULE, 1))]
    return Document(
        organization=None,
        users=tuple(people),
        working_hours=tuple(hours),
        schedules=tuple(schedules),
        policies=tuple(_policy(number, keys, hours, schedules) for number in range(policies)),
    )


def _user(number: int) -> User:
    email = f"person{number}@example.org"
    return User(key=email, email=email, first_name="Ada", last_name=f"Of Team {number}", active=True)


def _working_hours(number: int) -> WorkingHours:
    zone = _ZONES[number % len(_ZONES)]
    return WorkingHours(key=f"office-{number}", name=f"Office {number}", timezone=zone, windows=(_WEEKDAYS,))


def _schedule(number: int, people: list[str]) -> Schedule:
    def turns(count: int) -> tuple[str, ...]:
        return tuple(people[(number * 3 + place) % len(people)] for place in range(count))

    return Schedule(
        key=f"team-{number}-primary",
        name=f"Team {number} primary",
        description=f"Who is on call for team {number}.",
        timezone=_ZONES[number % len(_ZONES)],
        paging_mode="all",
        rotations=(_rotation("weekly", 7, turns(5), ()), _rotation("daily", 1, turns(3), (_WEEKDAYS,))),
        overrides=tuple(_override(place, turns(5)[place]) for place in range(2)),
    )


def _rotation(kind: str, days: int, participants: tuple[str, ...], restrictions: tuple[Window, ...]) -> Rotation:
    return Rotation(
        name=kind,
        rotation_type=kind,
        rotation_length_days=days,
        handoff_time=time(9),
        effective_from=_START,
        effective_until=None,
        participants=participants,
        restrictions=restrictions,
    )


def _override(number: int, user: str) -> Override:
    starts_at = _LEAVE + timedelta(weeks=number)
    return Override(user=user, starts_at=starts_at, ends_at=starts_at + timedelta(days=5), rotation="weekly")


def _policy(number: int, people: list[str], hours: list[WorkingHours], schedules: list[Schedule]) -> Policy:
    schedule = schedules[number % len(schedules)]
    named = (people[number % len(people)], people[(number + 1) % len(people)])
    office = Condition(working_hours=hours[number % len(hours)].key, when="during")
    return Policy(
        key=f"service-{number}",
        name=f"Service {number}",
        description=None,
        repeat_count=1,
        repage_after_ack_minutes=None,
        layers=(
            Layer(ack_timeout_seconds=300, target=ScheduleTarget(schedule=schedule.key)),
            Layer(ack_timeout_seconds=600, target=UsersTarget(users=named), condition=office),
            Layer(ack_timeout_seconds=900, target=ScheduleTarget(schedule=schedule.key)),
        ),
    )
