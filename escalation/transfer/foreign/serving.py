"""Replacements of one person by another, as overrides: only while the one who is replaced would serve.

An override here displaces whoever serves for a rotation, all of its time. Some products replace a person: while it is not
that person's turn, their replacement changes nothing. So it is cut to their turns. Example: Ana serves every other week,
and Bob replaces her in December: he serves in her two weeks of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from zoneinfo import ZoneInfo

from escalation.domain.schedule import shifts
from escalation.transfer.document import Override, Rotation, Schedule
from escalation.transfer.worlds import schedule_of, user_id

_Turn = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """``added`` serves instead of ``removed``, both keys of users, from ``starts_at`` until before ``ends_at``."""

    removed: str
    added: str
    starts_at: datetime
    ends_at: datetime


def overrides_for(replacement: Replacement, rotations: Iterable[Rotation], zone: ZoneInfo) -> tuple[Override, ...]:
    """Return the overrides of ``rotations``, by their names, that say what a replacement does; maybe none."""
    return tuple(chain.from_iterable(_overrides(replacement, rotation, zone) for rotation in rotations))


def _overrides(replacement: Replacement, rotation: Rotation, zone: ZoneInfo) -> Iterator[Override]:
    for starts_at, ends_at in _turns(replacement, rotation, zone):
        yield Override(user=replacement.added, starts_at=starts_at, ends_at=ends_at, rotation=rotation.name)


def _turns(replacement: Replacement, rotation: Rotation, zone: ZoneInfo) -> list[_Turn]:
    """Return when who is replaced serves in the time of the replacement; turns without a break are one."""
    start, end = replacement.starts_at, replacement.ends_at
    found: list[_Turn] = []
    for shift in shifts(schedule_of(_schedule(rotation, zone)), start, end):
        if shift.user != user_id(replacement.removed):
            continue
        starts_at, ends_at = max(shift.starts_at, start), min(shift.ends_at or end, end)
        if found and found[-1][1] == starts_at:
            starts_at, _ = found.pop()
        found.append((starts_at, ends_at))
    return found


def _schedule(rotation: Rotation, zone: ZoneInfo) -> Schedule:
    return Schedule(
        key=rotation.name,
        name=rotation.name,
        description=None,
        timezone=zone.key,
        paging_mode="all",
        rotations=(rotation,),
        overrides=(),
    )
