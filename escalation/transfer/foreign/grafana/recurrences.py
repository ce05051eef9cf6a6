"""When shifts of Grafana OnCall begin, and whose they are.

A shift begins on some days at one time of the day, by the clock on the wall, and lasts as long as it lasts. Those who
take turns do so by the period, which is a number of weeks or of days, and not by the shift: a weekly rotation on Mondays
and Thursdays gives both shifts of a week to one person. A daily one that is limited to some days of the week is
different: there a period is a number of such days, whatever lies between them.

The first turn is that of the first shift, which is no earlier than ``start``. Weeks begin on their own day, mostly Monday.
So a weekly rotation on workdays that starts on a Wednesday has a first turn of three days.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from escalation.domain.local_time import instant_of, local_time

WEEK = 7
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """Shifts that begin on days from ``start`` on, a date with a time by the clocks of ``zone``.

    ``is_weekly``: a period is ``interval`` weeks, which begin on ``week_start``, and otherwise days. ``days`` are those
    of the week on which shifts begin, each from 0 for Monday; of none, a weekly one begins on that of ``start``, a daily
    one on every first day of a period. ``is_rolling``: people take turns.
    """

    start: datetime
    duration: timedelta
    zone: ZoneInfo
    is_weekly: bool
    interval: int
    days: frozenset[int]
    week_start: int
    is_rolling: bool

    @property
    def weekdays(self) -> frozenset[int]:
        """The days of the week on which shifts begin, all of them where that does not depend on the week."""
        if self.days:
            return self.days
        return frozenset(range(WEEK)) if self.period_days % WEEK else frozenset({self.start.weekday()})

    @property
    def period_days(self) -> int:
        """How many days a turn lasts; where only some days count, one of those."""
        return self.interval * (WEEK if self.is_weekly else 1)

    @property
    def first_day(self) -> date:
        """The day of the first shift. Where people take turns, it is in a week of its own if ``start`` is no day of it."""
        day = self.start.date()
        if self.is_rolling and day.weekday() not in self.weekdays:
            return day + (min(self.weekdays, key=self._place) - day.weekday()) % WEEK * _DAY
        return next(each for each in _days_from(day) if each.weekday() in self.weekdays)

    @property
    def anchor_day(self) -> date:
        """The day on which the turn of the first shift begins, which may lie before it."""
        if not self.is_weekly:
            return self.first_day
        return self._week_of(self.first_day) + min(map(self._place, self.weekdays)) * _DAY

    def begins_on(self, day: date) -> bool:
        """Tell whether a shift begins on a day from the first on."""
        if self.is_weekly:
            weeks = (self._week_of(day) - self._week_of(self.first_day)).days // WEEK
            return day.weekday() in self.weekdays and weeks % self.interval == 0
        return day.weekday() in self.days if self.days else (day - self.first_day).days % self.interval == 0

    def at(self, day: date) -> datetime:
        """Return the instant at which a shift begins on a day."""
        return instant_of(datetime.combine(day, self.start.time(), self.zone))

    def first_from(self, at: datetime) -> datetime:
        """Return when the first shift begins that begins at ``at`` or later."""
        days = filter(self.begins_on, _days_from(max(local_time(at, self.zone).date(), self.first_day)))
        return next(begins for begins in map(self.at, days) if begins >= at)

    def end_of_last(self, until: datetime) -> datetime | None:
        """Return when the last shift ends that begins at ``until`` or before, None where none does."""
        day = local_time(until, self.zone).date()
        while day >= self.first_day:
            if self.begins_on(day) and self.at(day) <= until:
                return instant_of(datetime.combine(day, self.start.time(), self.zone) + self.duration)
            day -= _DAY
        return None

    def _week_of(self, day: date) -> date:
        return day - (day.weekday() - self.week_start) % WEEK * _DAY

    def _place(self, weekday: int) -> int:
        """Return how many days after the beginning of a week one of its days comes."""
        return (weekday - self.week_start) % WEEK


def _days_from(day: date) -> Iterator[date]:
    while True:
        yield day
        day += _DAY
