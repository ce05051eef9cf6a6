"""Which turns and windows say the same as a recurrence, where any do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import gcd
from typing import NamedTuple, NoReturn

from escalation.models.rotation import MAX_LENGTH_DAYS
from escalation.transfer.document import Window
from escalation.transfer.findings import Code
from escalation.transfer.foreign.grafana.recurrences import WEEK, Recurrence
from escalation.transfer.foreign.ledger import Part
from escalation.transfer.foreign.weekly import DAY, stretch, windows_of

Groups = tuple[tuple[str, ...], ...]


class Pattern(NamedTuple):
    """Turns of so many days, windows in which somebody serves, none for always, and who serves in each turn."""

    length_days: int
    windows: tuple[Window, ...]
    groups: Groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifts:
    """Shifts that come again and again, and the groups of people who take turns in them."""

    name: str
    recurrence: Recurrence
    groups: Groups
    path: str


def pattern_of(part: Part, shifts: Shifts) -> Pattern:
    """Return the turns and windows that say the same.

    Raises:
        Blocked: none do.
    """
    recurrence = shifts.recurrence
    if not recurrence.duration:
        _refuse(part, shifts, "lasts no time")
    if recurrence.period_days > MAX_LENGTH_DAYS:
        _refuse(part, shifts, f"has periods of more than {MAX_LENGTH_DAYS} days")
    if recurrence.days and not recurrence.is_weekly:
        return _by_selected_days(part, shifts)
    if recurrence.period_days in (1, WEEK):
        return _by_windows(part, shifts)
    return _by_whole_periods(part, shifts)


def _by_windows(part: Part, shifts: Shifts) -> Pattern:
    """Days or weeks: windows say when in them somebody serves."""
    recurrence = shifts.recurrence
    places = sorted((day - recurrence.week_start) % WEEK for day in recurrence.weekdays)
    apart = DAY if recurrence.period_days == 1 else (WEEK - places[-1] + places[0]) * DAY
    _refuse_overlap(part, shifts, apart)
    return Pattern(recurrence.period_days, _windows(recurrence), shifts.groups)


def _by_whole_periods(part: Part, shifts: Shifts) -> Pattern:
    """Longer periods: windows come again each week, so somebody has to serve all the time."""
    recurrence = shifts.recurrence
    period = recurrence.period_days * DAY
    if _minutes(recurrence.duration) < period or len(recurrence.days) > 1:
        _refuse(part, shifts, f"serves for a part of each {recurrence.period_days} days")
    _refuse_overlap(part, shifts, period)
    return Pattern(recurrence.period_days, (), shifts.groups)


def _by_selected_days(part: Part, shifts: Shifts) -> Pattern:
    """Some days of the week, each turn so many of those: a turn here is a day, and who serves is told day by day."""
    recurrence = shifts.recurrence
    if not recurrence.is_rolling and recurrence.interval > 1:
        _refuse(part, shifts, f"serves on each day number {recurrence.interval} that is one of some days of the week")
    _refuse_overlap(part, shifts, DAY)
    return Pattern(1, _windows(recurrence), _day_by_day(recurrence, shifts.groups))


def _day_by_day(recurrence: Recurrence, groups: Groups) -> Groups:
    """Return whose each day is from the first on, until all begins again; a day that does not count is the last one's."""
    if len(groups) < 2:
        return groups
    round_of_all = recurrence.interval * len(groups)
    weeks = round_of_all // gcd(round_of_all, len(recurrence.days))
    first, turns, found = recurrence.first_day.weekday(), 0, []
    for day in range(weeks * WEEK):
        turns += (first + day) % WEEK in recurrence.days
        found.append(groups[(turns - 1) // recurrence.interval % len(groups)])
    return tuple(found)


def _windows(recurrence: Recurrence) -> tuple[Window, ...]:
    minutes = min(_minutes(recurrence.duration), WEEK * DAY)
    at = recurrence.start.time()
    return windows_of(stretch(day + 1, at, minutes) for day in recurrence.weekdays)


def _refuse_overlap(part: Part, shifts: Shifts, apart: int) -> None:
    """Block turns of several groups, the last shift of one of which is not over when the next begins."""
    if _minutes(shifts.recurrence.duration) > apart and len(shifts.groups) > 1:
        _refuse(part, shifts, "has shifts that last into the next turn")


def _refuse(part: Part, shifts: Shifts, said: str) -> NoReturn:
    message = (
        f"has {shifts.name!r}, which {said}; no rotation here does that. Make shifts there that fill days or weeks."
    )
    part.block(Code.ROTATION_UNSUPPORTED, message, path=shifts.path)


def _minutes(duration: timedelta) -> int:
    """Return whole minutes, rounded up."""
    return -(-duration // timedelta(minutes=1))
