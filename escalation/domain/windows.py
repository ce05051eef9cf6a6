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
from typing import NamedTuple
from zoneinfo import ZoneInfo

from escalation.domain.local_time import instant_of, wall_clock
from escalation.domain.model import Window
from escalation.domain.span import BEGINNING, FOREVER, Span

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_SOME_MONDAY = datetime(2024, 1, 1)  # noqa: DTZ001 - what a clock on a wall shows
_DAYS = frozenset(range(1, 8))


def spell(windows: tuple[Window, ...], zone: ZoneInfo, at: datetime) -> Span[bool]:
    """Tell whether a window is open at ``at``, and from when until when that is so."""
    week = _week_of(windows)
    if not week:
        return Span(False, BEGINNING, FOREVER)
    if week[0].ends - week[0].starts >= _WEEK:
        return Span(True, BEGINNING, FOREVER)
    opening = _Openings(week, zone)
    number = opening.first_that_ends_after(at)
    if opening.starts_at(number) <= at:
        return opening.open_around(number)
    return opening.closed_before(number)


class _Stretch(NamedTuple):
    """A part of the week, counted from Monday 00:00 by the clock on the wall."""

    starts: timedelta
    ends: timedelta


class _Openings:
    """The stretches of all weeks as instants, numbered in order of time: each week has as many as the first."""

    def __init__(self, week: tuple[_Stretch, ...], zone: ZoneInfo) -> None:
        self.week = week
        self.zone = zone

    def starts_at(self, number: int) -> datetime:
        weeks, place = divmod(number, len(self.week))
        return instant_of(_SOME_MONDAY + weeks * _WEEK + self.week[place].starts, self.zone)

    def ends_at(self, number: int) -> datetime:
        weeks, place = divmod(number, len(self.week))
        return instant_of(_SOME_MONDAY + weeks * _WEEK + self.week[place].ends, self.zone)

    def first_that_ends_after(self, at: datetime) -> int:
        weeks, passed = divmod(wall_clock(at, self.zone) - _SOME_MONDAY, _WEEK)
        # The last stretch may reach into the next week, and then it has not ended at the beginning of this one.
        number = weeks * len(self.week) - 1
        if self.week[-1].ends - _WEEK <= passed:
            number += 1 + bisect_right(self.week, passed, key=_ends)
        # What the clocks have shown has passed; where they were set back, more has passed than they show.
        while self.ends_at(number) <= at < FOREVER:
            number += 1
        return number

    def open_around(self, number: int) -> Span[bool]:
        """Return the span of an opening and of those beside it that a gap in local time joins to it."""
        first = last = number
        while self.ends_at(first - 1) >= self.starts_at(first):
            first -= 1
        while self.starts_at(last + 1) <= self.ends_at(last):
            last += 1
        return Span(True, self.starts_at(first), min(self.ends_at(last), FOREVER))

    def closed_before(self, number: int) -> Span[bool]:
        """Return the span between two openings; those that fall into a gap in local time are none."""
        last, coming = number - 1, number
        while self._is_empty(last):
            last -= 1
        while self._is_empty(coming):
            coming += 1
        return Span(False, self.ends_at(last), min(self.starts_at(coming), FOREVER))

    def _is_empty(self, number: int) -> bool:
        return self.starts_at(number) >= self.ends_at(number)


@lru_cache(maxsize=1024)
def _week_of(windows: tuple[Window, ...]) -> tuple[_Stretch, ...]:
    """Return the week's stretches in order and apart from each other; the last may reach into the next week."""
    stretches = _joined(sorted(_stretch(window, day) for window in windows for day in window.days & _DAYS))
    while len(stretches) > 1 and stretches[-1].ends - _WEEK >= stretches[0].starts:
        first = stretches.pop(0)
        last = stretches[-1]
        stretches[-1] = _Stretch(last.starts, max(last.ends, first.ends + _WEEK))
    return tuple(stretches)


def _stretch(window: Window, day: int) -> _Stretch:
    starts, ends = _since_midnight(window.start), _since_midnight(window.end)
    length = ends - starts if ends > starts else ends - starts + _DAY
    since_monday = (day - 1) * _DAY + starts
    return _Stretch(since_monday, since_monday + length)


def _joined(stretches: Iterable[_Stretch]) -> list[_Stretch]:
    joined: list[_Stretch] = []
    for stretch in stretches:
        if joined and stretch.starts <= joined[-1].ends:
            joined[-1] = _Stretch(joined[-1].starts, max(joined[-1].ends, stretch.ends))
        else:
            joined.append(stretch)
    return joined


def _since_midnight(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond)


def _ends(stretch: _Stretch) -> timedelta:
    return stretch.ends
