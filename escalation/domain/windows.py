"""Windows of local time: a rotation's restrictions, and working hours.

A window starts on each of its days at ``start`` and ends at ``end``, on the same day or, where that is not later than
``start``, on the next; where both are equal it is a whole day. Each edge is a local time and becomes an instant by
itself, so a window is as long as the clocks make it. Windows that overlap or touch are one. The week repeats for ever:
the span around an instant follows from its place in the week, at a cost that grows with the number of windows only.

Example: days 1 to 5, 18:00 to 08:00 in Berlin. At Saturday 03:00 Friday's window is open, until 08:00; from then until
Monday 18:00 none is. The window that starts on Saturday 24 October 2026, were there one, would last 15 hours.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from escalation.domain.local_time import instant_of, local_time
from escalation.domain.model import Window
from escalation.domain.span import BEGINNING, FOREVER, Span

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_DAYS = frozenset(range(1, 8))

_Stretch = tuple[timedelta, timedelta]
"""From when until before when, counted from Monday 00:00 by the clock on the wall."""


def spell(windows: tuple[Window, ...], zone: ZoneInfo, at: datetime) -> Span[bool]:
    """Tell whether a window is open at ``at``, and from when until when that is so."""
    edges = _edges_of_week(windows)
    if not edges or edges[-1] - edges[0] >= _WEEK:
        return Span(bool(edges), BEGINNING, FOREVER)
    # Adding to a datetime of a zone, or subtracting two of one zone, counts by the clock on the wall, as wanted here.
    monday = datetime(2024, 1, 1, tzinfo=zone)

    def edge_at(number: int) -> datetime:
        weeks, place = divmod(number, len(edges))
        return instant_of(monday + weeks * _WEEK + edges[place])

    weeks, passed = divmod(local_time(at, zone) - monday - edges[0], _WEEK)
    number = weeks * len(edges) + bisect_right(edges, edges[0] + passed) - 1
    # An edge the clocks have shown has passed; where they were set back, more have passed than they show.
    while (ends_at := edge_at(number + 1)) <= at < FOREVER:
        number += 1
    first, last, starts_at = number, number + 1, edge_at(number)
    # What a gap in local time leaves no room for is not there: what lies around it is one.
    while edge_at(first - 1) == starts_at:
        first -= 2
        starts_at = edge_at(first)
    while edge_at(last + 1) == ends_at:
        last += 2
        ends_at = edge_at(last)
    return Span(number % 2 == 0, starts_at, min(ends_at, FOREVER))


@lru_cache(maxsize=1024)
def _edges_of_week(windows: tuple[Window, ...]) -> tuple[timedelta, ...]:
    """Return starts and ends by turns, in order, counted from Monday 00:00; the last may lie in the next week."""
    stretches = _joined(sorted(_stretch(window, day) for window in windows for day in window.days & _DAYS))
    while len(stretches) > 1 and stretches[-1][1] - _WEEK >= stretches[0][0]:
        _, ends = stretches.pop(0)
        stretches[-1] = (stretches[-1][0], max(stretches[-1][1], ends + _WEEK))
    return tuple(edge for stretch in stretches for edge in stretch)


def _stretch(window: Window, day: int) -> _Stretch:
    starts, ends = _since_midnight(window.start), _since_midnight(window.end)
    length = ends - starts if ends > starts else ends - starts + _DAY
    since_monday = (day - 1) * _DAY + starts
    return since_monday, since_monday + length


def _joined(stretches: Iterable[_Stretch]) -> list[_Stretch]:
    joined: list[_Stretch] = []
    for starts, ends in stretches:
        if joined and starts <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
        else:
            joined.append((starts, ends))
    return joined


def _since_midnight(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond)
