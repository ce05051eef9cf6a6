"""Answers that hold for a while.

Every question about time is answered with a ``Span``: a value, and the longest known half-open interval around the
instant asked about in which it holds. Who wants to know what comes next asks again at ``ends_at``; so nothing is
walked minute by minute, and one span ends exactly where the next begins (invariant I18).

Example: Ada is on call from Monday 07:00 to the next Monday 07:00. Asked about Tuesday, a timeline answers
``Span("user_ada", Monday 07:00, next Monday 07:00)``; asked at that Monday 07:00 it answers with Bob's span.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Final, Generic, NamedTuple, TypeVar

T = TypeVar("T")

BEGINNING: Final = datetime(2, 1, 1, tzinfo=UTC)
"""Nothing happens before; a year off the calendar's first day, so that every zone can tell its local time."""

FOREVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""The end of what never ends; nothing happens from here on."""


class Span(NamedTuple, Generic[T]):
    """A value that holds from ``starts_at`` until before ``ends_at``."""

    value: T
    starts_at: datetime
    ends_at: datetime


Timeline = Callable[[datetime], Span[T]]
"""Answers for any instant with the span around it."""


def between(value: T, starts_at: datetime, ends_at: datetime, at: datetime) -> Span[T | None]:
    """Return the span around ``at`` of ``value`` from ``starts_at`` until before ``ends_at``, and None outside."""
    if at < starts_at:
        return Span(None, BEGINNING, starts_at)
    if at >= ends_at:
        return Span(None, ends_at, FOREVER)
    return Span(value, starts_at, ends_at)


def topmost(spans: Iterable[Span[T | None]]) -> Span[T | None]:
    """Return the first of ``spans`` that holds somebody, cut where one before it does.

    All are answers about one instant, in order of precedence. Where none holds anybody, the value is None for as long
    as that stays so.
    """
    starts_at, ends_at = BEGINNING, FOREVER
    for span in spans:
        starts_at, ends_at = max(starts_at, span.starts_at), min(ends_at, span.ends_at)
        if span.value is not None:
            return Span(span.value, starts_at, ends_at)
    return Span(None, starts_at, ends_at)


def walk(timeline: Timeline[T], start: datetime, end: datetime) -> Iterator[Span[T]]:
    """Yield the spans that overlap [``start``, ``end``), in order, with their true bounds."""
    at, end = start, min(end, FOREVER)
    while at < end:
        span = timeline(at)
        yield span
        at = span.ends_at


def apart(one: Iterable[Span[T]], other: Iterable[Span[T]]) -> Iterator[Span[tuple[T, T]]]:
    """Yield what two walks answer where they differ, from both, for as long as both answer that; no more is walked."""
    lefts, rights = iter(one), iter(other)
    left, right = next(lefts, None), next(rights, None)
    while left is not None and right is not None:
        ends_at = min(left.ends_at, right.ends_at)
        if left.value != right.value:
            yield Span((left.value, right.value), max(left.starts_at, right.starts_at), ends_at)
        left = next(lefts, None) if left.ends_at == ends_at else left
        right = next(rights, None) if right.ends_at == ends_at else right


def or_never(at: datetime) -> datetime | None:
    """Return ``at``, or None for the end of what never ends."""
    return at if at < FOREVER else None
