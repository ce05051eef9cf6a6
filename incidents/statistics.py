"""How much an organization was paged, and how long answers took: by day and by week, as ``incidents.counting`` left it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from incidents.counting import spans
from incidents.models.figures import Figures, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day in UTC, and how many recipients were paged on it."""

    starts_on: date
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """How many times something was done in a week, and how long it took; None where it was not done at all."""

    number: int
    mean: timedelta | None
    median: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A week from its Monday, in UTC: incidents acknowledged for the first time, and incidents resolved."""

    starts_on: date
    acknowledged: Took
    resolved: Took


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """The last thirty days and twelve weeks, oldest first; the last of each still runs."""

    days: tuple[Day, ...]
    weeks: tuple[Week, ...]

    @property
    def has_any(self) -> bool:
        """Whether there is anything to show."""
        return any(day.pages for day in self.days) or any(
            week.acknowledged.number or week.resolved.number for week in self.weeks
        )


def load_statistics(organization_id: str, now: datetime) -> Statistics:
    """Return the figures of an organization, as old as ten minutes. One statement over at most 42 rows."""
    wanted = list(spans(now))
    rows = Figures.objects.for_organization(organization_id).filter(starts_on__gte=min(day for _, day in wanted))
    found = {(row.span, row.starts_on): row for row in rows}
    return Statistics(
        days=tuple(_day(day, found.get((span, day))) for span, day in reversed(wanted) if span == Span.DAY),
        weeks=tuple(_week(day, found.get((span, day))) for span, day in reversed(wanted) if span == Span.WEEK),
    )


def _day(starts_on: date, row: Figures | None) -> Day:
    return Day(starts_on=starts_on, pages=0 if row is None else row.pages)


def _week(starts_on: date, row: Figures | None) -> Week:
    if row is None:
        nothing = Took(number=0, mean=None, median=None)
        return Week(starts_on=starts_on, acknowledged=nothing, resolved=nothing)
    return Week(
        starts_on=starts_on,
        acknowledged=_took(row.acknowledged, row.acknowledge_mean_seconds, row.acknowledge_median_seconds),
        resolved=_took(row.resolved, row.resolve_mean_seconds, row.resolve_median_seconds),
    )


def _took(number: int, mean: int | None, median: int | None) -> Took:
    return Took(number=number, mean=_seconds(mean), median=_seconds(median))


def _seconds(number: int | None) -> timedelta | None:
    return None if number is None else timedelta(seconds=number)
