"""Two weeks of a schedule: who serves in each rotation, who is paged in the end, and when the clocks change.

All of it is read off the pure core, once from end to end: nothing here decides who is on call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, islice
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from escalation.domain.local_time import ClockChange, clock_changes, instant_of, zone_named
from escalation.domain.model import Override, Schedule, Shift
from escalation.domain.schedule import lines, paged
from escalation.domain.span import Span

DAYS: Final = 14
MOST_STRETCHES: Final = 400
"""How many stretches of a line are told; the rest of it is left out."""

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(9000, 1, 1)

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Some time in which the same people serve: from ``starts_at`` until before ``ends_at``, both within the fortnight.

    ``shifts`` is in order of position, empty where nobody serves. ``begun`` and ``goes_on`` tell whether it began
    before the fortnight and goes on after it.
    """

    shifts: tuple[Shift, ...]
    starts_at: datetime
    ends_at: datetime
    begun: bool
    goes_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one rotation does, or with ``rotation`` None, which stands for no rotation, who is paged in the end.

    ``is_cut`` where there is more than is told.
    """

    rotation: UUID | None
    stretches: Sequence[Stretch]
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fortnight:
    """Two weeks from a local midnight of the schedule's zone.

    ``days`` are the instants at which its days begin, in order; ``rotations`` the lines in order of position.
    """

    zone: ZoneInfo
    first: date
    starts_at: datetime
    ends_at: datetime
    days: Sequence[datetime]
    changes: Sequence[ClockChange]
    rotations: Sequence[Line]
    paged: Line

    @property
    def shifts(self) -> Iterator[Shift]:
        """All shifts of which a line tells, some more than once."""
        for line in (*self.rotations, self.paged):
            for stretch in line.stretches:
                yield from stretch.shifts


def week_of(at: datetime, timezone: str) -> date:
    """Return the Monday of the week in which ``at`` lies by the clocks of the zone."""
    today = at.astimezone(zone_named(timezone) or UTC).date()
    return today - timedelta(days=today.weekday())


def starts_at(first: date, timezone: str) -> datetime:
    """Return when a fortnight begins whose first day this is."""
    return _midnight(first, zone_named(timezone) or _UTC)


def fortnight_of(schedule: Schedule, first: date) -> Fortnight:
    """Return the two weeks of ``schedule`` from the day ``first``; its overrides of that time have to be there.

    The cost grows with what changes in that time alone.
    """
    zone = zone_named(schedule.timezone) or _UTC
    days = [_midnight(first + timedelta(days=number), zone) for number in range(DAYS + 1)]
    start, end = days[0], days[-1]
    there = replace(schedule, overrides=tuple(_reaching_into(schedule, start, end)))
    rotations: Sequence[UUID | None] = [rotation.id for rotation in there.rotations] or [None]
    return Fortnight(
        zone=zone,
        first=first,
        starts_at=start,
        ends_at=end,
        days=days[:-1],
        changes=list(clock_changes(zone, start, end)),
        rotations=[
            _line(rotation, (_told(span) for span in line), start, end)
            for rotation, line in zip(rotations, lines(there, start, end), strict=True)
        ],
        paged=_line(None, _joined(paged(there, start, end)), start, end),
    )


def _reaching_into(schedule: Schedule, start: datetime, end: datetime) -> Iterator[Override]:
    return (each for each in schedule.overrides if each.starts_at < end and each.ends_at > start)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return instant_of(datetime.combine(day, time(), zone))


def _told(span: Span[Shift | None]) -> Span[tuple[Shift, ...]]:
    return Span(() if span.value is None else (span.value,), span.starts_at, span.ends_at)


def _joined(spans: Iterable[Span[tuple[Shift, ...]]]) -> Iterator[Span[tuple[Shift, ...]]]:
    """Make one of what follows each other with the same people for the same reasons, whoever's turn it is called."""
    for _, same in groupby(spans, key=lambda span: [(shift.user, shift.override) for shift in span.value]):
        first, *rest = same
        yield Span(first.value, first.starts_at, (rest or [first])[-1].ends_at)


def _line(rotation: UUID | None, spans: Iterable[Span[tuple[Shift, ...]]], start: datetime, end: datetime) -> Line:
    found = list(islice(spans, MOST_STRETCHES + 1))
    return Line(
        rotation=rotation,
        stretches=[_stretch(span, start, end) for span in found[:MOST_STRETCHES]],
        is_cut=len(found) > MOST_STRETCHES,
    )


def _stretch(span: Span[tuple[Shift, ...]], start: datetime, end: datetime) -> Stretch:
    return Stretch(
        shifts=span.value,
        starts_at=max(span.starts_at, start),
        ends_at=min(span.ends_at, end),
        begun=span.starts_at < start,
        goes_on=span.ends_at > end,
    )
