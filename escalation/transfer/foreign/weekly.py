"""Weekly windows out of other products, made such as windows may be here.

Theirs may last days, and may overlap; ours are each within a day and a night, and do not. Example: Friday 17:00 for 64
hours is three windows: Friday from 17:00, Saturday and Sunday all day, and Monday until 09:00.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import time
from itertools import chain
from typing import Final, NamedTuple

from escalation.transfer.document import Window

DAY: Final = 24 * 60
WEEK: Final = 7 * DAY


class Stretch(NamedTuple):
    """Some minutes of each week, from ``start``, counted from Monday 00:00 by the clock on the wall."""

    start: int
    minutes: int


def stretch(day: int, start: time, minutes: int) -> Stretch:
    """Return the stretch that begins on a ``day``, from 1 for Monday to 7, at a local time."""
    return Stretch((day - 1) * DAY + start.hour * 60 + start.minute, minutes)


def windows_of(stretches: Iterable[Stretch]) -> tuple[Window, ...]:
    """Return the windows that cover just what the ``stretches`` cover; none where that is the whole week.

    So there has to be a stretch: what is never open, windows cannot say.
    """
    open_at = joined(stretches)
    if open_at == [Stretch(0, WEEK)]:
        return ()
    days: dict[tuple[time, time], set[int]] = {}
    for day, start, end in chain.from_iterable(map(_within_days, open_at)):
        days.setdefault((start, end), set()).add(day)
    found = (Window(days=tuple(sorted(on)), start=start, end=end) for (start, end), on in days.items())
    return tuple(sorted(found, key=lambda window: (window.days, window.start)))


def joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return what overlaps or touches as one, in order; the last may reach into the next week."""
    found: list[Stretch] = []
    for start, minutes in sorted((each.start % WEEK, each.minutes) for each in stretches if each.minutes > 0):
        if found and start <= sum(found[-1]):
            found[-1] = Stretch(found[-1].start, max(sum(found[-1]), start + minutes) - found[-1].start)
        else:
            found.append(Stretch(start, minutes))
    while len(found) > 1 and sum(found[-1]) - WEEK >= found[0].start:
        first, last = found.pop(0), found[-1]
        found[-1] = Stretch(last.start, max(sum(last), sum(first) + WEEK) - last.start)
    if len(found) == 1 and found[0].minutes >= WEEK:
        return [Stretch(0, WEEK)]
    return found


def _within_days(each: Stretch) -> Iterator[tuple[int, time, time]]:
    """Yield the days, starts and ends of windows that make up a stretch: one, or cut at each midnight."""
    start, left = each
    while left > 0:
        to_midnight = DAY - start % DAY
        minutes = left if left <= DAY else to_midnight
        yield start // DAY % 7 + 1, _clock(start), _clock(start + minutes)
        start, left = start + minutes, left - minutes


def _clock(minute: int) -> time:
    hour, minute = divmod(minute % DAY, 60)
    return time(hour, minute)
