"""Schedules of Grafana OnCall have on call here whom they have there: by levels, overrides, swaps and calendars."""

from __future__ import annotations

from datetime import UTC, datetime

from escalation.transfer.document import Override
from tests.escalation.transfer.foreign.grafana.answers import (
    ANA,
    BOB,
    CYD,
    arrival_of,
    final,
    finding,
    page,
    schedule,
    serving,
    shift,
    told,
    told_of_all,
    with_shifts,
)

DAY = 86400
WORKDAYS = {"by_day": ["MO", "TU", "WE", "TH", "FR"], "duration": 8 * 3600}
NIGHTS = {"by_day": ["MO", "TU", "WE", "TH", "FR"], "duration": 16 * 3600, "start": "2026-01-05T17:00:00"}


def read(*shifts, **fields):
    """Return the only schedule of these shifts, and what was found."""
    arrival = with_shifts(*shifts, **fields)
    (found,) = arrival.document.schedules
    return found, told(arrival)


def other(*users, **fields):
    """Return another shift."""
    return shift(*users, **{"id": "O2", "name": "Other", **fields})


def test_on_one_level_all_serve_together():
    found, findings = read(shift("U1"), other("U2"))
    assert (found.paging_mode, findings) == ("all", [])
    assert serving(found, 2026, 12, 1) == ["Ana", "Bob"]


def test_a_group_serves_together():
    found, findings = read(shift(["U1", "U2"], "U3"))
    assert (found.paging_mode, findings) == ("all", [])
    assert [each.name for each in found.rotations] == ["Weekly", "Weekly (2)"]
    assert serving(found, 2026, 12, 1) == ["Cyd"]
    assert serving(found, 2026, 12, 8) == ["Ana", "Bob"]


def test_a_higher_level_hides_a_lower_one_while_it_has_somebody():
    found, findings = read(shift("U1", level=1), other("U2", level=2, **WORKDAYS))
    assert (found.paging_mode, findings) == ("first", [])
    assert [each.name for each in found.rotations] == ["Other", "Weekly"]
    assert [serving(found, 2026, 12, 1, hour) for hour in (3, 12)] == [["Ana"], ["Bob"]]


def test_levels_that_are_never_on_call_together_hide_nothing():
    found, findings = read(shift("U1", level=1, **WORKDAYS), other(["U2", "U3"], level=2, **NIGHTS))
    assert (found.paging_mode, findings) == ("all", [])
    assert [serving(found, 2026, 12, 1, hour) for hour in (12, 20)] == [["Ana"], ["Bob", "Cyd"]]


def test_shifts_of_a_level_that_are_never_on_call_together_are_the_same_one_after_the_other():
    third = other("U3", id="O3", name="Below", level=0)
    found, findings = read(shift("U1", **WORKDAYS), other("U2", **NIGHTS), third)
    assert (found.paging_mode, findings) == ("first", [])
    assert [serving(found, 2026, 12, day, hour) for day, hour in [(1, 12), (1, 20), (5, 20)]] == [
        ["Ana"],
        ["Bob"],
        ["Cyd"],
    ]


def test_shifts_of_a_level_that_are_on_call_together_above_another_are_told():
    found, findings = read(shift("U1", level=2, **WORKDAYS), other("U2", level=2), other("U3", id="O3", level=1))
    assert findings == ["lossy PRECEDENCE_FLATTENED Primary"]
    assert serving(found, 2026, 12, 1, 12) == ["Ana"]


def test_a_night_before_monday_is_together_with_monday_morning():
    sunday = other("U2", level=2, by_day=["SU"], start="2026-01-04T20:00:00", duration=12 * 3600)
    monday = shift("U1", level=1, by_day=["MO"], start="2026-01-05T06:00:00", duration=8 * 3600)
    found, findings = read(sunday, monday)
    assert (found.paging_mode, findings) == ("first", [])
    assert [serving(found, 2026, 12, 7, hour) for hour in (4, 6, 8)] == [["Bob"], ["Bob"], ["Ana"]]


def test_shifts_of_a_level_that_come_one_after_the_other_are_not_together():
    ending = shift("U1", level=2, until="2026-12-01T00:00:00")
    beginning = other("U2", level=2, start="2026-12-07T09:00:00", rotation_start="2026-12-07T09:00:00")
    assert read(ending, beginning, other("U3", id="O3", level=1))[1] == []


def test_a_group_above_another_level_is_told():
    found, findings = read(shift(["U1", "U2"], level=2, **WORKDAYS), other("U3", level=1))
    assert findings == ["lossy MULTI_ONCALL_UNSUPPORTED Primary"]
    assert serving(found, 2026, 12, 1, 12) == ["Ana"]


def override(*users, **fields):
    """Return an override of a day, from 1 December 2026, 09:00."""
    made = {
        "id": "O8",
        "name": "Day off",
        "type": "override",
        "time_zone": "Europe/Madrid",
        "start": "2026-12-01T09:00:00",
        "rotation_start": "2026-12-01T09:00:00",
        "duration": DAY,
        "users": list(users),
    }
    return {**made, **fields}


def test_an_override_is_on_call_alone():
    found, findings = read(shift("U1"), other("U2"), override("U3"))
    assert findings == []
    assert [serving(found, 2026, 12, *at) for at in [(1, 7), (1, 8), (2, 7), (2, 8)]] == [
        ["Ana", "Bob"],
        ["Cyd"],
        ["Cyd"],
        ["Ana", "Bob"],
    ]


def test_an_override_hides_all_levels():
    found, _ = read(shift("U1", level=1), other("U2", level=2, **WORKDAYS), override("U3"))
    assert [serving(found, 2026, 12, 1, hour) for hour in (12, 20)] == [["Cyd"], ["Cyd"]]
    assert [each.rotation for each in found.overrides] == ["Other"]


def test_several_people_override_together_as_far_as_there_are_rotations():
    assert serving(read(shift("U1"), other("U1"), override("U2", "U3"))[0], 2026, 12, 1, 12) == ["Bob", "Cyd"]
    found, findings = read(shift("U1"), override("U2", "U3"))
    assert serving(found, 2026, 12, 1, 12) == ["Bob"]
    assert findings == ["lossy MULTI_ONCALL_UNSUPPORTED Primary"]


def test_an_override_without_a_time_zone_is_in_utc():
    found, _ = read(shift("U1"), override("U3", time_zone=None))
    assert found.overrides == (
        Override(
            user="cyd@example.org",
            starts_at=datetime(2026, 12, 1, 9, tzinfo=UTC),
            ends_at=datetime(2026, 12, 2, 9, tzinfo=UTC),
            rotation="Weekly",
        ),
    )


def test_an_override_of_which_the_api_does_not_tell_whose_it_is_is_whoever_serves_just_then():
    computed = final(
        (ANA, "2026-11-30T08:00:00Z", "2026-12-01T08:00:00Z"), (CYD, "2026-12-01T08:00:00Z", "2026-12-02T08:00:00Z")
    )
    found, findings = read(shift("U1"), override(), pages=[computed])
    assert (serving(found, 2026, 12, 1, 12), findings) == (["Cyd"], [])


def test_an_override_of_nobody_is_left_out():
    found, findings = read(shift("U1"), override())
    assert serving(found, 2026, 12, 1, 12) == ["Ana"]
    assert findings == ["lossy OVERRIDE_UNSUPPORTED Primary"]


def test_overrides_that_are_over_are_left_out():
    found, findings = read(shift("U1"), override("U9", start="2026-11-20T09:00:00"), override("U3", id="O9"))
    assert [each.user for each in found.overrides] == ["cyd@example.org"]
    assert findings == ["note OVERRIDE_PAST_SKIPPED Primary"]


def event(*users, level, **fields):
    """Return an event of a day that comes once, on 1 December 2026, in the time zone of its schedule."""
    return override(*users, type="single_event", level=level, time_zone=None, name="Once", **fields)


def test_an_event_above_all_levels_is_an_override():
    found, findings = read(shift("U1", level=1), event("U3", level=2))
    assert ([each.name for each in found.rotations], findings) == (["Weekly"], [])
    assert [serving(found, 2026, 12, *at) for at in [(1, 7), (1, 8), (2, 8)]] == [["Ana"], ["Cyd"], ["Ana"]]


def test_an_event_on_a_level_is_a_rotation_of_one_turn():
    found, findings = read(shift("U1", level=1), event("U2", "U3", level=1))
    assert findings == []
    assert [serving(found, 2026, 12, *at) for at in [(1, 7), (1, 8), (2, 8)]] == [
        ["Ana"],
        ["Ana", "Bob", "Cyd"],
        ["Ana"],
    ]


def test_an_event_below_a_level_is_hidden_by_it():
    found, findings = read(shift("U1", level=2, **WORKDAYS), event("U2", level=0))
    assert findings == []
    assert [serving(found, 2026, 12, 1, hour) for hour in (12, 20)] == [["Ana"], ["Bob"]]


def test_turns_without_a_frequency_come_once():
    found, findings = read(
        shift("U1", level=1), other("U3", level=2, frequency=None, start="2026-12-01T09:00:00", duration=DAY)
    )
    assert findings == []
    assert serving(found, 2026, 12, 1, 12) == ["Cyd"]


def test_overrides_that_are_elsewhere_are_told():
    assert read(shift("U1"), ical_url_overrides="https://example.org/x.ics")[1] == ["lossy ICAL_FLATTENED Primary"]
    assert read(shift("U1"), enable_web_overrides=True)[1] == ["lossy OVERRIDE_UNSUPPORTED Primary"]


def test_a_shift_that_is_in_no_schedule_is_told():
    arrival = with_shifts(shift("U1"), other("U2"), shifts=["O1"])
    assert told_of_all(arrival) == ["note ROTATION_UNSUPPORTED"]


def swap(**fields):
    """Return a swap by which Cyd serves instead of Ana for some days of December 2026."""
    made = {
        "id": "SSR1",
        "created_at": "2026-11-01T00:00:00Z",
        "schedule": "S1",
        "swap_start": "2026-12-05T00:00:00Z",
        "swap_end": "2026-12-09T00:00:00Z",
        "beneficiary": "U1",
        "benefactor": "U3",
        "status": "taken",
    }
    return {**made, **fields}


def swapped(*swaps):
    """Return the schedule of Ana and Bob with these swaps, and what was found."""
    return read(shift("U1", "U2"), pages=[page("shift_swaps", *swaps)])


def test_a_swap_that_is_taken_is_overrides():
    found, findings = swapped(swap())
    assert findings == []
    assert [serving(found, 2026, 12, day, 12) for day in (4, 6, 7, 8, 9)] == [
        ["Bob"],
        ["Bob"],
        ["Cyd"],
        ["Cyd"],
        ["Ana"],
    ]


def test_a_swap_may_name_people_in_full():
    found, _ = swapped(swap(beneficiary={"pk": "U1", "email": "x"}, benefactor={"pk": "U3"}))
    assert serving(found, 2026, 12, 8, 12) == ["Cyd"]


def test_a_swap_of_a_swap_is_one_more():
    later = swap(id="SSR2", created_at="2026-11-02T00:00:00Z", beneficiary="U3", benefactor="U2")
    found, _ = swapped(later, swap())
    assert serving(found, 2026, 12, 8, 12) == ["Bob"]


def test_a_swap_that_nobody_has_taken_is_told_and_one_that_is_over_is_nothing():
    past = swap(id="SSR2", swap_start="2026-11-01T00:00:00Z", swap_end="2026-11-02T00:00:00Z")
    found, findings = swapped(swap(benefactor=None, status="open"), past)
    assert (found.overrides, findings) == ((), ["note OVERRIDE_UNSUPPORTED Primary"])


CALENDAR = schedule(type="ical", time_zone=None, ical_url_primary="https://example.org/a.ics", shifts=None)


def test_a_calendar_is_the_overrides_of_the_weeks_to_come():
    computed = final(
        (ANA, "2026-11-20T08:00:00Z", "2026-11-25T08:00:00Z"),
        (BOB, "2026-11-25T08:00:00Z", "2026-12-02T08:00:00Z"),
        (CYD, "2026-12-02T08:00:00Z", "2026-12-09T08:00:00Z"),
    )
    arrival = arrival_of(page("schedules", CALENDAR), computed)
    (found,) = arrival.document.schedules
    assert (found.timezone, found.rotations) == ("UTC", ())
    assert [serving(found, 2026, *at) for at in [(11, 24), (11, 26), (12, 3), (12, 10)]] == [[], ["Bob"], ["Cyd"], []]
    assert told(arrival) == ["lossy ICAL_FLATTENED Primary"]
    assert (finding(arrival, "ICAL_FLATTENED").was, finding(arrival, "ICAL_FLATTENED").now) == (
        2,
        "2026-12-09T08:00:00+00:00",
    )


def test_of_several_people_in_a_calendar_the_first_serves():
    computed = final(
        (ANA, "2026-12-01T08:00:00Z", "2026-12-03T08:00:00Z"),
        (BOB, "2026-12-02T08:00:00Z", "2026-12-04T08:00:00Z"),
        (BOB, "2026-12-03T20:00:00Z", "2026-12-05T08:00:00Z"),
    )
    arrival = arrival_of(page("schedules", CALENDAR), computed)
    (found,) = arrival.document.schedules
    assert [serving(found, 2026, 12, day, 12) for day in (1, 2, 3, 4, 5)] == [["Ana"], ["Ana"], ["Bob"], ["Bob"], []]
    assert told(arrival) == ["lossy ICAL_FLATTENED Primary", "lossy MULTI_ONCALL_UNSUPPORTED Primary"]
