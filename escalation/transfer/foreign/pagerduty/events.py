"""Events of PagerDuty's schedules of shifts, made into rotations.

An event is a shift that recurs, and its members take ``shifts_per_member`` of them in turn, counted from the first shift.
Where those make up whole periods, they are a turn here; where a shift is shorter than its period, the rest of the time is
restricted. Example: shifts on weekdays from 09:00 to 17:00, five to a member, are turns of a week with windows on five days.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from escalation.domain.local_time import instant_of, local_time
from escalation.transfer.document import Rotation, Window
from escalation.transfer.findings import Code
from escalation.transfer.foreign.fields import natural, needed, text_in
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Part
from escalation.transfer.foreign.naming import seen_name
from escalation.transfer.foreign.pagerduty.recurrence import EVERY_DAY, Recurrence, recurrence_of
from escalation.transfer.foreign.pagerduty.shapes import kind_of
from escalation.transfer.foreign.people import People
from escalation.transfer.foreign.turns import Turns, is_over, rotations_lasting
from escalation.transfer.foreign.weekly import DAY, Stretch, joined, stretch, windows_of
from escalation.transfer.foreign.zones import check_clocks, zone_of
from escalation.transfer.reading import values

_EVERYBODY: Final = "every_member_assignment_strategy"
_ROTATING: Final = "rotating_member_assignment_strategy"
_MINUTE: Final = timedelta(minutes=1)


class Reader(NamedTuple):
    """What reading the events of a schedule takes."""

    part: Part
    zone: ZoneInfo
    people: People
    now: datetime


def rotations_of_event(reader: Reader, event: Item, name: str) -> tuple[Rotation, ...]:
    """Return the rotations that an event is; ``name`` is for one without a name.

    Raises:
        Blocked: it cannot be said here.
        Refused: it is not as PagerDuty answers.
    """
    part, zone, _, now = reader
    starts_at = _instant(reader, event, "start_time")
    turns = Turns(
        name=seen_name(text_in(event, "name")) or name,
        anchor=starts_at,
        length_days=1,
        participants=(),
        starts_at=max(starts_at, event.read("effective_since", values.instant, starts_at)),
        ends_at=event.read("effective_until", values.instant, None),
        path=event.path,
    )
    if is_over(turns, now):
        return rotations_lasting(part, turns, timedelta(days=1), zone, now)
    recurrence = recurrence_of(part, event, local_time(starts_at, zone).isoweekday())
    shift = local_time(_instant(reader, event, "end_time"), zone) - local_time(
        starts_at, zone
    )  # by the clock on the wall
    anchor = _first_shift(starts_at, zone, recurrence)
    turns = replace(
        turns,
        anchor=anchor,
        starts_at=max(anchor, turns.starts_at),
        restrictions=_windows(reader, event, recurrence, anchor, shift // _MINUTE),
    )
    found = _taken_by(reader, event, turns, recurrence)
    return tuple(chain.from_iterable(rotations_lasting(part, each, length, zone, now) for each, length in found))


def member_in(reader: Reader, item: Item) -> str:
    """Return the key of a member, nothing for a place that is nobody's."""
    if kind_of(item) != "user_member":
        return ""
    return reader.people.serving(reader.part, item, item.read("user_id", values.text), text_in(item, "name"))


def _instant(reader: Reader, event: Item, field: str) -> datetime:
    """Return the instant of a local time with its zone."""
    zoned = needed(event, field)
    name = text_in(zoned, "time_zone")
    if name:
        path = zoned.path_of("time_zone")
        check_clocks(reader.part, reader.zone, zone_of(reader.part, name, path), reader.now, path)
    return zoned.read("date_time", values.instant)


def _first_shift(starts_at: datetime, zone: ZoneInfo, recurrence: Recurrence) -> datetime:
    local = local_time(starts_at, zone)
    days = (local + timedelta(days=day) for day in range(7))
    return instant_of(next(day for day in days if day.isoweekday() in recurrence.days))


def _windows(reader: Reader, event: Item, recurrence: Recurrence, anchor: datetime, minutes: int) -> tuple[Window, ...]:
    is_daily = recurrence.days == EVERY_DAY
    if minutes == recurrence.period * DAY and (is_daily or len(recurrence.days) == 1):
        return ()
    clock = local_time(anchor, reader.zone).time()
    stretches = [stretch(day, clock, minutes) for day in recurrence.days]
    is_dense = recurrence.period == (1 if is_daily else 7)
    if not is_dense or not _are_apart(stretches):
        message = (
            "has an event whose shifts overlap, or leave out days or weeks. Rebuild it with an event for each there."
        )
        reader.part.block(Code.RRULE_UNSUPPORTED, message, path=event.path, was=event.plain("recurrence"))
    return windows_of(stretches)


def _are_apart(stretches: Sequence[Stretch]) -> bool:
    """Tell whether each has some time, and no two have any in common."""
    covered = sum(each.minutes for each in joined(stretches))
    return all(each.minutes > 0 for each in stretches) and covered == sum(each.minutes for each in stretches)


def _taken_by(reader: Reader, event: Item, turns: Turns, recurrence: Recurrence) -> Iterator[tuple[Turns, timedelta]]:
    """Yield turns with their participants, and how long each lasts: several, where several serve at once."""
    strategy = needed(event, "assignment_strategy")
    members = tuple(member_in(reader, member) for member in strategy.each("members"))
    kind = kind_of(strategy)
    if kind == _EVERYBODY:
        there = tuple(dict.fromkeys(filter(None, members)))
        if len(there) > 1:
            message = (
                f"has {len(there)} people at once in {turns.name!r}; here each of them has a rotation of their own."
            )
            reader.part.note(Code.MULTI_ONCALL_UNSUPPORTED, message, path=strategy.path, was=list(there))
        _tell_exceptions(reader.part, event, recurrence, is_phase_lost=False)
        yield from ((replace(turns, participants=(each,)), timedelta(days=1)) for each in there)
    elif kind == _ROTATING:
        yield _rotating(reader, event, turns, recurrence, members)
    else:
        message = f"assigns shifts in a way ({kind or 'of no name'}) that is not known here."
        reader.part.block(Code.ROTATION_UNSUPPORTED, message, path=strategy.path, was=kind)


def _rotating(
    reader: Reader, event: Item, turns: Turns, recurrence: Recurrence, members: tuple[str, ...]
) -> tuple[Turns, timedelta]:
    part, strategy = reader.part, needed(event, "assignment_strategy")
    if "" in members and any(members):
        message = (
            f"has a turn of nobody in {turns.name!r}, and here each turn is somebody's. Give it to somebody there."
        )
        part.block(Code.EMPTY_SLOT_UNSUPPORTED, message, path=strategy.path_of("members"), was=members.index(""))
    takes_turns = len(set(members)) > 1
    _tell_exceptions(part, event, recurrence, is_phase_lost=takes_turns)
    shifts = max(strategy.read("shifts_per_member", natural, 1), 1)
    in_period = 1 if recurrence.days == EVERY_DAY else len(recurrence.days)
    if takes_turns and shifts % in_period:
        message = (
            f"hands over {turns.name!r} after {shifts} shifts, with {in_period} shifts a period; here a turn lasts whole "
            "periods. Rebuild it with an event for each day there."
        )
        part.block(Code.RRULE_UNSUPPORTED, message, path=strategy.path_of("shifts_per_member"), was=shifts)
    length = timedelta(days=recurrence.period) * max(shifts // in_period, 1)
    return replace(turns, participants=tuple(filter(None, members))), length


def _tell_exceptions(part: Part, event: Item, recurrence: Recurrence, *, is_phase_lost: bool) -> None:
    if not recurrence.exceptions:
        return
    path, was = event.path_of("recurrence"), list(recurrence.exceptions)
    if is_phase_lost:
        message = (
            "leaves out or adds shifts on some dates, which moves all turns after them. Make overrides of them there."
        )
        part.block(Code.RRULE_UNSUPPORTED, message, path=path, was=was)
    message = "leaves out or adds shifts on some dates; here those dates are like any others."
    part.lossy(Code.RRULE_UNSUPPORTED, message, path=path, was=was)
