"""Who is on call in a schedule (contract 5.1, rules 5 to 9).

Each rotation is a timeline of its own: its overrides, and below them its turns. An override serves in place of the
rotation it names, also when nobody has a turn there; one that names none does so for the first rotation, below those
that name it, and alone where there are no rotations. Of two that could both serve, which is refused when they are
made, the later begun does. With paging mode ``all`` everybody who serves is on call; with ``first`` the rotations are
one timeline, in which each hides those after it while it has somebody. All answers are read off these timelines.

Example: Ada's week in the first rotation, Bob's in the second, and an override that names Cyd, without a rotation, for
Tuesday. On Tuesday Cyd and Bob are on call, Cyd until midnight, and Cyd is the owner; with ``first`` it is Cyd alone.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from escalation.domain.local_time import zone_named
from escalation.domain.model import Duty, Override, Rotation, Schedule, Shift, UserId
from escalation.domain.rotation import serving
from escalation.domain.span import BEGINNING, FOREVER, Span, Timeline, between, or_never, topmost, walk


def on_call(schedule: Schedule, at: datetime) -> tuple[Duty, ...]:
    """Return who is on call at ``at``, in order of position, each person once; ``until`` is when that duty ends.

    A schedule in an unknown time zone has nobody but its overrides.
    """
    duties: dict[UserId, Duty] = {}
    for line in _timelines(schedule):
        post, _, ends_at = line(at)
        if post is not None and post.user not in duties:
            duties[post.user] = _duty(post, ends_at)
    return tuple(duties.values())


def owner(schedule: Schedule, at: datetime) -> UserId | None:
    """Return who serves for the first rotation that has somebody at ``at``, or None if nobody is on call."""
    return next((shift.user for shift in current_shifts(schedule, at)), None)


def next_change(schedule: Schedule, after: datetime) -> datetime | None:
    """Return the next instant after ``after`` at which ``on_call`` may answer differently, or None for never."""
    return or_never(min((line(after).ends_at for line in _timelines(schedule)), default=FOREVER))


def current_shifts(schedule: Schedule, at: datetime) -> tuple[Shift, ...]:
    """Return the shifts of which ``on_call`` tells at ``at``, in order of position; a person may have several."""
    return tuple(_shift(span) for span in _served(line(at) for line in _timelines(schedule)))


def shifts(schedule: Schedule, start: datetime, end: datetime) -> Iterator[Shift]:
    """Yield every shift that overlaps [``start``, ``end``), sorted by start and position, with its true bounds.

    Those are the shifts of which ``on_call`` tells at some instant: with paging mode ``first`` what another rotation
    hides is cut away. Shifts are half-open, those of a rotation disjoint. The cost grows with their number.
    """
    return heapq.merge(*(_shifts_of(line, start, end) for line in _timelines(schedule)), key=_in_order)


def lines(schedule: Schedule, start: datetime, end: datetime) -> Sequence[Iterator[Span[Shift | None]]]:
    """Return for each rotation who serves in it during [``start``, ``end``), as if it hid nobody and nobody hid it.

    The spans of a line have their true bounds, and None where nobody serves. Without rotations there is one line, of
    the overrides.
    """
    alone = replace(schedule, paging_mode="all")
    return [(_span_of(span) for span in walk(line, start, end)) for line in _timelines(alone)]


def paged(schedule: Schedule, start: datetime, end: datetime) -> Iterator[Span[tuple[Shift, ...]]]:
    """Yield what ``current_shifts`` answers during [``start``, ``end``), each answer for as long as it holds."""
    timelines = _timelines(schedule)

    def together(at: datetime) -> Span[tuple[Shift, ...]]:
        spans = [line(at) for line in timelines]
        held = tuple(_shift(span) for span in _served(spans))
        return Span(held, max(span.starts_at for span in spans), min(span.ends_at for span in spans))

    return walk(together, start, end)


class _Post(NamedTuple):
    """Who serves, and why."""

    user: UserId
    rotation: UUID | None
    position: int
    override: UUID | None


def _timelines(schedule: Schedule) -> Sequence[Timeline[_Post | None]]:
    zone = zone_named(schedule.timezone)
    # Where there are no rotations, the overrides that name none still need a place.
    rotations = schedule.rotations or (None,)
    lines = [partial(_post_at, rotation, zone, _overrides_of(schedule, rotation)) for rotation in rotations]
    return lines if schedule.paging_mode == "all" else [lambda at: topmost(line(at) for line in lines)]


def _post_at(
    rotation: Rotation | None, zone: ZoneInfo | None, overrides: Sequence[Override], at: datetime
) -> Span[_Post | None]:
    turn = _turn_at(rotation, zone, at)
    if not overrides:
        return turn
    rotation_id, position = (None, 0) if rotation is None else (rotation.id, rotation.position)
    posts = ((_Post(each.user, rotation_id, position, each.id), each.starts_at, each.ends_at) for each in overrides)
    return topmost([*(between(*post, at) for post in posts), turn])


def _turn_at(rotation: Rotation | None, zone: ZoneInfo | None, at: datetime) -> Span[_Post | None]:
    if rotation is None or zone is None:
        return Span(None, BEGINNING, FOREVER)
    user, starts_at, ends_at = serving(rotation, zone, at)
    post = None if user is None else _Post(user, rotation.id, rotation.position, None)
    return Span(post, starts_at, ends_at)


def _overrides_of(schedule: Schedule, rotation: Rotation | None) -> Sequence[Override]:
    """Return the overrides that may displace ``rotation``, in order of precedence."""
    if not schedule.overrides:
        return ()
    named = None if rotation is None else rotation.id
    is_first = rotation is None or rotation is schedule.rotations[0]
    found = (each for each in schedule.overrides if each.rotation == named or (is_first and each.rotation is None))
    return sorted(found, key=lambda each: (each.rotation is not None, each.starts_at, each.id), reverse=True)


def _shifts_of(line: Timeline[_Post | None], start: datetime, end: datetime) -> Iterator[Shift]:
    return map(_shift, _served(walk(line, start, end)))


def _served(spans: Iterable[Span[_Post | None]]) -> Iterator[Span[_Post]]:
    """Leave out the time in which nobody serves."""
    return (Span(post, starts_at, ends_at) for post, starts_at, ends_at in spans if post is not None)


def _span_of(span: Span[_Post | None]) -> Span[Shift | None]:
    post, starts_at, ends_at = span
    return Span(None if post is None else _shift(Span(post, starts_at, ends_at)), starts_at, ends_at)


def _shift(span: Span[_Post]) -> Shift:
    post, starts_at, ends_at = span
    return Shift(
        user=post.user,
        starts_at=starts_at,
        ends_at=or_never(ends_at),
        rotation=post.rotation,
        position=post.position,
        override=post.override,
    )


def _duty(post: _Post, ends_at: datetime) -> Duty:
    if post.override is not None:
        return Duty(user=post.user, source="override", source_id=post.override, until=or_never(ends_at))
    return Duty(user=post.user, source="rotation", source_id=post.rotation, until=or_never(ends_at))


def _in_order(shift: Shift) -> tuple[datetime, int]:
    return shift.starts_at, shift.position
