"""From the clock on the wall to the instant, in any zone of the time zone database.

A local time stands for the first instant at which the clocks of the zone show it or a later one. So a time that the
clocks skip is the end of the gap, a time they show twice is the first of the two, and of two local times the later
one never comes before the earlier one. Arithmetic is done in UTC; ``zoneinfo`` alone knows the zones.

Example: in New York on 8 March 2026 the clocks go from 01:59 to 03:00 at 07:00 UTC. 02:30 is 07:00 UTC there, as 03:00
is. On 1 November they go back from 01:59 to 01:00; 01:30 is 05:30 UTC, and not 06:30 UTC.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from escalation.domain.span import BEGINNING, FOREVER

_SECOND = timedelta(seconds=1)


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo | None:
    """Return the zone, or None where the database has none of this name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # Unknown; malformed, as "" or "../UTC"; a folder, as "America".
        return None


def wall_clock(at: datetime, zone: ZoneInfo) -> datetime:
    """Return what the clocks of ``zone`` show at ``at``, without a zone; beyond the calendar its first or last."""
    return min(max(at, BEGINNING), FOREVER).astimezone(zone).replace(tzinfo=None)


def instant_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant (UTC) at which the clocks of ``zone`` show ``wall`` or a later time."""
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    # Across a gap zoneinfo counts with the offset before it first, which lands behind the gap, and then with the
    # offset after it, which lands before: the end of the gap lies between the two.
    return first if first <= second else _end_of_gap(wall, zone, second, first)


def _end_of_gap(wall: datetime, zone: ZoneInfo, before: datetime, behind: datetime) -> datetime:
    """Find the instant by halving; clocks change on whole seconds."""
    before = before.replace(microsecond=0)

    def has_passed(seconds: int) -> bool:
        return wall_clock(before + seconds * _SECOND, zone) >= wall

    seconds = range((behind - before) // _SECOND + 1)
    return before + bisect_left(seconds, True, key=has_passed) * _SECOND
