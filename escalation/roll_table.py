"""The roll as a table for a terminal: aligned columns, times as the clocks of each schedule show them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from escalation.domain.local_time import zone_named
from escalation.domain.model import Shift
from escalation.oncall import is_reachable, name_of
from escalation.roll import Roll
from scaling.text import single_line

Row = tuple[str, ...]

_GAP = "  "


def as_table(at: datetime, rolls: Sequence[Roll]) -> str:
    """Return who is on call, a line each; where shifts to come are asked for, those instead."""
    if not rolls:
        return "There are no schedules."
    is_ahead = rolls[0].ahead is not None
    head = ("ORGANIZATION", "SCHEDULE", "PERSON", "FOR", *(("FROM",) if is_ahead else ()), "UNTIL")
    rows = [row for roll in rolls for row in (_coming(roll) if is_ahead else _present(roll))]
    title = f"On call {'from' if is_ahead else 'at'} {_shown_time(at, 'UTC')}"
    return "\n".join([title, "", *_aligned([head, *rows])])


def _present(roll: Roll) -> Iterable[Row]:
    until = _until(roll.there.until, roll.schedule.timezone)
    if not roll.there.shifts:
        yield *_place(roll), "nobody", "", until
    for shift in roll.there.shifts:
        yield *_place(roll), *_who(roll, shift), _until(shift.ends_at, roll.schedule.timezone)


def _coming(roll: Roll) -> Iterable[Row]:
    timezone = roll.schedule.timezone
    if not roll.ahead:
        yield *_place(roll), "nobody", "", "", ""
    for shift in roll.ahead or ():
        yield *_place(roll), *_who(roll, shift), _shown_time(shift.starts_at, timezone), _until(shift.ends_at, timezone)


def _place(roll: Roll) -> Row:
    return single_line(roll.schedule.organization.name), single_line(roll.schedule.name)


def _who(roll: Roll, shift: Shift) -> Row:
    person = single_line(name_of(shift.user, roll.people))
    rotations = {rotation.id: single_line(rotation.name) for rotation in roll.schedule.rotations.all()}
    served = rotations.get(shift.rotation, "") if shift.rotation else ""
    return (
        person if is_reachable(shift.user, roll.people) else f"{person} (cannot be paged)",
        served if shift.override is None else f"{served} (override)".strip(),
    )


def _until(at: datetime | None, timezone: str) -> str:
    return "for ever" if at is None else _shown_time(at, timezone)


def _shown_time(at: datetime, timezone: str) -> str:
    return at.astimezone(zone_named(timezone) or UTC).isoformat(" ", "minutes")


def _aligned(rows: Sequence[Row]) -> Iterable[str]:
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        yield _GAP.join(cells).rstrip()


def _width(text: str) -> int:
    """Return how many columns of a terminal ``text`` takes: two for a wide letter, none for a combining one."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )
