"""Who is on call, found by walking minute by minute: slow, plain, and written without a look at the product.

The walker knows one thing about time zones, how to read a clock at an instant, and one rule about clocks: a time of
day has come once the clocks have shown it or a later one. So it keeps the highest reading so far, and compares.
Everything it is asked about lies on whole minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from escalation.domain.model import Override, Rotation, Schedule, UserId, Window

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Held(NamedTuple):
    """One duty of one person, told from the next by its rotation, override and turn."""

    user: UserId
    rotation: object
    override: object
    turn: int | None


def readings(zone: str, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield each minute of [``start``, ``end``) and the highest reading of the zone's clocks until then."""
    there, at = ZoneInfo(zone), start - 2 * DAY
    highest = _shown(at, there)
    while at < end:
        highest = max(highest, _shown(at, there))
        if at >= start:
            yield at, highest
        at += MINUTE if at >= start - DAY / 8 else 15 * MINUTE


def walk(there: Schedule, start: datetime, end: datetime) -> Iterator[tuple[datetime, list[Held]]]:
    """Yield each minute and every duty held then, in order of position."""
    dates = [_first_date(rotation, there.timezone) for rotation in there.rotations]
    for at, highest in readings(there.timezone, start, end):
        held = [_held(there, place, dates[place], at, highest) for place in range(len(there.rotations))]
        if not there.rotations:
            held = [_override_held(there.overrides, None, False, at)]
        found = [one for one in held if one is not None]
        yield at, found[:1] if there.paging_mode == "first" else found


def _first_date(rotation: Rotation, zone: str) -> date:
    return rotation.starts_at.astimezone(ZoneInfo(zone)).date()


def _held(there: Schedule, place: int, first: date, at: datetime, highest: datetime) -> Held | None:
    rotation = there.rotations[place]
    replaced = _override_held(there.overrides, rotation, place == 0, at)
    if replaced is not None:
        return replaced
    if at < rotation.starts_at or (rotation.ends_at is not None and at >= rotation.ends_at):
        return None
    if rotation.restrictions and not any(is_open(window, highest) for window in rotation.restrictions):
        return None
    turn = 0
    if highest >= datetime.combine(first, rotation.handoff) + rotation.length_days * DAY:
        turn = (highest - datetime.combine(first, rotation.handoff)) // (rotation.length_days * DAY)
    return Held(rotation.participants[turn % len(rotation.participants)], rotation.id, None, turn)


def _override_held(
    overrides: tuple[Override, ...], rotation: Rotation | None, is_first: bool, at: datetime
) -> Held | None:
    active = [each for each in overrides if each.starts_at <= at < each.ends_at]
    named = [each for each in active if rotation is not None and each.rotation == rotation.id]
    for found in (named, [each for each in active if each.rotation is None] if is_first or rotation is None else []):
        if found:
            last = max(found, key=lambda each: (each.starts_at, each.id))
            return Held(last.user, None if rotation is None else rotation.id, last.id, None)
    return None


def is_open(window: Window, highest: datetime) -> bool:
    """Tell whether ``window`` has been opened and not yet closed, once the clocks have shown ``highest``."""
    for day in (highest.date() - DAY, highest.date()):
        opens, closes = datetime.combine(day, window.start), datetime.combine(day, window.end)
        closes += DAY if closes <= opens else timedelta(0)
        if day.isoweekday() in window.days and opens <= highest < closes:
            return True
    return False


@cache
def transitions(zone: str, first_year: int, end_year: int) -> tuple[datetime, ...]:
    """Return every instant at which the clocks of ``zone`` change, of those that stay at least half a day."""
    there = ZoneInfo(zone)
    at, end, found = datetime(first_year, 1, 1, tzinfo=UTC), datetime(end_year, 1, 1, tzinfo=UTC), []
    while at < end:
        if _offset(at, there) != _offset(at + DAY / 2, there):
            found.append(_change(at, there))
        at += DAY / 2
    return tuple(found)


def _change(after: datetime, there: ZoneInfo) -> datetime:
    low, high = 0, 43_200
    while high - low > 1:
        middle = (low + high) // 2
        same = _offset(after, there) == _offset(after + timedelta(seconds=middle), there)
        low, high = (middle, high) if same else (low, middle)
    return after + timedelta(seconds=high)


def _shown(at: datetime, there: ZoneInfo) -> datetime:
    return at.astimezone(there).replace(tzinfo=None)


def _offset(at: datetime, there: ZoneInfo) -> timedelta | None:
    return at.astimezone(there).utcoffset()
