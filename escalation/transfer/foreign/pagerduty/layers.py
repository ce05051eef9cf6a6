"""Layers of PagerDuty's schedules, made into rotations.

Turns are counted from ``rotation_virtual_start``, and nobody serves before ``start``. PagerDuty gives the length of a turn
in seconds, and here a turn begins at a time of the day: whether hand-offs stay there when the clocks change is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from escalation.domain.local_time import clock_changes, local_time
from escalation.transfer.document import Rotation
from escalation.transfer.findings import Code
from escalation.transfer.foreign.fields import seconds, text_in
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Part
from escalation.transfer.foreign.naming import seen_name
from escalation.transfer.foreign.pagerduty.restrictions import are_crossed, stretches_of
from escalation.transfer.foreign.people import People
from escalation.transfer.foreign.turns import Turns, begins_at, is_over, rotations_lasting, turn_at
from escalation.transfer.foreign.weekly import windows_of
from escalation.transfer.reading import values

_YEAR: Final = timedelta(days=366)


class ReadLayer(NamedTuple):
    """The rotations of a layer, and where the restrictions stand in which a turn ends, None where none does."""

    rotations: tuple[Rotation, ...]
    crossed: str | None


def read_layer(part: Part, layer: Item, number: int, zone: ZoneInfo, people: People, now: datetime) -> ReadLayer:
    """Return what a layer is here; ``number`` is its own, from 1, as PagerDuty shows it.

    Raises:
        Blocked: it cannot be said here.
        Refused: it is not as PagerDuty answers.
    """
    stretches = stretches_of(part, layer)
    turns = Turns(
        name=seen_name(text_in(layer, "name")) or f"Layer {number}",
        anchor=layer.read("rotation_virtual_start", values.instant),
        length_days=1,
        participants=(),
        starts_at=layer.read("start", values.instant),
        ends_at=layer.read("end", values.instant, None),
        restrictions=windows_of(stretches) if stretches else (),
        path=layer.path,
    )
    if not is_over(turns, now):
        turns = replace(turns, participants=tuple(_participants(part, layer, people)))
    rotations = rotations_lasting(part, turns, layer.read("rotation_turn_length_seconds", seconds), zone, now)
    if not rotations or len(set(turns.participants)) == 1:
        return ReadLayer(rotations, None)
    turns = replace(turns, length_days=rotations[-1].rotation_length_days)
    _tell_clock_changes(part, turns, zone, now)
    is_crossed = are_crossed(stretches, local_time(turns.anchor, zone), turns.length_days)
    return ReadLayer(rotations, layer.path_of("restrictions") if is_crossed else None)


def _participants(part: Part, layer: Item, people: People) -> Iterator[str]:
    for slot in layer.each("users"):
        user = slot.inner("user") or slot
        yield people.serving(part, user, user.read("id", values.text), text_in(user, "summary", "name"))


def _tell_clock_changes(part: Part, turns: Turns, zone: ZoneInfo, now: datetime) -> None:
    """Tell the first hand-off after each change of the clocks in a year, as turns of seconds would have it, and ours."""
    changes = list(clock_changes(zone, now, now + _YEAR))
    if changes:
        ours = [turn_at(turns, zone, begins_at(turns, zone, change.at)[0] + 1) for change in changes]
        theirs = [at + change.by for at, change in zip(ours, changes, strict=True)]
        message = (
            f"has turns of a number of seconds in {turns.name!r}. Here they begin at one time of the day, whatever the clocks "
            "do. If PagerDuty counts seconds, the first hand-offs that differ are those shown."
        )
        was, here = ([local_time(at, zone).isoformat() for at in each] for each in (theirs, ours))
        part.note(Code.DST_DIFFERENCE, message, path=turns.path, was=was, now=here)
