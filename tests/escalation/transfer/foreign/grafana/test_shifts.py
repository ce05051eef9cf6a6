"""Shifts of Grafana OnCall that come again become rotations in which the same people serve."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from escalation.transfer.document import Rotation, Window
from escalation.transfer.findings import Subject
from escalation.transfer.reading.problems import Unreadable
from escalation.transfer.settling import settle
from tests.escalation.transfer.foreign.grafana.answers import (
    finding,
    serving,
    shift,
    told,
    told_of_all,
    with_shifts,
)

WORKDAYS = (1, 2, 3, 4, 5)
DAY = 86400


def read(*shifts, **fields):
    """Return the only schedule of these shifts, and what was found."""
    arrival = with_shifts(*shifts, **fields)
    (found,) = arrival.document.schedules or [None]
    return found, told(arrival)


def rotation(*users, **fields):
    """Return the only rotation of a shift about which there is nothing to tell."""
    found, findings = read(shift(*users, **fields))
    assert findings == []
    (rotation,) = found.rotations
    return rotation


def test_a_week_that_is_filled_is_a_weekly_rotation():
    arrival = with_shifts(shift("U1", "U2"))
    (found,) = arrival.document.schedules
    assert (found.name, found.timezone, found.paging_mode) == ("Primary", "Europe/Madrid", "all")
    assert found.rotations == (
        Rotation(
            name="Weekly",
            rotation_type="weekly",
            rotation_length_days=7,
            handoff_time=time(9),
            effective_from=datetime(2026, 1, 5, 8, tzinfo=UTC),
            effective_until=None,
            participants=("ana@example.org", "bob@example.org"),
            restrictions=(),
        ),
    )
    assert arrival.refs[Subject("schedules", "primary")] == ("grafana-oncall", "acme", "schedule", "S1")
    assert told(arrival) == told_of_all(arrival) == []


@pytest.mark.parametrize(
    ("frequency", "interval", "duration", "days"),
    [
        ("daily", 1, DAY, 1),
        ("daily", 3, 3 * DAY, 3),
        ("daily", 7, 7 * DAY, 7),
        ("weekly", 2, 14 * DAY, 14),
        ("daily", None, DAY, 1),
        ("daily", 1, DAY - 1, 1),
    ],
)
def test_periods_that_are_filled_are_turns_of_their_days(frequency, interval, duration, days):
    found = rotation("U1", "U2", frequency=frequency, interval=interval, duration=duration)
    assert (found.rotation_length_days, found.restrictions) == (days, ())


def test_shorter_shifts_of_a_day_are_windows():
    found = rotation("U1", "U2", frequency="daily", start="2026-01-05T20:00:00", duration=12 * 3600, by_day=[])
    assert found.restrictions == (Window(days=(1, 2, 3, 4, 5, 6, 7), start=time(20), end=time(8)),)
    assert found.rotation_length_days == 1


def test_in_a_week_with_several_shifts_all_are_one_persons():
    found, findings = read(shift("U1", "U2", by_day=["MO", "TU", "WE", "TH", "FR"], duration=8 * 3600))
    assert findings == []
    assert found.rotations[0].restrictions == (Window(days=WORKDAYS, start=time(9), end=time(17)),)
    assert [serving(found, 2026, 1, day, 12) for day in (5, 8, 9, 10, 12, 16, 19)] == [
        *[["Ana"]] * 3,
        [],
        *[["Bob"]] * 2,
        ["Ana"],
    ]


def test_a_weekend_is_one_shift_of_some_days():
    found = rotation("U1", "U2", start="2026-01-09T18:00:00", duration=62 * 3600)
    assert found.restrictions == (
        Window(days=(1,), start=time(0), end=time(8)),
        Window(days=(5,), start=time(18), end=time(0)),
        Window(days=(6, 7), start=time(0), end=time(0)),
    )
    assert found.effective_from == datetime(2026, 1, 9, 17, tzinfo=UTC)


def test_a_week_that_starts_in_its_middle_has_a_first_turn_of_what_is_left():
    workdays = {"by_day": ["MO", "TU", "WE", "TH", "FR"], "duration": 8 * 3600}
    started = {"start": "2026-12-02T09:00:00", "rotation_start": "2026-12-02T09:00:00"}
    found, findings = read(shift("U1", "U2", **workdays, **started))
    assert findings == []
    assert [serving(found, 2026, 12, day, 12) for day in (1, 2, 4, 7, 11, 14)] == [
        [],
        ["Ana"],
        ["Ana"],
        ["Bob"],
        ["Bob"],
        ["Ana"],
    ]


@pytest.mark.parametrize(("week_start", "second"), [("MO", "Bob"), ("SU", "Bob"), ("WE", "Ana")])
def test_weeks_begin_on_their_own_day(week_start, second):
    shifts = shift("U1", "U2", by_day=["TU", "TH"], duration=DAY, start="2026-01-08T09:00:00", week_start=week_start)
    found, _ = read(shifts)
    # The first shift is on a Thursday, the next one on the Tuesday after it.
    assert serving(found, 2026, 1, 13, 12) == [second]


def test_a_start_that_is_no_day_of_the_week_waits_for_the_first_day_of_one():
    shifts = shift("U1", "U2", by_day=["MO", "FR"], duration=DAY, start="2026-12-02T09:00:00")
    found, _ = read({**shifts, "rotation_start": "2026-12-02T09:00:00"})
    assert [serving(found, 2026, 12, day, 12) for day in (4, 7, 11, 14)] == [[], ["Ana"], ["Ana"], ["Bob"]]


def test_of_a_day_that_is_limited_to_some_days_turns_are_a_number_of_those():
    shifts = shift("U1", "U2", "U3", frequency="daily", interval=2, by_day=["MO", "TU", "WE", "TH", "FR"], duration=DAY)
    found, findings = read(shifts)
    assert findings == []
    days = [*range(5, 10), *range(12, 17), *range(19, 24)]
    assert [serving(found, 2026, 1, day, 12)[0] for day in days] == [
        *("Ana", "Ana", "Bob", "Bob", "Cyd"),
        *("Cyd", "Ana", "Ana", "Bob", "Bob"),
        *("Cyd", "Cyd", "Ana", "Ana", "Bob"),
    ]
    assert [serving(found, 2026, 1, day, 12) for day in (11, 18)] == [[], []]


def test_one_person_on_some_days_is_always_that_person():
    found = rotation("U1", frequency="daily", interval=3, by_day=["SA", "SU"], duration=DAY)
    assert found.participants == ("ana@example.org",)


def test_the_first_person_is_the_one_at_the_index():
    assert rotation("U1", "U2", "U3", start_rotation_from_user_index=2).participants == (
        "cyd@example.org",
        "ana@example.org",
        "bob@example.org",
    )


def test_turns_are_counted_from_the_start_and_nobody_serves_before_the_rotation_does():
    found, _ = read(shift("U1", "U2", "U3", rotation_start="2026-12-02T09:00:00"))
    # The turn of 30 November is number 47; it began before the rotation does, so it is no shift of this rotation.
    assert [serving(found, 2026, 12, day, 12) for day in (1, 6, 7, 14)] == [[], [], ["Ana"], ["Bob"]]


def test_on_the_web_a_shift_that_runs_when_the_rotation_starts_counts():
    found, _ = read(shift("U1", "U2", "U3", rotation_start="2026-12-02T09:00:00"), type="web", time_zone="UTC")
    assert [serving(found, 2026, 12, day, 12) for day in (1, 2, 6, 7)] == [[], ["Cyd"], ["Cyd"], ["Ana"]]


def test_a_shift_ends_with_the_last_that_begins_until_then():
    found = rotation("U1", "U2", until="2026-12-01T00:00:00")
    assert found.effective_until == datetime(2026, 12, 7, 8, tzinfo=UTC)


def test_on_the_web_a_shift_ends_at_once():
    found, _ = read(shift("U1", "U2", until="2026-12-01T00:00:00"), type="web", time_zone="UTC")
    assert found.rotations[0].effective_until == datetime(2026, 12, 1, tzinfo=UTC)


def test_until_for_ever_is_no_end():
    assert rotation("U1", until="9999-12-31T00:00:00").effective_until is None


@pytest.mark.parametrize(
    "fields",
    [{"until": "2026-11-10T00:00:00"}, {"until": "2026-11-10T00:00:00", "frequency": "hourly", "duration": 60}],
)
def test_a_shift_that_has_ended_is_left_out(fields):
    found, findings = read(shift("U1", **fields), shift("U2", id="O2"))
    assert [each.participants for each in found.rotations] == [("bob@example.org",)]
    assert findings == ["note LAYER_ENDED_SKIPPED Primary"]


def test_a_recurrent_event_is_the_same_people_each_time():
    event = shift(type="recurrent_event", users=["U1"], by_day=["SA"], duration=DAY)
    found, findings = read(event)
    assert (found.rotations[0].participants, findings) == (("ana@example.org",), [])
    assert [serving(found, 2026, 1, day, 12) for day in (9, 10, 17, 18)] == [[], ["Ana"], ["Ana"], []]


@pytest.mark.parametrize(
    "fields",
    [
        {"frequency": "monthly"},
        {"frequency": "hourly"},
        {"by_month": [1, 2]},
        {"by_monthday": [1]},
        {"interval": 2},
        {"interval": 2, "by_day": ["MO", "TU"], "duration": DAY},
        {"frequency": "daily", "interval": 2, "duration": DAY},
        {"frequency": "daily", "interval": 4000, "duration": 4000 * DAY},
        {"duration": 0},
        {"duration": 8 * DAY},
        {"by_day": ["MO", "TH"], "duration": 5 * DAY},
        {"frequency": "daily", "by_day": ["MO", "TU"], "duration": 2 * DAY},
    ],
)
def test_what_no_rotation_says_blocks_the_schedule(fields):
    arrival = with_shifts(shift("U1", "U2", **fields))
    assert told(arrival) == ["blocked ROTATION_UNSUPPORTED Primary"]
    assert settle(arrival).document.schedules == ()


def test_every_other_selected_day_blocks():
    event = shift(type="recurrent_event", users=["U1"], frequency="daily", interval=2, by_day=["MO"], duration=DAY)
    assert read(event)[1] == ["blocked ROTATION_UNSUPPORTED Primary"]


def test_everything_that_blocks_a_schedule_is_told():
    shifts = [shift("U1", frequency="hourly"), shift("U1", id="O2", by_month=[1])]
    assert read(*shifts)[1] == ["blocked ROTATION_UNSUPPORTED Primary"] * 2


def test_a_turn_of_nobody_blocks():
    assert read(shift("U1", []))[1] == ["blocked EMPTY_SLOT_UNSUPPORTED Primary"]


def test_a_shift_of_nobody_is_left_out():
    found, findings = read(shift())
    assert (found.rotations, findings) == ((), ["note EMPTY_SLOT_UNSUPPORTED Primary"])


def test_a_shift_whose_name_nobody_sees_is_called_by_its_id():
    assert rotation("U1", name=" \u200b").name == "O1"


def test_a_shift_that_the_bundle_does_not_hold_blocks():
    assert read(shift("U1"), shifts=["O1", "O9"])[1] == ["blocked TARGET_UNRESOLVED Primary"]


def test_the_time_zone_of_shifts_is_that_of_the_schedule():
    found, findings = read(
        shift("U1", time_zone="America/New_York"), shift("U2", id="O2", name="Other", time_zone="America/New_York")
    )
    assert (found.timezone, findings) == ("America/New_York", [])


def test_shifts_in_several_time_zones_block():
    shifts = [shift("U1", time_zone="America/New_York"), shift("U2", id="O2")]
    arrival = with_shifts(*shifts)
    assert told(arrival) == ["blocked LAYER_TIMEZONE Primary"]
    assert finding(arrival, "LAYER_TIMEZONE").was == ["America/New_York", "Europe/Madrid"]


def test_on_the_web_shifts_are_in_utc_whatever_the_schedule_is_shown_in():
    found, findings = read(shift("U1", "U2"), type="web", time_zone="Europe/Madrid")
    assert (found.timezone, found.rotations[0].handoff_time) == ("UTC", time(9))
    assert findings == ["note DST_DIFFERENCE Primary"]


def test_a_time_zone_that_nobody_knows_blocks():
    assert read(shift("U1"), time_zone="Mars/Olympus")[1] == ["blocked TIMEZONE_UNKNOWN Primary"]


@pytest.mark.parametrize(
    "fields",
    [
        {"start": "Monday"},
        {"start": "0001-01-01T00:00:00"},
        {"by_day": ["XX"]},
        {"duration": -1},
        {"rolling_users": "U1"},
        {"until": 7},
    ],
)
def test_what_is_no_answer_of_grafana_oncall_is_refused_with_its_place(fields):
    with pytest.raises(Unreadable) as refused:
        with_shifts(shift("U1", **fields))
    assert all("on_call_shifts-3.json#/results/0" in str(problem) for problem in refused.value.problems)
