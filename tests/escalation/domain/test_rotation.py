"""Whose turn it is, where clocks change and calendars have odd days."""

from __future__ import annotations

from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from escalation.domain import rotation as rotation_module
from escalation.domain.local_time import instant_of
from escalation.domain.rotation import serving
from escalation.domain.span import FOREVER, Span, walk
from tests.escalation.domain.schedules import ADA, BOB, CYD, DAY, HOUR, local, rotation, utc, window


def _turns(there, zone, start, end):
    """Return the spans of [start, end) in which somebody serves."""
    spans = walk(lambda at: serving(there, ZoneInfo(zone), at), start, end)
    return [span for span in spans if span.value is not None]


# Zone, handoff time, and the handoffs (UTC) around the change of a daily rotation.
DAILY = [
    ("America/New_York", "02:30", "2026-03-07 07:30, 2026-03-08 07:00, 2026-03-09 06:30"),
    ("America/New_York", "01:30", "2026-10-31 05:30, 2026-11-01 05:30, 2026-11-02 06:30"),
    ("Europe/London", "09:00", "2026-03-28 09:00, 2026-03-29 08:00, 2026-03-30 08:00"),
    ("Europe/Dublin", "01:30", "2026-03-28 01:30, 2026-03-29 01:00, 2026-03-30 00:30"),
    ("Europe/Dublin", "01:30", "2026-10-24 00:30, 2026-10-25 00:30, 2026-10-26 01:30"),
    ("Australia/Lord_Howe", "02:15", "2026-10-02 15:45, 2026-10-03 15:30, 2026-10-04 15:15"),
    ("Australia/Lord_Howe", "01:45", "2026-04-03 14:45, 2026-04-04 14:45, 2026-04-05 15:15"),
    ("Pacific/Chatham", "03:00", "2026-09-25 14:15, 2026-09-26 14:00, 2026-09-27 13:15"),
    ("America/St_Johns", "02:30", "2026-03-07 06:00, 2026-03-08 05:30, 2026-03-09 05:00"),
    ("America/Santiago", "00:00", "2026-09-05 04:00, 2026-09-06 04:00, 2026-09-07 03:00"),
    ("America/Santiago", "00:00", "2026-04-04 03:00, 2026-04-05 04:00, 2026-04-06 04:00"),
    ("Africa/Cairo", "00:00", "2026-04-22 22:00, 2026-04-23 22:00, 2026-04-24 21:00"),
    ("Asia/Beirut", "00:00", "2026-10-23 21:00, 2026-10-24 22:00, 2026-10-25 22:00"),
    ("America/Havana", "00:00", "2025-11-01 04:00, 2025-11-02 04:00, 2025-11-03 05:00"),
    ("America/Nuuk", "23:30", "2024-03-30 01:30, 2024-03-31 01:00, 2024-04-01 00:30"),
    ("Antarctica/Troll", "02:00", "2026-03-28 02:00, 2026-03-29 01:00, 2026-03-30 00:00"),
    ("Africa/Casablanca", "02:30", "2026-03-21 02:30, 2026-03-22 02:00, 2026-03-23 01:30"),
    ("Asia/Gaza", "02:30", "2026-03-27 00:30, 2026-03-28 00:00, 2026-03-28 23:30"),
    ("Asia/Pyongyang", "23:45", "2018-05-03 15:15, 2018-05-04 15:00, 2018-05-05 14:45"),
    ("Asia/Almaty", "23:30", "2024-02-28 17:30, 2024-02-29 17:30, 2024-03-01 18:30"),
    ("America/Ciudad_Juarez", "23:30", "2022-11-29 05:30, 2022-11-30 05:30, 2022-12-01 06:30"),
    ("America/Vancouver", "01:30", "2026-10-31 08:30, 2026-11-01 08:30, 2026-11-02 08:30"),
    ("Asia/Kathmandu", "09:00", "2026-03-07 03:15, 2026-03-08 03:15, 2026-03-09 03:15"),
    ("Europe/Berlin", "09:00", "2028-02-28 08:00, 2028-02-29 08:00, 2028-03-01 08:00"),
]


@pytest.mark.parametrize(("zone", "handoff", "expected"), DAILY)
def test_a_day_is_handed_over_by_the_clock_on_the_wall(zone, handoff, expected):
    first, *_, last = handoffs = [utc(*_parts(text)) for text in expected.split(", ")]
    there = rotation(ADA, BOB, CYD, starts_at=first - 2 * DAY, handoff=handoff, days=1)

    assert [span.starts_at for span in _turns(there, zone, first, last + HOUR)] == handoffs


def _parts(text):
    return [int(part) for part in text.replace(":", "-").replace(" ", "-").split("-")]


@pytest.mark.parametrize(
    ("zone", "monday", "hours"),
    [
        ("Europe/Berlin", (2026, 3, 23), 167),
        ("Europe/Berlin", (2026, 10, 19), 169),
        ("Europe/London", (2026, 3, 23), 167),
        ("Europe/Dublin", (2026, 10, 19), 169),
        ("Australia/Lord_Howe", (2026, 9, 28), 167.5),
        ("Antarctica/Troll", (2026, 3, 23), 166),
        ("America/Vancouver", (2026, 10, 26), 168),
        ("Asia/Kathmandu", (2026, 3, 23), 168),
        ("Pacific/Apia", (2011, 12, 26), 144),
    ],
)
def test_a_week_lasts_from_monday_nine_to_monday_nine(zone, monday, hours):
    start = local(zone, *monday, 9)
    there = rotation(ADA, BOB, starts_at=start)

    assert serving(there, ZoneInfo(zone), start) == Span(ADA, start, start + hours * HOUR)


def test_in_apia_the_missing_friday_takes_a_turn_out_of_the_circle():
    """A day from midnight to midnight that does not exist is nobody's, and the circle goes on."""
    there = rotation(ADA, BOB, CYD, starts_at=local("Pacific/Apia", 2011, 12, 28), handoff="00:00", days=1)
    turns = _turns(there, "Pacific/Apia", there.starts_at, utc(2011, 12, 31, 20))

    assert [(span.value, span.starts_at) for span in turns] == [
        (ADA, utc(2011, 12, 28, 10)),  # Wednesday
        (BOB, utc(2011, 12, 29, 10)),  # Thursday
        (ADA, utc(2011, 12, 30, 10)),  # Saturday; Friday was Cyd's
        (BOB, utc(2011, 12, 31, 10)),
    ]


def test_in_apia_a_week_from_friday_to_friday_begins_when_the_friday_would_have_ended():
    there = rotation(ADA, BOB, starts_at=local("Pacific/Apia", 2011, 12, 23, 9))

    assert serving(there, ZoneInfo("Pacific/Apia"), there.starts_at).ends_at == utc(2011, 12, 30, 10)


def test_a_turn_may_be_over_before_it_begins_where_the_clocks_go_back_over_midnight():
    """At 00:01 it was 23:01 again: the 7th had begun already when somebody started late on the 6th."""
    zone, starts_at = "America/St_Johns", utc(2010, 11, 7, 3)  # 23:30, for the second time
    there = rotation(ADA, BOB, starts_at=starts_at, handoff="00:00", days=1)

    assert serving(there, ZoneInfo(zone), starts_at) == Span(BOB, starts_at, local(zone, 2010, 11, 8))


def test_a_year_of_fifty_three_weeks_shifts_no_turn():
    there = rotation(ADA, BOB, starts_at=utc(2020, 12, 21, 8))
    turns = _turns(there, "Europe/Berlin", there.starts_at, utc(2021, 1, 12))

    assert [(span.value, span.starts_at) for span in turns] == [
        (ADA, utc(2020, 12, 21, 8)),
        (BOB, utc(2020, 12, 28, 8)),
        (ADA, utc(2021, 1, 4, 8)),
        (BOB, utc(2021, 1, 11, 8)),
    ]


def test_a_turn_that_outlives_the_calendar_never_ends():
    for days in (3_000_000, 2**62):
        there = rotation(ADA, BOB, starts_at=utc(2026, 5, 4, 7), days=days)

        assert serving(there, ZoneInfo("Europe/Berlin"), utc(2026, 5, 5)) == Span(ADA, there.starts_at, FOREVER)


def test_restrictions_and_the_end_cut_a_turn_at_both_edges():
    nights = (window("12345", "22:00", "06:00"),)
    there = rotation(
        ADA,
        BOB,
        starts_at=utc(2026, 5, 4, 22),
        ends_at=utc(2026, 5, 7, 0),
        handoff="00:00",
        days=1,
        restrictions=nights,
    )
    turns = _turns(there, "Europe/Berlin", utc(2026, 5, 4), utc(2026, 5, 9))

    assert turns == [
        Span(ADA, utc(2026, 5, 4, 22), utc(2026, 5, 5, 4)),  # Monday's night, from midnight on
        Span(ADA, utc(2026, 5, 5, 20), utc(2026, 5, 5, 22)),  # Tuesday's, until midnight
        Span(BOB, utc(2026, 5, 5, 22), utc(2026, 5, 6, 4)),
        Span(BOB, utc(2026, 5, 6, 20), utc(2026, 5, 6, 22)),
        Span(ADA, utc(2026, 5, 6, 22), utc(2026, 5, 7, 0)),
    ]


@pytest.mark.parametrize(("starts_at", "ends_at"), [(utc(2026, 5, 4, 20), None), (utc(2026, 5, 1), utc(2026, 5, 4, 3))])
def test_nobody_is_one_span_although_the_rotation_begins_or_ends_within_it(starts_at, ends_at):
    office = (window("12345", "09:00", "17:00"),)
    there = rotation(ADA, starts_at=starts_at, ends_at=ends_at, restrictions=office)
    spans = list(walk(lambda at: serving(there, ZoneInfo("Europe/Berlin"), at), utc(2026, 4, 1), utc(2026, 6, 1)))

    assert all(before.value is not None or after.value is not None for before, after in pairwise(spans))


def test_a_question_far_away_takes_no_longer_way(monkeypatch):
    """By formula: at most two local times are looked at for today, and two for the year 9000."""
    asked = []
    monkeypatch.setattr(rotation_module, "instant_of", lambda wall: asked.append(wall) or instant_of(wall))
    there = rotation(ADA, BOB, starts_at=utc(2026, 5, 4, 7))
    for year in (2027, 9000):
        serving(there, ZoneInfo("Europe/Berlin"), utc(year, 5, 10, 12))

    assert len(asked) <= 4
