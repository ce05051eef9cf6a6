"""How instants, waits and lists of people read in pages, on the answer page and in summaries.

Times are UTC with minutes, those of shifts in their schedule's zone, and say beside it how far away they are: somebody just woken up does not subtract.
Waits that are left are rounded up and times past are rounded down, so nothing sounds sooner than it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from escalation.domain.local_time import local_time, zone_named

_MOST_NAMES: Final = 5
_SECONDS_COUNT_BELOW: Final = 10
_MINUTE: Final = timedelta(minutes=1)


def moment(at: datetime, now: datetime) -> str:
    """Return ``at`` as "03:17 UTC", with its date where that is not today's."""
    at = at.astimezone(UTC)
    is_today = at.date() == now.astimezone(UTC).date()
    return f"{at:%H:%M} UTC" if is_today else f"{at.day} {at:%b %H:%M} UTC"


def away(at: datetime, now: datetime) -> str:
    """Return how far ``at`` lies ahead or back: "in 5 min", "5 min ago", "now"."""
    ahead = -((now - at) // _MINUTE)
    back = (now - at) // _MINUTE
    if at > now:
        return f"in {_minutes(ahead)}"
    return f"{_minutes(back)} ago" if back else "now"


def moment_and_away(at: datetime, now: datetime) -> str:
    """Return "03:17 UTC (in 5 min)"."""
    return f"{moment(at, now)} ({away(at, now)})"


def span(wait: timedelta) -> str:
    """Return ``wait`` in whole minutes, rounded down, at least one: "5 min", "2 h 10 min", "3 days 4 h"."""
    return _minutes(max(1, wait // _MINUTE))


def delay(wait: timedelta) -> str:
    """Return ``wait`` as "5 min" or "1 min 30 s"; its seconds are told below ten minutes only."""
    minutes, rest = divmod(max(wait, timedelta()), _MINUTE)
    seconds = int(rest.total_seconds()) if minutes < _SECONDS_COUNT_BELOW else 0
    parts = [*([_minutes(minutes)] if minutes else []), *([f"{seconds} s"] if seconds or not minutes else [])]
    return " ".join(parts)


def listing(names: Sequence[str]) -> str:
    """Return "Ada", "Ada and Bob", "Ada, Bob and Cy"; of many the first five and how many more."""
    if len(names) > _MOST_NAMES:
        names = [*names[:_MOST_NAMES], f"{len(names) - _MOST_NAMES} more"]
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def moment_in(timezone: str, at: datetime) -> str:
    """Return ``at`` as "Tue 24 Nov 09:00" in the named zone, in UTC if there is no such zone."""
    there = local_time(at, zone_named(timezone) or ZoneInfo("UTC"))
    return f"{there:%a} {there.day} {there:%b %H:%M}"


def time_in(timezone: str, starts_at: datetime, ends_at: datetime | None) -> str:
    """Return "Tue 24 Nov 09:00 until Wed 25 Nov 09:00 (Europe/Berlin)"."""
    end = "on" if ends_at is None else f"until {moment_in(timezone, ends_at)}"
    return f"{moment_in(timezone, starts_at)} {end} ({timezone})"


def _minutes(count: int) -> str:
    hours, minutes = divmod(count, 60)
    days, hours = divmod(hours, 24)
    if days:
        return " ".join([f"{days} day{'s' if days > 1 else ''}", *([f"{hours} h"] if hours else [])])
    return " ".join([*([f"{hours} h"] if hours else []), *([f"{minutes} min"] if minutes or not hours else [])])
