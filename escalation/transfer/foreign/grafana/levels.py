"""Levels of shifts in Grafana OnCall, made into an order of rotations and a paging mode.

While somebody serves on a level, those below it do not; on one level all serve together. Ours either all serve together,
or each rotation hides those after it. So it is the same where no two levels, or no two rotations of a level, ever have
somebody at the same time, which is looked up in their windows. Otherwise the first rotation of a level hides the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain, combinations, product
from typing import NamedTuple

from escalation.transfer.document import Rotation, Window
from escalation.transfer.findings import Code
from escalation.transfer.foreign.ledger import Part
from escalation.transfer.foreign.weekly import DAY, WEEK

_WHOLE_WEEK = (1 << WEEK) - 1


class Levelled(NamedTuple):
    """The rotations of some shifts and the level they are on. ``sides`` serve together: one for each person of a group."""

    name: str
    level: int
    sides: tuple[tuple[Rotation, ...], ...]
    path: str

    @property
    def all(self) -> tuple[Rotation, ...]:
        """The rotations of all sides."""
        return tuple(chain.from_iterable(self.sides))


def ordered(part: Part, found: Sequence[Levelled], now: datetime) -> tuple[str, tuple[Rotation, ...]]:
    """Return the paging mode and the rotations, in their order; what is different from ``now`` on is told."""
    by_level = sorted(found, key=lambda each: -each.level)
    if not any(one.level != other.level and _meet(one.all, other.all, now) for one, other in combinations(by_level, 2)):
        return "all", tuple(chain.from_iterable(each.all for each in by_level))
    for each in by_level:
        _tell_sides(part, each)
    for one, other in combinations(by_level, 2):
        if one.level == other.level and _meet(one.sides[0], other.sides[0], now):
            message = (
                f"has {one.name!r} and {other.name!r} on call together on one level; here the first hides the other."
            )
            part.lossy(Code.PRECEDENCE_FLATTENED, message, path=other.path, was=one.level)
    return "first", tuple(chain.from_iterable(each.sides[0] for each in by_level))


def _tell_sides(part: Part, each: Levelled) -> None:
    if len(each.sides) > 1:
        message = f"has several people together on call in {each.name!r}, above or below others; here it is the first of them."
        part.lossy(Code.MULTI_ONCALL_UNSUPPORTED, message, path=each.path, was=len(each.sides), now=1)


def _meet(some: Iterable[Rotation], others: Iterable[Rotation], now: datetime) -> bool:
    """Tell whether any of some rotations may have somebody when any of others has."""
    return any(_together(one, other, now) for one, other in product(some, others))


def _together(one: Rotation, other: Rotation, now: datetime) -> bool:
    starts_at = max(one.effective_from, other.effective_from, now)
    ends = [each.effective_until for each in (one, other) if each.effective_until is not None]
    return all(starts_at < end for end in ends) and bool(_minutes(one) & _minutes(other))


def _minutes(rotation: Rotation) -> int:
    """Return the minutes of the week in which a rotation has somebody, each as a bit."""
    if not rotation.restrictions:
        return _WHOLE_WEEK
    minutes = 0
    for window in rotation.restrictions:
        for day in window.days:
            minutes |= _stretch(day, window)
    return minutes


def _stretch(day: int, window: Window) -> int:
    start, end = (at.hour * 60 + at.minute for at in (window.start, window.end))
    span = ((1 << ((end - start) % DAY or DAY)) - 1) << ((day - 1) * DAY + start)
    return (span | span >> WEEK) & _WHOLE_WEEK
