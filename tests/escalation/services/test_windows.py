from __future__ import annotations

from datetime import UTC, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.domain.model import Window
from escalation.services.windows import checked_windows
from scaling.errors import InvalidInput
from tests.escalation.plans import refused

NINE, FIVE = time(9), time(17)


def _window(days, start=NINE, end=FIVE):
    return Window(days=frozenset(days), start=start, end=end)


def _refused(*windows):
    return refused(checked_windows, "windows", windows)


def test_windows_are_kept_as_the_api_tells_them():
    assert checked_windows("windows", [_window({5, 1}, time(18), time(8, 30))]) == [
        {"days": [1, 5], "start": "18:00", "end": "08:30"}
    ]


@pytest.mark.parametrize("days", [set(), {0}, {8}, {1, 9}])
def test_a_window_starts_on_days_of_the_week(days):
    assert _refused(_window({1}), _window(days)) == ["windows.1.days"]


@pytest.mark.parametrize("at", [time(9, 0, 1), time(9, 0, 0, 1), time(9, tzinfo=UTC)])
def test_a_window_has_local_times_in_whole_minutes(at):
    assert _refused(_window({1}, start=at)) == ["windows.0.start"]
    assert _refused(_window({1}, end=at)) == ["windows.0.end"]


def test_there_are_at_most_fifty_windows():
    fifty = [_window({1}, time(0, minute), time(0, minute + 1)) for minute in range(50)]

    assert len(checked_windows("windows", fifty)) == 50
    assert _refused(*fifty, _window({2})) == ["windows"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_window({1}), _window({1})),
        (_window({1, 2}), _window({2, 3}, time(16, 59), time(18))),
        (_window({1}, time(22), time(6)), _window({2}, time(5), time(7))),
        (_window({7}, time(22), time(6)), _window({1}, time(5), time(7))),
        (_window({3}, NINE, NINE), _window({4}, time(8), time(10))),
        (_window(range(1, 8), NINE, NINE), _window({4}, time(8), time(10))),
    ],
)
def test_windows_that_overlap_are_refused_by_the_later_in_the_list(one, other):
    assert _refused(_window({6}, time(1), time(2)), one, other) == ["windows.2"]
    assert _refused(_window({6}, time(1), time(2)), other, one) == ["windows.2"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_window({1}), _window({1}, FIVE, time(18))),
        (_window({7}, time(22), time(6)), _window({1}, time(6), time(7))),
        (_window({3}, NINE, NINE), _window({4}, NINE, NINE)),
    ],
)
def test_windows_may_touch(one, other):
    assert len(checked_windows("windows", [one, other])) == 2


_times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
_windows = st.builds(_window, st.sets(st.integers(1, 7), min_size=1, max_size=3), _times, _times)


def _half_hours(window):
    """Walk the half hours of the week that lie in ``window``."""
    at, end = (moment.hour * 2 + moment.minute // 30 for moment in (window.start, window.end))
    count = (end - at) % 48 or 48
    return [((day - 1) * 48 + at + step) % (7 * 48) for day in window.days for step in range(count)]


@given(st.lists(_windows, max_size=4))
def test_windows_are_refused_exactly_if_two_share_a_time(windows):
    walked = [half_hour for window in windows for half_hour in _half_hours(window)]
    try:
        checked_windows("windows", windows)
    except InvalidInput:
        assert len(set(walked)) < len(walked)
    else:
        assert len(set(walked)) == len(walked)
