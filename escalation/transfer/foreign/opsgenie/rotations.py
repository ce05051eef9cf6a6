"""Rotations of Opsgenie.

All rotations of a schedule are on call together, as ours are with paging mode ``all``. A team that is a participant
serves with everybody in it; so such a rotation is several of ours side by side, and in a turn of a single person all of
them have that person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Final
from zoneinfo import ZoneInfo

from escalation.transfer.document import Rotation
from escalation.transfer.findings import Code
from escalation.transfer.foreign.fields import natural, text_in
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Blocked, Part, usable
from escalation.transfer.foreign.naming import seen_name
from escalation.transfer.foreign.opsgenie.people import Everybody
from escalation.transfer.foreign.opsgenie.restrictions import windows_in
from escalation.transfer.foreign.opsgenie.shapes import lower, one_of
from escalation.transfer.foreign.opsgenie.teams import Teams
from escalation.transfer.foreign.turns import Turns, is_over, rotations_lasting, rotations_of, side_by_side
from escalation.transfer.reading import values

_LONGEST: Final = 1_000_000
_LENGTHS: Final[Mapping[str, timedelta]] = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
}


class Rotations:
    """Reads the rotations of schedules."""

    def __init__(self, people: Everybody, teams: Teams, now: datetime) -> None:
        self._people = people
        self._teams = teams
        self._now = now

    def of(self, part: Part, item: Item, zone: ZoneInfo) -> tuple[Rotation, ...]:
        """Return the rotations that one of Opsgenie is: none if it is over or switched off.

        Raises:
            Blocked: its turns or participants can not be said here.
        """
        turns = _turns(item)
        if not item.read("enabled", values.boolean, True):
            part.note(Code.LAYER_ENDED_SKIPPED, f"has {turns.name!r} switched off; it is left out.", path=item.path)
            return ()
        if is_over(turns, self._now):
            return rotations_of(part, turns, zone, self._now)
        length, groups = _length(part, item, turns.name), self._groups(part, item, turns.name)
        sides = (replace(turns, participants=participants) for participants in side_by_side(groups))
        return tuple(chain.from_iterable(rotations_lasting(part, side, length, zone, self._now) for side in sides))

    def _groups(self, part: Part, item: Item, name: str) -> tuple[tuple[str, ...], ...]:
        participants = list(item.each("participants"))
        groups = tuple(usable(participants, lambda participant: self._group(part, participant, name)))
        if len(groups) < len(participants):
            raise Blocked
        return groups

    def _group(self, part: Part, participant: Item, name: str) -> tuple[str, ...]:
        """Return the keys of those who serve together in the turn of a participant."""
        kind = participant.read("type", lower)
        if kind == "user":
            return (self._people.serving(part, participant),)
        if kind == "team":
            return self._teams.members(part, participant, "all")
        if kind == "none":
            message = f"has a turn of nobody in {name!r}, and here each turn is somebody's. Restrict its times there."
            part.block(Code.EMPTY_SLOT_UNSUPPORTED, message, path=participant.path, was=participant.shown())
        message = f"has a turn of the kind {kind!r} in {name!r}; here only people take turns. Name them there."
        return part.block(Code.ROTATION_UNSUPPORTED, message, path=participant.path, was=participant.shown())


def _turns(item: Item) -> Turns:
    """Return the turns of a rotation, so far without participants."""
    starts_at = item.read("startDate", values.instant)
    return Turns(
        name=seen_name(text_in(item, "name")) or seen_name(text_in(item, "id")) or "Rotation",
        anchor=starts_at,
        length_days=1,
        participants=(),
        starts_at=starts_at,
        ends_at=item.read("endDate", values.instant, None),
        restrictions=windows_in(item),
        path=item.path,
    )


def _length(part: Part, item: Item, name: str) -> timedelta:
    unit = item.read("type", one_of(_LENGTHS))
    length = unit * min(item.read("length", natural, 1), _LONGEST)
    if unit == _LENGTHS["hourly"] and length >= _LENGTHS["daily"]:
        message = f"counts the turns of {name!r} in hours; here they begin at one time of day, whatever the clocks do."
        part.note(Code.DST_DIFFERENCE, message, path=item.path_of("length"), was=item.plain("length"))
    return length
