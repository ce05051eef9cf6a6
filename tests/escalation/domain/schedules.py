"""Small builders, so that tests about schedules read like sentences.

``utc(2026, 3, 4, 11)`` is an instant; ``local("America/New_York", 2026, 3, 8, 3)`` the one at which clocks there show
that, for times they show once. Rotations and overrides bear the ids ``UUID(int=...)`` they are given.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from escalation.domain.model import Override, PagingMode, Rotation, Schedule, UserId, Window
from escalation.domain.schedule import on_call

ADA, BOB, CYD, DEE = UserId("user_ada"), UserId("user_bob"), UserId("user_cyd"), UserId("user_dee")
SCHEDULE_ID = UUID(int=1)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]  # year, month, day, hour, ...


def local(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[arg-type,misc]


def clock(text: str) -> time:
    return time.fromisoformat(text)


def window(days: str, start: str, end: str) -> Window:
    """Return a window; ``days`` as digits: ``"12345"`` is Monday to Friday."""
    return Window(days=frozenset(map(int, days)), start=clock(start), end=clock(end))


def rotation(
    *participants: UserId,
    starts_at: datetime,
    position: int = 0,
    handoff: str = "09:00",
    days: int = 7,
    ends_at: datetime | None = None,
    restrictions: tuple[Window, ...] = (),
) -> Rotation:
    """Return a rotation; the one at position n has the id ``UUID(int=10 + n)``."""
    return Rotation(
        id=UUID(int=10 + position),
        position=position,
        handoff=clock(handoff),
        length_days=days,
        starts_at=starts_at,
        ends_at=ends_at,
        participants=participants,
        restrictions=restrictions,
    )


def override(
    user: UserId, starts_at: datetime, ends_at: datetime, *, rotation: int | None = None, number: int = 0
) -> Override:
    """Return override ``number``, whose id is ``UUID(int=100 + number)``; ``rotation`` is a position."""
    displaced = None if rotation is None else UUID(int=10 + rotation)
    return Override(id=UUID(int=100 + number), rotation=displaced, user=user, starts_at=starts_at, ends_at=ends_at)


def schedule(
    *rotations: Rotation,
    overrides: tuple[Override, ...] = (),
    zone: str = "Europe/Berlin",
    mode: PagingMode = "all",
) -> Schedule:
    return Schedule(id=SCHEDULE_ID, timezone=zone, paging_mode=mode, rotations=rotations, overrides=overrides)


def called(there: Schedule, at: datetime) -> list[UserId]:
    """Return who is on call, in order."""
    return [UserId(duty.user) for duty in on_call(there, at)]
