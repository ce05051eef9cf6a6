"""Rotations of GoAlert.

Whose turn it is there is not counted but kept: ``activeUserIndex`` is who serves now, whoever that would be by counting from
``start``. So turns are counted back from the one that is taken while the bundle was fetched; ``start`` says only on which
days, and at which time of the day in the rotation's own zone, there are hand-offs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from escalation.domain.local_time import instant_of, local_time
from escalation.transfer.document import Rotation, Window
from escalation.transfer.findings import Code
from escalation.transfer.foreign.fields import natural, text_in
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Part
from escalation.transfer.foreign.naming import seen_name
from escalation.transfer.foreign.people import People
from escalation.transfer.foreign.turns import Turns, days_of_turn, rotations_of
from escalation.transfer.foreign.zones import check_clocks, zone_of
from escalation.transfer.reading import values
from escalation.transfer.reading.parsers import many, scalar

_LENGTHS: Final[Mapping[str, timedelta]] = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
}
_NOBODY: Final[tuple[str, ...]] = ()


def name_of(item: Item) -> str:
    """Return the name of a rotation, or its id where it has none."""
    return seen_name(text_in(item, "name")) or text_in(item, "id")


def rotations_in(
    part: Part, item: Item, zone: ZoneInfo, people: People, now: datetime, restrictions: tuple[Window, ...] = ()
) -> tuple[Rotation, ...]:
    """Return what a rotation is in a schedule in ``zone``; nothing, if it has nobody.

    Raises:
        Blocked: it cannot be said here.
        Refused: it is not as GoAlert answers.
    """
    starts_at = item.read("start", values.instant)
    users = item.parsed("userIDs", many(scalar(values.text)), _NOBODY)
    turns = Turns(
        name=name_of(item),
        anchor=starts_at,
        length_days=1,
        participants=tuple(people.serving(part, item, user) for user in users),
        starts_at=min(starts_at, now),  # a single person serves whenever it is
        ends_at=None,
        restrictions=restrictions,
        path=item.path,
    )
    if len(set(turns.participants)) > 1:
        turns = _taken(part, item, turns, zone, now)
    return rotations_of(part, turns, zone, now)


def zone_in(part: Part, item: Item) -> ZoneInfo:
    """Return the zone of a rotation or a schedule.

    Raises:
        Blocked: it is not known.
    """
    return zone_of(part, text_in(item, "timeZone"), item.path_of("timeZone"))


def _taken(part: Part, item: Item, turns: Turns, zone: ZoneInfo, now: datetime) -> Turns:
    """Return turns in which whoever serves now does, from a turn of the first participant on that has begun.

    It is the earliest since ``start``, where there is one: so it is the same one whenever the bundle is fetched.
    """
    check_clocks(part, zone, zone_in(part, item), now, item.path_of("timeZone"))
    length = _length(part, item)
    # As GoAlert does: by the clock on the wall, and also before ``start``.
    start, shown = (local_time(at, zone).replace(second=0, microsecond=0) for at in (turns.anchor, now))
    taken = (shown - start) // length
    count = len(turns.participants)
    active = item.read("activeUserIndex", values.integer, 0) % count
    first = (taken - active) % count if (taken - active) % count <= taken else taken - active
    begins = instant_of(start + first * length)
    turns = replace(turns, anchor=begins, starts_at=begins)
    return replace(turns, length_days=days_of_turn(part, turns, length, zone))


def _length(part: Part, item: Item) -> timedelta:
    kind = text_in(item, "type")
    if kind not in _LENGTHS:
        message = (
            f"has {name_of(item)!r}, whose turns are {kind or 'of no kind'}. Give it turns of days or weeks there."
        )
        part.block(Code.ROTATION_UNSUPPORTED, message, path=item.path_of("type"), was=kind)
    return _LENGTHS[kind] * max(min(item.read("shiftLength", natural, 1), 10_000), 1)
