"""Shifts of Grafana OnCall that come again and again, made into rotations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from escalation.domain.local_time import instant_of
from escalation.transfer.findings import Code
from escalation.transfer.foreign.fields import natural, seconds, text_in
from escalation.transfer.foreign.grafana.levels import Levelled
from escalation.transfer.foreign.grafana.patterns import Groups, Shifts, pattern_of
from escalation.transfer.foreign.grafana.people import Members
from escalation.transfer.foreign.grafana.recurrences import Recurrence
from escalation.transfer.foreign.grafana.shapes import GROUPS, TEXTS, WEEKDAYS, last_time, wall_time, weekday
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Part
from escalation.transfer.foreign.naming import seen_name
from escalation.transfer.foreign.turns import Turns, rotated, rotations_of, side_by_side
from escalation.transfer.reading import values

IS_WEEKLY: Final[Mapping[str, bool]] = {"daily": False, "weekly": True}
_MONDAY: Final = 0


def name_of(item: Item) -> str:
    """Return what people call a shift."""
    return seen_name(text_in(item, "name")) or seen_name(text_in(item, "id")) or "Shift"


def is_recurring(item: Item) -> bool:
    """Tell whether a shift comes again and again."""
    return text_in(item, "type") in ("rolling_users", "recurrent_event") and item.plain("frequency") is not None


def has_ended(item: Item, now: datetime, *, is_web: bool) -> bool:
    """Tell whether a shift does not come any more. Those made on the web end at once, others begin no more."""
    until = item.read("until", last_time, None)
    return until is not None and until + (timedelta(0) if is_web else item.read("duration", seconds)) <= now


class Recurring:
    """Reads the shifts of schedules that come again and again."""

    def __init__(self, members: Members, now: datetime) -> None:
        self._people = members.people
        self._now = now

    def of(self, part: Part, item: Item, zone: ZoneInfo, *, is_web: bool) -> Levelled:
        """Return the rotations that a shift is in a schedule; their times are by the clocks of ``zone``.

        Raises:
            Blocked: no rotation says the same.
        """
        recurrence = _recurrence(part, item, zone)
        shifts = Shifts(name=name_of(item), recurrence=recurrence, groups=self._groups(part, item), path=item.path)
        pattern = pattern_of(part, shifts)
        turns = Turns(
            name=shifts.name,
            anchor=recurrence.at(recurrence.anchor_day),
            length_days=pattern.length_days,
            participants=(),
            starts_at=_starts_at(item, recurrence, is_web=is_web),
            ends_at=_ends_at(item, recurrence, is_web=is_web),
            restrictions=pattern.windows,
            path=item.path,
        )
        sides = (
            rotations_of(part, replace(turns, participants=participants), zone, self._now)
            for participants in side_by_side(pattern.groups)
        )
        level = item.read("level", values.integer, 0)
        return Levelled(name=shifts.name, level=level, sides=tuple(filter(None, sides)), path=item.path)

    def _groups(self, part: Part, item: Item) -> Groups:
        if text_in(item, "type") == "recurrent_event":
            users = item.parsed("users", TEXTS, ())
            found: Groups = (users,) if users else ()
        else:
            found = item.parsed("rolling_users", GROUPS, ())
            first = item.read("start_rotation_from_user_index", natural, 0)
            found = rotated(found, first) if found else ()
        if not all(found):
            message = f"has a turn of nobody in {name_of(item)!r}, and here each turn is somebody's. Take it out there."
            part.block(Code.EMPTY_SLOT_UNSUPPORTED, message, path=item.path_of("rolling_users"))
        return tuple(tuple(self._people.serving(part, item, user) for user in group) for group in found)


def _recurrence(part: Part, item: Item, zone: ZoneInfo) -> Recurrence:
    frequency = text_in(item, "frequency")
    limits = [field for field in ("by_month", "by_monthday") if item.plain(field)]
    if frequency not in IS_WEEKLY or limits:
        message = f"has {name_of(item)!r}, which comes {frequency}{' by days of months' if limits else ''}; here days and weeks do."
        part.block(Code.ROTATION_UNSUPPORTED, message, path=item.path, was=item.shown())
    return Recurrence(
        start=item.read("start", wall_time),
        duration=item.read("duration", seconds),
        zone=zone,
        is_weekly=IS_WEEKLY[frequency],
        interval=max(item.read("interval", natural, 1), 1),
        days=frozenset(item.parsed("by_day", WEEKDAYS, ())),
        week_start=item.read("week_start", weekday, _MONDAY),
        is_rolling=text_in(item, "type") == "rolling_users",
    )


def _starts_at(item: Item, recurrence: Recurrence, *, is_web: bool) -> datetime:
    """Return from when on people serve. ``rotation_start`` may be within a shift, which is cut on the web only."""
    first = recurrence.at(recurrence.first_day)
    begins = item.read("rotation_start", wall_time, None)
    if begins is None or not recurrence.is_rolling:
        return first
    at = max(first, instant_of(begins.replace(tzinfo=recurrence.zone)))
    is_by_selected_days = bool(recurrence.days) and not recurrence.is_weekly
    if is_web:
        return at
    return first if is_by_selected_days else recurrence.first_from(at)


def _ends_at(item: Item, recurrence: Recurrence, *, is_web: bool) -> datetime | None:
    """Return when nobody serves any more: on the web at ``until``, else when the last shift that began by then ends."""
    until = item.read("until", last_time, None)
    if until is None or is_web:
        return until
    return recurrence.end_of_last(until) or recurrence.at(recurrence.first_day)
