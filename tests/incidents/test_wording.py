from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from incidents.wording import away, delay, listing, moment, moment_and_away, span

NOW = datetime(2026, 11, 23, 3, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [
        (timedelta(minutes=5), "in 5 min"),
        (timedelta(minutes=4, seconds=1), "in 5 min"),
        (timedelta(seconds=1), "in 1 min"),
        (timedelta(0), "now"),
        (timedelta(seconds=-59), "now"),
        (timedelta(minutes=-1), "1 min ago"),
        (timedelta(minutes=-1, seconds=-59), "1 min ago"),
        (timedelta(minutes=60), "in 1 h"),
        (timedelta(minutes=130), "in 2 h 10 min"),
        (timedelta(days=1), "in 1 day"),
        (timedelta(days=-3, hours=-4, minutes=-5), "3 days 4 h ago"),
    ],
)
def test_time_left_is_rounded_up_and_time_past_is_rounded_down(ahead, expected):
    assert away(NOW + ahead, NOW) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NOW, "03:12 UTC"),
        (datetime(2026, 11, 23, 23, 59, tzinfo=UTC), "23:59 UTC"),
        (datetime(2026, 11, 24, 0, 0, tzinfo=UTC), "24 Nov 00:00 UTC"),
        (datetime(2026, 12, 1, 9, 5, tzinfo=UTC), "1 Dec 09:05 UTC"),
        (datetime(2026, 11, 23, 0, 30, tzinfo=ZoneInfo("Europe/Berlin")), "22 Nov 23:30 UTC"),
    ],
)
def test_a_moment_is_told_in_utc_with_its_date_where_it_is_not_today(at, expected):
    assert moment(at, NOW) == expected


def test_a_moment_says_how_far_away_it_is():
    assert moment_and_away(NOW + timedelta(minutes=5), NOW) == "03:17 UTC (in 5 min)"


def test_a_span_is_at_least_a_minute():
    assert [span(timedelta(seconds=one)) for one in (0, 61, 7260)] == ["1 min", "1 min", "2 h 1 min"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], ""),
        (["Ada"], "Ada"),
        (["Ada", "Bob"], "Ada and Bob"),
        (["Ada", "Bob", "Cy"], "Ada, Bob and Cy"),
        (["A", "B", "C", "D", "E"], "A, B, C, D and E"),
        (["A", "B", "C", "D", "E", "F", "G"], "A, B, C, D, E and 2 more"),
    ],
)
def test_a_list_of_people_reads_as_a_sentence(names, expected):
    assert listing(names) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 s"), (-5, "0 s"), (30, "30 s"), (60, "1 min"), (90, "1 min 30 s"), (659, "10 min"), (5400, "1 h 30 min")],
)
def test_short_delays_are_told_to_the_second(seconds, expected):
    assert delay(timedelta(seconds=seconds)) == expected
