"""Times in words, as the clocks of one zone show them: instants, stretches, and what happens every week.

What is looked at ends somewhere. What was going on already when it begins, or goes on when it ends, is told without
that beginning or that end; and what repeats in every week of it is told by its days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Final

from escalation.domain.local_time import zone_named
from escalation.domain.times import Stretch, Times

_DAYS: Final = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_MOST_WEEKLY: Final = 3
"""How many ways to be of a week are told as one; more are no pattern that somebody reads."""

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_MONDAY: Final = datetime(2024, 1, 1)  # noqa: DTZ001 - a clock on a wall
_LEAST_WEEKS: Final = 2

_Wall = tuple[timedelta, timedelta]
"""From when until when by the clock on the wall, counted from a Monday 00:00."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is looked at: from ``start`` until before ``end``, and the zone whose clocks tell of it."""

    start: datetime
    end: datetime
    zone: str

    def shown(self, at: datetime) -> str:
        """Return such as "Mon 30 Nov 09:00", with its year where the outlook is of two."""
        local = at.astimezone(zone_named(self.zone) or UTC)
        year = "" if self.start.year == self.end.year else f" {local.year}"
        return f"{local:%a} {local.day} {local:%b}{year} {local:%H:%M}"

    def wall(self, at: datetime) -> timedelta:
        """Return what the clocks show at ``at``, counted from a Monday 00:00."""
        return at.astimezone(zone_named(self.zone) or UTC).replace(tzinfo=None) - _MONDAY


def stretch_in_words(stretch: Stretch, outlook: Outlook) -> str:
    """Return such as "from Fri 27 Nov 18:00 to Mon 30 Nov 08:00 Europe/Madrid"."""
    (starts_at, ends_at), zone = stretch, outlook.zone
    since, until = outlook.shown(starts_at), outlook.shown(ends_at)
    if starts_at > outlook.start:
        return f"from {since} to {until} {zone}" if ends_at < outlook.end else f"from {since} {zone} on"
    return f"until {until} {zone}" if ends_at < outlook.end else "at any time of these days"


def times_in_words(times: Times, outlook: Outlook) -> str:
    """Return such as "on Sundays (Europe/Madrid)" where every week is the same, else when they are the first time.

    There is at least one stretch. What begins with the outlook is told to begin now.
    """
    weekly = _every_week(times, outlook)
    if weekly:
        return weekly
    more = f", and {counted(len(times) - 1, 'more time')} before {outlook.shown(outlook.end)}" if times[1:] else ""
    return f"{_from_now_on(times[0], outlook)}{more}"


def _from_now_on(stretch: Stretch, outlook: Outlook) -> str:
    if stretch[0] > outlook.start or stretch[1] >= outlook.end:
        return stretch_in_words(stretch, outlook)
    return f"from now to {outlook.shown(stretch[1])} {outlook.zone}"


def either(words: Sequence[str]) -> str:
    """Return such as "a, b or c"."""
    return _listed(words, "or")


def both(words: Sequence[str]) -> str:
    """Return such as "a, b and c"."""
    return _listed(words, "and")


def counted(number: int, what: str) -> str:
    """Return such as "1 time" and "2 times"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _listed(words: Sequence[str], last: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


# What happens every week


def _every_week(times: Times, outlook: Outlook) -> str | None:
    week = _week_of(times, outlook)
    if not week or week == [(week[0][0], week[0][0] + _WEEK)]:
        return None
    ways = list(_ways(week))
    if len(ways) > _MOST_WEEKLY:
        return None
    told = both(ways)
    return f"{told} {outlook.zone}" if told[-1].isdigit() else f"{told} ({outlook.zone})"


def _week_of(times: Times, outlook: Outlook) -> list[_Wall] | None:
    """Return what repeats in every week, from a Monday on; the last may reach into the next. None: nothing does."""
    start, end = outlook.wall(outlook.start), outlook.wall(outlook.end)
    if outlook.end - outlook.start < _LEAST_WEEKS * _WEEK:
        return None
    shown = [(outlook.wall(since), outlook.wall(until)) for since, until in times]
    first = [(since, min(until, start + _WEEK)) for since, until in shown if since < start + _WEEK]
    weeks = -((start - end) // _WEEK)
    repeated = ((since + n * _WEEK, min(until + n * _WEEK, end)) for n in range(weeks) for since, until in first)
    if _joined(each for each in repeated if each[0] < end) != shown:
        return None
    return _as_a_week(first, start)


def _as_a_week(first: Sequence[_Wall], start: timedelta) -> list[_Wall]:
    """Return the stretches of a week that began at ``start`` as one that begins on a Monday, joined over its end."""
    if len(first) > 1 and first[0][0] == start and first[-1][1] == start + _WEEK:
        first = [*first[1:-1], (first[-1][0], first[0][1] + _WEEK)]
    return sorted((since % _WEEK, since % _WEEK + until - since) for since, until in first)


def _joined(stretches: Iterable[_Wall]) -> list[_Wall]:
    found: list[_Wall] = []
    for since, until in stretches:
        if found and since == found[-1][1]:
            found[-1] = (found[-1][0], until)
        else:
            found.append((since, until))
    return found


def _ways(week: Sequence[_Wall]) -> Iterator[str]:
    """Yield days on which it is whole days, then days on which it is from one time to another, then the others."""
    whole = [each for each in week if not each[0] % _DAY and not each[1] % _DAY]
    if whole:
        yield _on(day for since, until in whole for day in range(since // _DAY, until // _DAY))
    within = [each for each in week if each not in whole and each[1] - each[0] < _DAY]
    for (since, until), same in groupby(sorted(within, key=_clocks), key=_clocks):
        yield f"{_on(starts // _DAY for starts, _ in same)} from {_clock(since)} to {_clock(until)}"
    for since, until in week:
        if (since, until) not in whole and until - since >= _DAY:
            yield f"from {_at(since)} to {_at(until)}"


def _on(days: Iterable[int]) -> str:
    numbers = sorted({day % 7 for day in days})
    names = [_DAYS[number] for number in numbers]
    if len(names) == len(_DAYS):
        return "every day"
    is_run = len(names) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1))
    return f"on {names[0]} to {names[-1]}" if is_run else f"on {both(names)}"


def _clocks(wall: _Wall) -> _Wall:
    return wall[0] % _DAY, wall[1] % _DAY


def _clock(wall: timedelta) -> str:
    return f"{_MONDAY + wall:%H:%M}"


def _at(wall: timedelta) -> str:
    return f"{_DAYS[wall // _DAY % 7]} {_clock(wall)}"
