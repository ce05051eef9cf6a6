"""From the clock on the wall to the instant, in any zone of the time zone database.

A local time stands for the first instant at which the clocks of the zone show it or a later one. So a time that the
clocks skip is the end of the gap, a time they show twice is the first of the two, and of two local times the later
one never comes before the earlier one. Arithmetic is done in UTC; ``zoneinfo`` alone knows the zones.

Example: in New York on 8 March 2026 the clocks go from 01:59 to 03:00 at 07:00 UTC. 02:30 is 07:00 UTC there, as 03:00
is. On 1 November they go back from 01:59 to 01:00; 01:30 is 05:30 UTC, and not 06:30 UTC.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from escalation.domain.span import BEGINNING, FOREVER

_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)


class ClockChange(NamedTuple):
    """The clocks of a zone are moved ``by`` this much at ``at``: forward, or back where it is negative."""

    at: datetime
    by: timedelta


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo | None:
    """Return the zone, or None where the database has none of this name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # Unknown; malformed, as "" or "../UTC"; a folder, as "America".
        return None


def local_time(at: datetime, zone: ZoneInfo) -> datetime:
    """Return ``at`` as the clocks of ``zone`` show it; beyond the calendar its first or last instant."""
    if not BEGINNING <= at <= FOREVER:
        at = BEGINNING if at < BEGINNING else FOREVER
    return at.astimezone(zone)


def instant_of(wall: datetime) -> datetime:
    """Return the first instant (UTC) at which the clocks of the zone of ``wall`` show that time or a later one."""
    # zoneinfo counts with the offset from before the clocks changed: right for the first of two, too late in a gap.
    at = wall.astimezone(UTC)
    shown = at.astimezone(wall.tzinfo)
    return at if shown == wall else _end_of_gap(wall, at, shown - wall)


def clock_changes(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[ClockChange]:
    """Yield in order when the clocks of ``zone`` are moved after ``start`` and until ``end``, given in UTC.

    Looks once a day, so of what is undone within a day it tells nothing.
    """
    days = [start + number * _DAY for number in range((end - start) // _DAY + 1)]
    for before, after in pairwise([*days, end]):
        by = _offset(after, zone) - _offset(before, zone)
        if by:
            yield ClockChange(_moment_of_change(before, after, zone), by)


def _moment_of_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Find the first second at which the offset is not any more what it was at ``before``."""
    first = _offset(before, zone)

    def has_changed(seconds: int) -> bool:
        return _offset(before + seconds * _SECOND, zone) != first

    return before + bisect_left(range((after - before) // _SECOND), True, key=has_changed) * _SECOND


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return local_time(at, zone).utcoffset() or timedelta(0)


def _end_of_gap(wall: datetime, at: datetime, gap: timedelta) -> datetime:
    """Find the instant by halving the time by which ``at`` may be too late; clocks change on whole seconds."""
    before = (at - gap).replace(microsecond=0)

    def has_passed(seconds: int) -> bool:
        # Two datetimes of one zone compare as the clocks show them, which is what is wanted here.
        return (before + seconds * _SECOND).astimezone(wall.tzinfo) >= wall

    return before + bisect_left(range(gap // _SECOND + 1), True, key=has_passed) * _SECOND
