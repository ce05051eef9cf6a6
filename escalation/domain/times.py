"""Sets of instants.

``Times`` are half-open stretches of time, each from one instant until before another, in order; no two of them overlap
or touch. Example: nights are what is left of the days of a week once the hours from 8 to 18 are taken away, ``minus``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from escalation.domain.span import Span

Stretch = tuple[datetime, datetime]
Times = tuple[Stretch, ...]

NEVER: Times = ()


def between(start: datetime, end: datetime) -> Times:
    """Return all of the time from ``start`` until before ``end``, which may be none."""
    return ((start, end),) if start < end else NEVER


def joined(stretches: Iterable[Stretch]) -> Times:
    """Return as a set stretches that come in order of their start and may overlap."""
    found: list[Stretch] = []
    for starts_at, ends_at in stretches:
        if found and starts_at <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends_at))
        elif starts_at < ends_at:
            found.append((starts_at, ends_at))
    return tuple(found)


def holding(spans: Iterable[Span[bool]], start: datetime, end: datetime) -> Times:
    """Return when a walk from ``start`` until before ``end`` answered that it is so."""
    return joined((max(span.starts_at, start), min(span.ends_at, end)) for span in spans if span.value)


def common(one: Times, other: Times) -> Times:
    """Return the time that lies in both."""
    if not one or not other or one == other:
        return one and other
    return tuple(_common(one, other))


def minus(one: Times, other: Times) -> Times:
    """Return the time that lies in ``one`` and not in ``other``."""
    if not one or not other or one == other:
        return NEVER if one == other else one
    return tuple(_minus(one, other))


def plus(one: Times, other: Times) -> Times:
    """Return the time that lies in either."""
    if not one or not other or one == other:
        return one or other
    return joined(sorted((*one, *other)))


def _common(one: Times, other: Times) -> Iterator[Stretch]:
    first, second = 0, 0
    while first < len(one) and second < len(other):
        starts_at = max(one[first][0], other[second][0])
        ends_at = min(one[first][1], other[second][1])
        if starts_at < ends_at:
            yield starts_at, ends_at
        if one[first][1] == ends_at:
            first += 1
        else:
            second += 1


def _minus(one: Times, other: Times) -> Iterator[Stretch]:
    place = 0
    for starts_at, ends_at in one:
        since = starts_at
        while place < len(other) and other[place][1] <= since:
            place += 1
        at = place
        while at < len(other) and other[at][0] < ends_at:
            if since < other[at][0]:
                yield since, other[at][0]
            since = max(since, other[at][1])
            at += 1
        if since < ends_at:
            yield since, ends_at
