"""When the participants of a rotation of Opsgenie serve: at a time of each day, or at times of the week."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from escalation.transfer.document import Window
from escalation.transfer.foreign.fields import natural
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.opsgenie.shapes import one_of
from escalation.transfer.foreign.weekly import DAY, WEEK, Stretch, windows_of

_DAILY: Final = "time-of-day"
_WEEKLY: Final = "weekday-and-time-of-day"
_DAYS: Final = {
    name: number
    for number, name in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
}


def windows_in(rotation: Item) -> tuple[Window, ...]:
    """Return the windows in which a rotation has somebody; none where it always has."""
    restriction = rotation.inner("timeRestriction")
    if restriction is None:
        return ()
    of_kind = restriction.read("type", one_of({_DAILY: _daily, _WEEKLY: _weekly}))
    stretches = [each for one in _restrictions(restriction) for each in of_kind(one)]
    return windows_of(stretches) if stretches else ()


def _restrictions(restriction: Item) -> Iterator[Item]:
    """Yield the restrictions; of one for each day, Opsgenie writes no list."""
    one = restriction.inner("restriction")
    if one is not None:
        yield one
    yield from restriction.each("restrictions")


def _daily(one: Item) -> Iterator[Stretch]:
    starts = _minute(one, "start")
    minutes = (_minute(one, "end") - starts) % DAY or DAY
    yield from (Stretch(day * DAY + starts, minutes) for day in range(7))


def _weekly(one: Item) -> Iterator[Stretch]:
    starts = one.read("startDay", one_of(_DAYS)) * DAY + _minute(one, "start")
    ends = one.read("endDay", one_of(_DAYS)) * DAY + _minute(one, "end")
    yield Stretch(starts, (ends - starts) % WEEK or WEEK)


def _minute(one: Item, edge: str) -> int:
    minute = one.read(f"{edge}Hour", natural) * 60 + one.read(f"{edge}Min", natural, 0)
    if minute > DAY:
        one.refuse(f"must have a time of the day in {edge}Hour and {edge}Min.")
    return minute
