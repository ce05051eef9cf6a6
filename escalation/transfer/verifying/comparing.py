"""Who is on call in a schedule, by the timeline that another product has computed and by our own resolver.

Both are walked from change to change, so that what is found is exact to the instant and costs what changes. Whoever a
page would be for here counts, in whatever order: with paging mode ``first`` nobody whom another rotation hides.

Example: the product says Ana until Monday 09:00 and then Bob, and here it is Ana until 10:00. One interval differs, from
09:00 to 10:00: theirs is Bob, ours is Ana.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, groupby
from typing import NamedTuple

from escalation.domain.local_time import ClockChange, clock_changes, zone_named
from escalation.domain.schedule import paged
from escalation.domain.span import Span, apart
from escalation.transfer.arrival import Shift, Timeline
from escalation.transfer.document import Schedule, people_named
from escalation.transfer.worlds import schedule_of, user_id

_YEAR = timedelta(days=366)

Crew = frozenset[str]
"""The keys of those on call."""


class Differing(NamedTuple):
    """From when until before when others are on call here than there, and who."""

    starts_at: datetime
    ends_at: datetime
    theirs: Crew
    ours: Crew


def differing(there: Iterable[Span[Crew]], here: Iterable[Span[Crew]]) -> Iterator[Differing]:
    """Yield in order where two walks differ, each interval as long as it can be; half-open and disjoint."""
    last: Differing | None = None
    for crews, starts_at, ends_at in apart(there, here):
        if last is not None and last[1:] == (starts_at, *crews):
            last = last._replace(ends_at=ends_at)
            continue
        if last is not None:
            yield last
        last = Differing(starts_at, ends_at, *crews)
    if last is not None:
        yield last


def theirs(timeline: Timeline) -> Iterator[Span[Crew]]:
    """Yield who is on call by a timeline, from its start to its end."""
    edges = sorted(chain.from_iterable(_edges(shift, timeline) for shift in timeline.shifts))
    serving: dict[str, int] = {}
    since = timeline.start
    for at, same in groupby(edges, key=lambda edge: edge[0]):
        if at > since:
            yield Span(frozenset(serving), since, at)
            since = at
        for _, change, user in same:
            serving[user] = serving.get(user, 0) + change
            if not serving[user]:
                del serving[user]
    if since < timeline.end:
        yield Span(frozenset(serving), since, timeline.end)


def ours(schedule: Schedule, start: datetime, end: datetime) -> Iterator[Span[Crew]]:
    """Yield who is on call in a schedule, from ``start`` until before ``end``; the bounds are the true ones."""
    keys = {user_id(key): key for key in people_named([schedule], [])}
    for shifts, starts_at, ends_at in paged(schedule_of(schedule), start, end):
        yield Span(frozenset(keys[shift.user] for shift in shifts), starts_at, ends_at)


def clock_change_missed(timezone: str, start: datetime, end: datetime) -> ClockChange | None:
    """Return the next change of the clocks, if a comparison of that time says nothing about any; else None.

    Where clocks are never changed, nothing is missed.
    """
    zone = zone_named(timezone)
    if zone is None:
        return None
    since = start.astimezone(UTC)
    found = next(clock_changes(zone, since, since + _YEAR), None)
    return None if found is None or found.at < end else found


def _edges(shift: Shift, timeline: Timeline) -> Iterable[tuple[datetime, int, str]]:
    starts_at, ends_at = max(shift.starts_at, timeline.start), min(shift.ends_at, timeline.end)
    return [(starts_at, 1, shift.user), (ends_at, -1, shift.user)] if starts_at < ends_at else []
