"""The shifts that Grafana OnCall computes are what our schedule says, at every minute across a change of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime

from escalation.transfer.foreign.grafana import read
from tests.escalation.transfer.foreign.bundles import bundle
from tests.escalation.transfer.foreign.grafana.answers import (
    ANA,
    BOB,
    CYD,
    arrival_of,
    final,
    page,
    schedule,
    shift,
    with_shifts,
)
from tests.escalation.transfer.foreign.on_call import differing_minutes

HOUR, DAY = 3600, 86400


def computed(*shifts):
    """Return the page of computed shifts: of each the person, and for both edges a month, a day and an hour of 2027."""
    told = [
        (user, *(f"2027-{month:02}-{day:02}T{hour:02}:00:00Z" for month, day, hour in edges)) for user, *edges in shifts
    ]
    return final(*told)


def test_workdays_above_a_weekly_rotation_are_the_same_minute_for_minute():
    weekly = shift("U1", "U2", level=1)
    workdays = shift(
        *("U3", "U2"),
        id="O2",
        name="Workdays",
        level=2,
        by_day=["MO", "TU", "WE", "TH", "FR"],
        start="2026-01-07T09:00:00",
        rotation_start="2026-01-07T09:00:00",
        duration=8 * HOUR,
    )
    first = [(3, day) for day in range(22, 27)]
    second = [(3, 29), (3, 30), (3, 31), (4, 1), (4, 2)]
    nights = [(BOB, (3, day, 16), (3, day + 1, 8)) for day in range(22, 26)]
    late = [((3, 29, 15), (3, 30, 7)), ((3, 30, 15), (3, 31, 7)), ((3, 31, 15), (4, 1, 7)), ((4, 1, 15), (4, 2, 7))]
    arrival = with_shifts(
        *(weekly, workdays),
        pages=[
            computed(
                *((BOB, (month, day, 8), (month, day, 16)) for month, day in first),
                *nights,
                (BOB, (3, 26, 16), (3, 29, 7)),
                *((CYD, (month, day, 7), (month, day, 15)) for month, day in second),
                *((ANA, *edges) for edges in late),
                (ANA, (4, 2, 15), (4, 5, 7)),
            )
        ],
    )
    timeline = arrival.timelines["primary"]
    assert (timeline.start, timeline.end) == (datetime(2027, 3, 22, 8, tzinfo=UTC), datetime(2027, 4, 5, 7, tzinfo=UTC))
    assert differing_minutes(arrival, "primary") == []


def test_on_the_web_hand_offs_stay_where_they_are_in_utc():
    arrival = with_shifts(
        shift("U1", "U2"),
        type="web",
        time_zone="Europe/Madrid",
        pages=[computed((BOB, (3, 22, 9), (3, 29, 9)), (ANA, (3, 29, 9), (4, 5, 9)))],
    )
    assert differing_minutes(arrival, "primary") == []


def test_days_that_count_by_themselves_are_the_same_minute_for_minute():
    pair = shift(
        "U1", "U2", "U3", frequency="daily", by_day=["MO", "WE"], duration=12 * HOUR, start="2026-12-07T20:00:00"
    )
    arrival = with_shifts(
        {**pair, "rotation_start": "2026-12-07T20:00:00"},
        pages=[
            computed(
                # From Monday 7 December 2026 on, 22 March is day number 31, counted from 1.
                (ANA, (3, 22, 19), (3, 23, 7)),
                (BOB, (3, 24, 19), (3, 25, 7)),
                (CYD, (3, 29, 18), (3, 30, 6)),
                (ANA, (3, 31, 18), (4, 1, 6)),
            )
        ],
    )
    assert differing_minutes(arrival, "primary") == []


def test_a_timeline_that_says_something_else_differs():
    arrival = with_shifts(shift("U1", "U2"), pages=[computed((ANA, (3, 22, 8), (3, 22, 9)))])
    assert len(differing_minutes(arrival, "primary")) == 60


def test_a_timeline_ends_where_others_may_begin_of_which_nobody_tells():
    arrival = with_shifts(
        shift("U1"),
        pages=[computed((ANA, (3, 22, 8), (3, 29, 7)), (BOB, (3, 22, 8), (3, 24, 8)), (BOB, (3, 24, 8), (3, 26, 8)))],
    )
    assert arrival.timelines["primary"].end == datetime(2027, 3, 26, 8, tzinfo=UTC)


def test_a_timeline_does_not_begin_before_the_bundle_was_fetched():
    shifts = final(
        (ANA, "2026-11-20T08:00:00Z", "2026-11-27T08:00:00Z"), (CYD, "2026-11-27T08:00:00Z", "2026-12-04T08:00:00Z")
    )
    arrival = with_shifts(shift("U1"), pages=[shifts])
    assert arrival.timelines["primary"].start == datetime(2026, 11, 25, 8, tzinfo=UTC)


def test_a_timeline_reaches_as_far_as_the_bundle_says():
    shifts = final((ANA, "2026-11-30T08:00:00Z", "2026-12-14T08:00:00Z"))
    schedules = page("schedules", schedule())
    (timeline,) = read(bundle("grafana-oncall", page("users", ANA), schedules, shifts, weeks=2)).timelines.values()
    assert (timeline.start, timeline.end) == (
        datetime(2026, 11, 25, 8, tzinfo=UTC),
        datetime(2026, 12, 9, tzinfo=UTC),
    )
    (nobody,) = read(bundle("grafana-oncall", schedules, final(), weeks=2)).timelines.values()
    assert (nobody.shifts, nobody.end) == ((), datetime(2026, 12, 9, tzinfo=UTC))


def test_without_shifts_there_is_no_timeline():
    assert arrival_of(page("schedules", schedule()), final()).timelines == {}
