"""Each schedule of another product, judged by who is on call: there by its own account, here by what we have of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from escalation.domain.local_time import ClockChange
from escalation.transfer.arrival import Arrival, Timeline
from escalation.transfer.document import Document, Schedule
from escalation.transfer.findings import Subject
from escalation.transfer.importing.matching import match
from escalation.transfer.importing.people import UserMap, renamed_people
from escalation.transfer.importing.planning import State
from escalation.transfer.importing.rekeying import rekeyed
from escalation.transfer.settling import settle
from escalation.transfer.verifying.comparing import Differing, clock_change_missed, differing, ours, theirs


class Verdict(StrEnum):
    """How a schedule stands. ``missing`` is not here at all; of an ``unknown`` one the product does not say who is on call."""

    EQUAL = "equal"
    DIFFERENT = "different"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Sides(NamedTuple):
    """What a product says, and what is here; schedules and people bear the same keys in both."""

    arrival: Arrival
    here: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A schedule from ``start`` until before ``end``, None where the verdict is ``unknown``.

    ``path`` is where it stands in the bundle. ``change_missed`` is the next change of the clocks of its zone where that
    time has none, though there are such; ``unreachable`` are the keys of those on call here who cannot be paged.
    """

    subject: Subject
    name: str
    timezone: str
    path: str
    verdict: Verdict
    start: datetime | None = None
    end: datetime | None = None
    differing: tuple[Differing, ...] = ()
    change_missed: ClockChange | None = None
    unreachable: tuple[str, ...] = ()

    @property
    def is_fine(self) -> bool:
        """Whether nothing is known to differ."""
        return self.verdict in {Verdict.EQUAL, Verdict.UNKNOWN}


def with_what_is_read(arrival: Arrival) -> Sides:
    """Return what a product says beside what an import would make of it at best: all that is not blocked."""
    return Sides(arrival, settle(arrival).document)


def with_what_is_stored(arrival: Arrival, state: State, user_map: UserMap) -> Sides:
    """Return what a product says beside what an organization has, matched as an import matches it."""
    matched = match(renamed_people(arrival, user_map), state.document, state.refs)
    return Sides(matched.arrival, rekeyed(state.document, matched.becomes))


def judge(sides: Sides, weeks: int | None = None) -> tuple[Comparison, ...]:
    """Return how each schedule of the product stands, in its order; of each its first ``weeks`` alone, if given."""
    here = {schedule.key: schedule for schedule in sides.here.schedules}
    inactive = frozenset(user.key for user in sides.here.users if not user.active)
    return tuple(
        _judged(each, sides.arrival.timelines.get(each.subject.key), here.get(each.subject.key), weeks, inactive)
        for each in _of_the_product(sides.arrival)
    )


def _of_the_product(arrival: Arrival) -> Iterator[Comparison]:
    """Yield the schedules of a product, those that are blocked as well, with nothing known of them yet."""
    zones = {schedule.key: schedule.timezone for schedule in arrival.document.schedules}
    names = {each.subject: each.name for each in arrival.findings if each.subject is not None}
    names |= {Subject("schedules", schedule.key): schedule.name for schedule in arrival.document.schedules}
    for key in dict.fromkeys([*zones, *arrival.timelines]):
        subject = Subject("schedules", key)
        yield Comparison(
            subject=subject,
            name=names.get(subject, key),
            timezone=zones.get(key, "UTC"),
            path=arrival.paths.get(subject, ""),
            verdict=Verdict.UNKNOWN,
        )


def _judged(
    there: Comparison, timeline: Timeline | None, here: Schedule | None, weeks: int | None, inactive: frozenset[str]
) -> Comparison:
    if timeline is None:
        return there
    seen = timeline if weeks is None else _cut(timeline, timedelta(weeks=weeks))
    if here is None:
        return replace(there, verdict=Verdict.MISSING, start=seen.start, end=seen.end)
    served = list(ours(here, seen.start, seen.end))
    found = tuple(differing(theirs(seen), served))
    return replace(
        there,
        timezone=here.timezone,
        verdict=Verdict.DIFFERENT if found else Verdict.EQUAL,
        start=seen.start,
        end=seen.end,
        differing=found,
        change_missed=clock_change_missed(here.timezone, seen.start, seen.end),
        unreachable=tuple(sorted(inactive.intersection(chain.from_iterable(span.value for span in served)))),
    )


def _cut(timeline: Timeline, length: timedelta) -> Timeline:
    return replace(timeline, end=min(timeline.end, timeline.start + length))
