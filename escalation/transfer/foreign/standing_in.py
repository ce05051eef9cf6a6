"""Who stands in for somebody for a time, wherever they would serve in a schedule.

Other products keep that beside a schedule: as a swap of shifts, as forwarding, or as an override of a person. Here it is an
override for each time in which the person serves: while it is not their turn, standing in for them changes nothing.
Example: Ana serves this week and the week after the next; Bob, who stands in for her for a month, gets two overrides of
a week each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from escalation.domain.model import Shift
from escalation.domain.schedule import lines
from escalation.domain.span import Span
from escalation.transfer.document import Override, Rotation, Schedule, people_named
from escalation.transfer.foreign.replacing import laid_over
from escalation.transfer.worlds import schedule_of, user_id


class StandIn(NamedTuple):
    """``by`` serves instead of ``away``, both keys of users, from ``starts_at`` until before ``ends_at``."""

    away: str
    by: str
    starts_at: datetime
    ends_at: datetime


def stood_in(schedule: Schedule, stand_in: StandIn) -> Schedule:
    """Return the schedule as it is with the overrides by which somebody stands in; the same, if there are none.

    They do so in turns, and where the person stands in for others.
    """
    if stand_in.away not in people_named([schedule], ()):
        return schedule
    overrides = schedule.overrides
    names = tuple(rotation.name for rotation in schedule.rotations) or (None,)
    found = lines(schedule_of(schedule), stand_in.starts_at, stand_in.ends_at)
    for name, line in zip(names, found, strict=True):
        for starts_at, ends_at in _served(line, stand_in):
            override = Override(user=stand_in.by, starts_at=starts_at, ends_at=ends_at, rotation=name)
            overrides = laid_over(overrides, override)
    return replace(schedule, overrides=overrides)


def turns_stood_in(stand_in: StandIn, rotations: Sequence[Rotation], zone: ZoneInfo) -> tuple[Override, ...]:
    """Return the overrides by which somebody stands in in turns of ``rotations``, whatever other overrides there are."""
    schedule = Schedule(
        key="",
        name="",
        description=None,
        timezone=zone.key,
        paging_mode="all",
        rotations=tuple(rotations),
        overrides=(),
    )
    return stood_in(schedule, stand_in).overrides


def _served(line: Iterable[Span[Shift | None]], stand_in: StandIn) -> list[tuple[datetime, datetime]]:
    """Return the times in which somebody is away from a rotation, in order; of those that touch, one."""
    found: list[tuple[datetime, datetime]] = []
    for shift, starts_at, ends_at in line:
        if shift is not None and shift.user == user_id(stand_in.away):
            since = max(starts_at, stand_in.starts_at)
            if found and found[-1][1] == since:
                since, _ = found.pop()
            found.append((since, min(ends_at, stand_in.ends_at)))
    return found
