"""Windows cover the minutes of the week that the stretches cover, and no others."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.transfer.document import Window
from escalation.transfer.foreign.weekly import DAY, WEEK, Stretch, stretch, windows_of
from escalation.transfer.reading.shape import _check_windows


def window(days, start, end):
    """Return a window, its times as text."""
    return Window(days=days, start=time.fromisoformat(start), end=time.fromisoformat(end))


EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


@pytest.mark.parametrize(
    ("stretches", "windows"),
    [
        ([stretch(day, time(20), 720) for day in EVERY_DAY], [window(EVERY_DAY, "20:00", "08:00")]),
        ([stretch(day, time(9), 480) for day in (1, 2, 3)], [window((1, 2, 3), "09:00", "17:00")]),
        (
            [stretch(5, time(17), 64 * 60)],
            [window((1,), "00:00", "09:00"), window((5,), "17:00", "00:00"), window((6, 7), "00:00", "00:00")],
        ),
        ([stretch(2, time(9), DAY)], [window((2,), "09:00", "09:00")]),
        ([stretch(1, time(9), 60), stretch(1, time(9, 30), 60)], [window((1,), "09:00", "10:30")]),
        ([stretch(1, time(9), 60), stretch(1, time(10), 60)], [window((1,), "09:00", "11:00")]),
        ([stretch(7, time(23), 120), stretch(1, time(0, 30), 60)], [window((7,), "23:00", "01:30")]),
        ([stretch(day, time(8), DAY) for day in EVERY_DAY], []),
        ([stretch(3, time(8), WEEK)], []),
        ([stretch(3, time(8), 2 * WEEK), stretch(1, time(8), 5)], []),
        ([stretch(1, time(9), 0), stretch(1, time(10), 60)], [window((1,), "10:00", "11:00")]),
    ],
)
def test_windows_are_those_that_a_person_would_write(stretches, windows):
    assert list(windows_of(stretches)) == windows


@given(st.lists(st.builds(Stretch, st.integers(0, WEEK - 1), st.integers(1, WEEK + 60)), min_size=1, max_size=6))
def test_windows_cover_what_the_stretches_cover(stretches):
    found = windows_of(stretches)
    _check_windows(found)
    covered = {minute % WEEK for each in stretches for minute in range(each.start, each.start + each.minutes)}
    assert (minutes_of(found) if found else set(range(WEEK))) == covered


def minutes_of(windows):
    """Return every minute of the week in which one of the windows is open."""
    return {minute % WEEK for each in windows for day in each.days for minute in minutes_on(each, day)}


def minutes_on(each, day):
    """Return the minutes of the window that starts on a day."""
    start, end = (at.hour * 60 + at.minute for at in (each.start, each.end))
    begins = (day - 1) * DAY + start
    return range(begins, begins + ((end - start) % DAY or DAY))
