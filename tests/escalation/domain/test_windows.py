"""When a window is open, and from when until when."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from escalation.domain import windows as windows_module
from escalation.domain.local_time import instant_of
from escalation.domain.span import BEGINNING, FOREVER, Span, walk
from escalation.domain.windows import spell
from tests.escalation.domain import strategies as some
from tests.escalation.domain.schedules import DAY, HOUR, local, utc, window
from tests.escalation.domain.walker import is_open, readings
from tests.incidents.domain.examples import modest

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
OFFICE = window("12345", "09:00", "17:00")
TICK = timedelta(microseconds=1)


def _open(windows, zone, start, end):
    """Return the spans in which a window is open, as hours since ``start``."""
    spans = [span for span in walk(lambda at: spell(windows, zone, at), start, end) if span.value]
    return [((span.starts_at - start) / HOUR, (span.ends_at - start) / HOUR) for span in spans]


def test_a_window_is_open_from_its_start_until_before_its_end():
    monday = utc(2026, 5, 4, 7)

    assert spell((OFFICE,), BERLIN, monday) == Span(True, monday, monday + 8 * HOUR)
    assert spell((OFFICE,), BERLIN, monday - TICK).value is False
    assert spell((OFFICE,), BERLIN, monday + 8 * HOUR - TICK).value is True
    assert spell((OFFICE,), BERLIN, monday + 8 * HOUR) == Span(False, monday + 8 * HOUR, monday + DAY)


def test_from_friday_to_monday_it_is_closed():
    friday, monday = utc(2026, 5, 8, 15), utc(2026, 5, 11, 7)

    assert spell((OFFICE,), BERLIN, friday + DAY) == Span(False, friday, monday)


def test_days_are_those_on_which_a_window_starts():
    """Friday's night reaches into Saturday; Sunday's begins none, and so Monday's early hours have none."""
    nights = (window("12345", "18:00", "08:00"),)
    week = utc(2026, 5, 3, 22)  # Monday 00:00 in Berlin

    assert _open(nights, BERLIN, week, week + 7 * DAY) == [
        (18, 32),
        (42, 56),
        (66, 80),
        (90, 104),
        (114, 128),
    ]


def test_a_window_of_sunday_night_reaches_into_the_next_week():
    sunday = utc(2026, 5, 10, 20)  # 22:00 in Berlin

    assert spell((window("7", "22:00", "06:00"),), BERLIN, sunday + 5 * HOUR) == Span(True, sunday, sunday + 8 * HOUR)


def test_equal_edges_make_a_whole_day():
    tuesday = utc(2026, 5, 5, 6)  # 08:00 in Berlin

    assert spell((window("2", "08:00", "08:00"),), BERLIN, tuesday) == Span(True, tuesday, tuesday + DAY)


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 7, 12), 23), ((2026, 10, 31, 12), 25), ((2026, 5, 2, 12), 24)])
def test_a_whole_day_ends_when_the_clocks_show_its_start_again(day, hours):
    start = local("America/New_York", *day)

    assert spell((window("6", "12:00", "12:00"),), NEW_YORK, start) == Span(True, start, start + hours * HOUR)


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 28), 7), ((2026, 10, 24), 9), ((2026, 5, 2), 8)])
def test_a_night_is_as_long_as_the_clocks_make_it(day, hours):
    start = local("Europe/Berlin", *day, 22)

    assert spell((window("6", "22:00", "06:00"),), BERLIN, start + HOUR) == Span(True, start, start + hours * HOUR)


def test_an_edge_that_the_clocks_skip_is_the_end_of_the_gap():
    change = utc(2026, 3, 8, 7)  # 01:59 -> 03:00 in New York

    assert spell((window("7", "02:30", "05:00"),), NEW_YORK, change) == Span(True, change, change + 2 * HOUR)
    assert spell((window("7", "01:00", "02:30"),), NEW_YORK, change - TICK) == Span(True, change - HOUR, change)


def test_an_edge_that_the_clocks_show_twice_is_the_first():
    first = utc(2026, 11, 1, 5, 30)  # 01:30 in New York, an hour before it is 01:30 again

    assert spell((window("7", "01:30", "03:00"),), NEW_YORK, first) == Span(True, first, first + 2.5 * HOUR)
    for at in (first, first + 0.75 * HOUR, first + HOUR):  # 01:30, 01:15 for the second time, 01:30 again
        assert spell((window("7", "00:00", "01:30"),), NEW_YORK, at).value is False


def test_a_window_inside_a_gap_is_none():
    gone = (window("7", "02:10", "02:50"),)
    change = utc(2026, 3, 8, 7)
    last, coming = local("America/New_York", 2026, 3, 1, 2, 50), local("America/New_York", 2026, 3, 15, 2, 10)

    assert spell(gone, NEW_YORK, change) == spell(gone, NEW_YORK, change - TICK) == Span(False, last, coming)


def test_windows_around_a_gap_are_one():
    """Nothing lies between 02:00 and 03:00 on that Sunday; on all others an hour does."""
    around = (window("7", "00:00", "02:00"), window("7", "03:00", "06:00"))
    start, change = utc(2026, 3, 8, 5), utc(2026, 3, 8, 7)

    for at in (start, change - TICK, change, change + HOUR):
        assert spell(around, NEW_YORK, at) == Span(True, start, change + 3 * HOUR)


def test_a_closed_hour_inside_a_gap_joins_the_weeks_around_it():
    """Open all week but for one hour on Sunday, which the clocks skip once."""
    nearly_always = (window("7", "03:00", "02:00"), window("123456", "00:00", "00:00"), window("7", "00:00", "02:00"))
    before, after = local("America/New_York", 2026, 3, 1, 3), local("America/New_York", 2026, 3, 15, 2)

    for at in (before, utc(2026, 3, 8, 7), after - TICK):
        assert spell(nearly_always, NEW_YORK, at) == Span(True, before, after)


def test_in_apia_the_missing_friday_has_no_window():
    apia = ZoneInfo("Pacific/Apia")
    friday, daily = (window("5", "09:00", "17:00"),), (window("1234567", "09:00", "17:00"),)
    skipped = utc(2011, 12, 30, 10)

    assert spell(friday, apia, skipped) == Span(False, utc(2011, 12, 24, 3), utc(2012, 1, 5, 19))
    assert spell(daily, apia, skipped) == Span(False, utc(2011, 12, 30, 3), utc(2011, 12, 30, 19))


def test_windows_that_overlap_or_touch_are_one():
    start = utc(2026, 5, 4, 6)
    merged = (window("1", "08:00", "12:00"), window("1", "10:00", "14:00"), window("1", "14:00", "18:00"))

    for at in (start, start + 5 * HOUR, start + 9 * HOUR):
        assert spell(merged, BERLIN, at) == Span(True, start, start + 10 * HOUR)


@pytest.mark.parametrize(
    "windows",
    [
        (window("1234567", "00:00", "00:00"),),
        (window("1234567", "17:30", "17:30"),),
        (window("1234567", "08:00", "20:00"), window("1234567", "20:00", "08:00")),
        (window("12345", "00:00", "00:00"), window("67", "00:00", "12:00"), window("67", "12:00", "00:00")),
    ],
)
def test_windows_that_fill_the_week_are_always_open(windows):
    assert spell(windows, BERLIN, utc(2026, 3, 29, 1)) == Span(True, BEGINNING, FOREVER)


@pytest.mark.parametrize("windows", [(), (window("", "08:00", "20:00"),)])
def test_no_windows_are_never_open(windows):
    assert spell(windows, BERLIN, utc(2026, 3, 29, 1)) == Span(False, BEGINNING, FOREVER)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "America/New_York"])
@pytest.mark.parametrize("at", [utc(1, 1, 1), BEGINNING, FOREVER - TICK, FOREVER, utc(9999, 12, 31, 23, 59)])
def test_at_the_edge_of_the_calendar_there_is_an_answer(zone, at):
    assert spell((OFFICE,), ZoneInfo(zone), at).ends_at <= FOREVER


@modest
@given(some.restrictions, some.zones_and_instants())
def test_a_window_is_open_when_somebody_who_watches_the_clocks_says_so(windows, where):
    zone, around = where
    start, end = around - 3 * HOUR, around + 12 * HOUR
    for at, highest in readings(zone, start, end):
        found = spell(windows, ZoneInfo(zone), at)
        assert found.value is any(is_open(one, highest) for one in windows)
        assert found.starts_at <= at < found.ends_at


@modest
@given(some.restrictions, some.zones_and_instants())
def test_spells_meet_and_take_turns(windows, where):
    zone, at = ZoneInfo(where[0]), where[1]
    span = spell(windows, zone, at)
    for _ in range(20):
        if span.ends_at == FOREVER:
            break
        following = spell(windows, zone, span.ends_at)
        assert (following.starts_at, following.value) == (span.ends_at, not span.value)
        assert spell(windows, zone, span.ends_at - TICK) == span
        span = following


def test_a_question_far_away_takes_no_longer_way(monkeypatch):
    """By formula: for the year 9000 hardly more local times are looked at than for today."""
    asked = []
    monkeypatch.setattr(windows_module, "instant_of", lambda wall: asked.append(wall) or instant_of(wall))
    for year in (2026, 9000):
        spell((OFFICE,), BERLIN, utc(year, 5, 10, 12))

    assert len(asked) <= 24
