"""Restrictions of PagerDuty's layers: times of each day, or of each week, in the schedule's zone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Final

from escalation.transfer.findings import Code
from escalation.transfer.foreign.fields import seconds, text_in
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Part
from escalation.transfer.foreign.weekly import WEEK, Stretch, joined, stretch
from escalation.transfer.reading import values
from scaling.errors import InvalidInput

_EVERY_DAY: Final = range(1, 8)
_MINUTE: Final = timedelta(minutes=1)


def stretches_of(part: Part, layer: Item) -> tuple[Stretch, ...]:
    """Return when anybody of a layer serves; nothing, if there are no restrictions."""
    found: list[Stretch] = []
    for restriction in layer.each("restrictions"):
        found += _stretches(part, restriction)
    return tuple(found)


def are_crossed(stretches: Sequence[Stretch], handoff: datetime, length_days: int) -> bool:
    """Tell whether a turn ends within one of the stretches; ``handoff`` is when one does, as the clocks show it."""
    days = [handoff.isoweekday()] if length_days % 7 == 0 else list(_EVERY_DAY)
    handoffs = [stretch(day, handoff.time(), 0).start for day in days]
    open_at = [each for each in joined(stretches) if each.minutes < WEEK]
    return any(0 < (at - each.start) % WEEK < each.minutes for each in open_at for at in handoffs)


def _stretches(part: Part, restriction: Item) -> Iterator[Stretch]:
    start, length = restriction.read("start_time_of_day", _clock), restriction.read("duration_seconds", seconds)
    before = timedelta(seconds=start.second)
    minutes = -(-(before + length) // _MINUTE)
    if before or length % _MINUTE:
        message = "has a restriction that is no whole number of minutes; it is rounded so that it loses none."
        part.note(Code.TIMEOUT_ROUNDED, message, path=restriction.path, was=restriction.shown())
    for day in _days(restriction):
        yield stretch(day, start, min(minutes, WEEK))


def _days(restriction: Item) -> Sequence[int]:
    if text_in(restriction, "type") == "daily_restriction":
        return _EVERY_DAY
    return [restriction.read("start_day_of_week", values.of_integer(_weekday))]


def _weekday(day: int) -> int:
    if day not in _EVERY_DAY:
        raise InvalidInput([("", "must be a day from 1 for Monday to 7 for Sunday.")])
    return day


def _clock(value: object) -> time:
    try:
        found = time.fromisoformat(values.text(value))
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        raise InvalidInput([("", "must be a time of the day, such as 09:00:00.")])
    return found.replace(microsecond=0)
