"""Small plans as documents, for tests of what they mean: schedules in Madrid, whose weeks begin on Mondays at 09:00."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

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

MADRID = "Europe/Madrid"
WORKDAYS = Window(days=(1, 2, 3, 4, 5), start=time(9), end=time(18))
ALL_BUT_SUNDAYS = Window(days=(1, 2, 3, 4, 5, 6), start=time(0), end=time(0))


def at(text, zone=MADRID):
    """Return the instant at which the clocks of the zone show that."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def user(first, last="", *, active=True, email=None):
    """Return a person, whose key is their first name in small letters."""
    address = email or f"{first.lower()}@example.org"
    return User(key=first.lower(), email=address, first_name=first, last_name=last, active=active)


ANA, BOB, CYD = user("Ana", "Ruiz"), user("Bob", "Lee"), user("Cyd", "Dee")


def turns(*people, days=7, restrictions=(), since="2026-01-05 09:00", until=None, zone=MADRID, name="Turns"):
    """Return a rotation of the keys of people."""
    return Rotation(
        name=name,
        rotation_type={1: "daily", 7: "weekly"}.get(days, "custom"),
        rotation_length_days=days,
        handoff_time=time(9),
        effective_from=at(since, zone),
        effective_until=None if until is None else at(until, zone),
        participants=people,
        restrictions=tuple(restrictions),
    )


def instead(person, since, until, rotation=None, zone=MADRID):
    """Return an override."""
    return Override(user=person, starts_at=at(since, zone), ends_at=at(until, zone), rotation=rotation)


def schedule(*rotations, overrides=(), key="primary", name="Primary", mode="all", zone=MADRID):
    """Return a schedule."""
    return Schedule(
        key=key,
        name=name,
        description=None,
        timezone=zone,
        paging_mode=mode,
        rotations=rotations,
        overrides=tuple(overrides),
    )


def layer(target, when=None, hours="office"):
    """Return a layer of the key of a schedule, or of a tuple of keys of people."""
    return Layer(
        ack_timeout_seconds=300,
        target=UsersTarget(users=target) if isinstance(target, tuple) else ScheduleTarget(schedule=target),
        condition=None if when is None else Condition(working_hours=hours, when=when),
    )


def policy(*layers, key="platform", name="Platform"):
    """Return a policy."""
    return Policy(
        key=key, name=name, description=None, repeat_count=0, repage_after_ack_minutes=None, layers=tuple(layers)
    )


OFFICE = WorkingHours(key="office", name="Office", timezone=MADRID, windows=(WORKDAYS,))


def document(*parts, users=(ANA, BOB, CYD), hours=(OFFICE,)):
    """Return a document of schedules and policies."""
    return Document(
        organization="Acme",
        users=tuple(users),
        working_hours=tuple(hours),
        schedules=tuple(part for part in parts if isinstance(part, Schedule)),
        policies=tuple(part for part in parts if isinstance(part, Policy)),
    )
