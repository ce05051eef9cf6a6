"""Weekly windows: what they may say, and how a row keeps them.

A row keeps a window as the API tells it: ``{"days": [1, 2], "start": "09:00", "end": "17:30"}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import time
from itertools import pairwise
from typing import TypedDict

from escalation.domain.model import Window
from escalation.models.working_hours import MAX_WINDOWS
from scaling.errors import InvalidInput

_DAY = 24 * 60
_WEEK = 7 * _DAY

_Span = tuple[int, int, int]
"""First and last minute of the week, the last one excluded, and the number of the window it belongs to."""


class StoredWindow(TypedDict):
    """A window as a row keeps it."""

    days: list[int]
    start: str
    end: str


def checked_time(field: str, at: time) -> time:
    """Return a local time of day in whole minutes."""
    if at.tzinfo is not None or at.second or at.microsecond:
        raise InvalidInput([(field, "must be a local time in whole minutes.")])
    return at


def check_opening(windows: Sequence[object]) -> None:
    """Refuse working hours in which it is never open."""
    if not windows:
        raise InvalidInput([("windows", "must be at least one window.")])


def checked_windows(field: str, windows: Sequence[Window]) -> list[StoredWindow]:
    """Return windows of which no two overlap, as a row keeps them; there may be none."""
    if len(windows) > MAX_WINDOWS:
        raise InvalidInput([(field, f"must not be more than {MAX_WINDOWS} windows.")])
    for number, window in enumerate(windows):
        _check_window(f"{field}.{number}", window)
    _refuse_overlap(field, windows)
    return [
        {"days": sorted(window.days), "start": f"{window.start:%H:%M}", "end": f"{window.end:%H:%M}"}
        for window in windows
    ]


def _check_window(field: str, window: Window) -> None:
    if not window.days or not window.days <= set(range(1, 8)):
        raise InvalidInput([(f"{field}.days", "must be at least one day, from 1 for Monday to 7 for Sunday.")])
    checked_time(f"{field}.start", window.start)
    checked_time(f"{field}.end", window.end)


def _refuse_overlap(field: str, windows: Sequence[Window]) -> None:
    spans = sorted(span for number, window in enumerate(windows) for span in _spans(number, window))
    if not spans:
        return
    start, end, number = spans[0]  # once more after the last: the week is a circle
    for (_, ended, one), (began, _, other) in pairwise([*spans, (start + _WEEK, end + _WEEK, number)]):
        if began < ended:
            raise InvalidInput([(f"{field}.{max(one, other)}", f"overlaps window {min(one, other)}.")])


def _spans(number: int, window: Window) -> Iterator[_Span]:
    opens, closes = _minute(window.start), _minute(window.end)
    lasts = (closes - opens) % _DAY or _DAY
    for day in window.days:
        begins = (day - 1) * _DAY + opens
        yield begins, begins + lasts, number


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute
