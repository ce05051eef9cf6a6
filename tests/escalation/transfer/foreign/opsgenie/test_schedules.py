"""Schedules of Opsgenie have on call here whom they have there."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from escalation.transfer.document import Override, Rotation, Window
from escalation.transfer.findings import Subject
from escalation.transfer.reading.problems import Unreadable
from escalation.transfer.settling import settle
from tests.escalation.transfer.foreign.opsgenie.answers import (
    ANA,
    BOB,
    CYD,
    PAYMENTS,
    arrival_of,
    finding,
    one,
    page,
    rotation,
    schedule,
    serving,
    told,
    told_of_all,
    user,
)

JANUARY = datetime(2026, 1, 5, 8, tzinfo=UTC)
WORKDAYS = (1, 2, 3, 4, 5)


def read(*rotations, pages=(), **fields):
    """Return the only schedule, and what was found."""
    arrival = arrival_of(page("schedules", schedule(*rotations, **fields)), *pages)
    (found,) = arrival.document.schedules or [None]
    return found, told(arrival)


def restricted(*restrictions, **fields):
    """Return the windows of a rotation with these restrictions, by weekday and time of day."""
    limits = {"type": "weekday-and-time-of-day", "restrictions": list(restrictions), **fields}
    found, findings = read(rotation(user(ANA), timeRestriction=limits))
    assert findings == []
    return found.rotations[0].restrictions


def week(start_day, start, end_day, end):
    """Return a restriction from a day and an hour to another."""
    return {"startDay": start_day, "startHour": start, "startMin": 0, "endDay": end_day, "endHour": end, "endMin": 30}


def test_a_schedule_has_its_rotations_in_its_own_time_zone():
    arrival = arrival_of(page("schedules", schedule(rotation(user(ANA), user(BOB)), description="Who pays.")))
    (found,) = arrival.document.schedules
    assert (found.name, found.description, found.timezone, found.paging_mode) == (
        "Payments_schedule",
        "Who pays.",
        "Europe/Madrid",
        "all",
    )
    assert found.rotations == (
        Rotation(
            name="Weekly",
            rotation_type="weekly",
            rotation_length_days=7,
            handoff_time=time(9),
            effective_from=JANUARY,
            effective_until=None,
            participants=("ana@example.org", "bob@example.org"),
            restrictions=(),
        ),
    )
    assert arrival.refs[Subject("schedules", found.key)] == ("opsgenie", "acme", "schedule", "sch-1")
    assert told(arrival) == told_of_all(arrival) == []


@pytest.mark.parametrize(
    ("kind", "length", "said", "days"),
    [
        ("daily", 1, "daily", 1),
        ("daily", 3, "custom", 3),
        ("daily", 7, "weekly", 7),
        ("weekly", 2, "custom", 14),
        ("hourly", 24, "daily", 1),
        ("hourly", 72, "custom", 3),
    ],
)
def test_turns_last_whole_days(kind, length, said, days):
    found, findings = read(rotation(user(ANA), user(BOB), type=kind, length=length))
    assert (found.rotations[0].rotation_type, found.rotations[0].rotation_length_days) == (said, days)
    assert findings == (["note DST_DIFFERENCE Payments_schedule"] if kind == "hourly" else [])


def test_a_length_that_is_not_said_is_one():
    found, _ = read({**rotation(user(ANA), user(BOB)), "length": None})
    assert found.rotations[0].rotation_length_days == 7


@pytest.mark.parametrize("hours", [8, 12, 36])
def test_turns_of_hours_block_and_say_how_to_do_without(hours):
    arrival = arrival_of(page("schedules", schedule(rotation(user(ANA), user(BOB), type="hourly", length=hours))))
    assert settle(arrival).document.schedules == ()
    found = finding(arrival, "ROTATION_SUBDAY")
    assert (found.severity, found.was, len(found.now)) == ("blocked", hours, 24 // hours)


def test_a_turn_of_nobody_blocks_the_schedule():
    assert read(rotation(user(ANA), {"type": "none"}))[1] == ["blocked EMPTY_SLOT_UNSUPPORTED Payments_schedule"]


def test_an_escalation_that_takes_turns_blocks_the_schedule():
    participant = {"type": "escalation", "id": "esc-1", "name": "Payments_escalation"}
    assert read(rotation(user(ANA), participant))[1] == ["blocked ROTATION_UNSUPPORTED Payments_schedule"]


def test_everything_that_blocks_a_schedule_is_told():
    rotations = [rotation({"type": "none"}), rotation(user(ANA), user(BOB), type="hourly", length=8)]
    assert read(*rotations)[1] == [
        "blocked EMPTY_SLOT_UNSUPPORTED Payments_schedule",
        "blocked ROTATION_SUBDAY Payments_schedule",
    ]


def test_a_team_that_takes_a_turn_serves_together():
    members = one(
        "team", "team-1", name="Payments", members=[{"user": user(BOB)}, {"user": user(CYD), "role": "admin"}]
    )
    found, findings = read(rotation(user(ANA), {"type": "team", **PAYMENTS}), pages=[members])
    assert [each.name for each in found.rotations] == ["Weekly", "Weekly (2)"]
    assert serving(found, 2026, 12, 1) == ["Bob", "Cyd"]
    assert serving(found, 2026, 12, 8) == ["Ana"]
    assert findings == ["lossy TEAM_EXPANDED Payments_schedule"]


def test_all_rotations_of_a_schedule_are_on_call_together():
    found, _ = read(rotation(user(ANA)), rotation(user(BOB), id="rot-2", name="WEEKLY"))
    assert [each.name for each in found.rotations] == ["Weekly", "WEEKLY (2)"]
    assert serving(found, 2026, 12, 1) == ["Ana", "Bob"]


def test_a_rotation_that_has_ended_is_left_out():
    ended = rotation(user(BOB), id="rot-2", endDate="2026-11-25T08:00:00Z")
    ending = rotation(user(CYD), id="rot-3", name="Ending", endDate="2026-11-30T08:00:00Z")
    found, findings = read(rotation(user(ANA)), ended, ending)
    assert [(each.name, each.effective_until) for each in found.rotations] == [
        ("Weekly", None),
        ("Ending", datetime(2026, 11, 30, 8, tzinfo=UTC)),
    ]
    assert findings == ["note LAYER_ENDED_SKIPPED Payments_schedule"]


def test_what_could_not_be_said_of_a_rotation_that_has_ended_does_not_matter():
    ended = rotation({"type": "none"}, id="rot-2", type="hourly", length=8, endDate="2026-11-25T08:00:00Z")
    found, findings = read(rotation(user(ANA)), ended)
    assert (len(found.rotations), findings) == (1, ["note LAYER_ENDED_SKIPPED Payments_schedule"])


def test_a_rotation_that_is_switched_off_is_left_out():
    found, findings = read(rotation(user(ANA), enabled=False), rotation(user(BOB), id="rot-2"))
    assert serving(found, 2026, 12, 1) == ["Bob"]
    assert findings == ["note LAYER_ENDED_SKIPPED Payments_schedule"]


def test_a_rotation_of_nobody_is_left_out():
    found, findings = read(rotation())
    assert found.rotations == ()
    assert findings == ["note EMPTY_SLOT_UNSUPPORTED Payments_schedule"]


def test_a_rotation_whose_name_nobody_sees_is_called_by_its_id():
    found, _ = read(rotation(user(ANA), name=" \u200b"), rotation(user(BOB), name="", id=""))
    assert [each.name for each in found.rotations] == ["rot-1", "Rotation"]


def test_a_schedule_that_is_switched_off_is_on_call_here():
    found, findings = read(rotation(user(ANA)), enabled=False)
    assert serving(found, 2026, 12, 1) == ["Ana"]
    assert findings == ["lossy SCHEDULE_DISABLED Payments_schedule"]


def test_a_time_zone_that_nobody_knows_blocks():
    assert read(rotation(user(ANA)), timezone="Mars/Olympus")[1] == ["blocked TIMEZONE_UNKNOWN Payments_schedule"]


@pytest.mark.parametrize("field", ["restriction", "restrictions"])
def test_a_time_of_the_day_is_a_window_of_every_day(field):
    night = {"startHour": 20, "startMin": 30, "endHour": 8, "endMin": 0}
    limits = {"type": "time-of-day", field: night if field == "restriction" else [night]}
    found, _ = read(rotation(user(ANA), timeRestriction=limits))
    assert found.rotations[0].restrictions == (Window(days=(1, 2, 3, 4, 5, 6, 7), start=time(20, 30), end=time(8)),)


def test_a_time_of_the_day_that_ends_where_it_begins_is_no_restriction():
    night = {"startHour": 8, "startMin": 0, "endHour": 8, "endMin": 0}
    found, _ = read(rotation(user(ANA), timeRestriction={"type": "time-of-day", "restriction": night}))
    assert found.rotations[0].restrictions == ()


def test_times_of_the_week_are_windows_and_may_last_days():
    assert restricted(week("monday", 9, "monday", 18), week("Tuesday", 9, "tuesday", 18)) == (
        Window(days=(1, 2), start=time(9), end=time(18, 30)),
    )
    assert restricted(week("friday", 18, "monday", 8)) == (
        Window(days=(1,), start=time(0), end=time(8, 30)),
        Window(days=(5,), start=time(18), end=time(0)),
        Window(days=(6, 7), start=time(0), end=time(0)),
    )


def test_times_of_the_week_that_overlap_are_one():
    assert restricted(week("monday", 9, "monday", 12), week("monday", 11, "monday", 18)) == (
        Window(days=(1,), start=time(9), end=time(18, 30)),
    )


def test_restrictions_of_which_there_are_none_are_none():
    assert restricted() == ()


@pytest.mark.parametrize(
    "limits",
    [
        {"type": "time-of-year"},
        {"type": "time-of-day", "restriction": {"startHour": 25, "endHour": 8}},
        {"type": "weekday-and-time-of-day", "restrictions": [{"startDay": "someday", "startHour": 1}]},
    ],
)
def test_a_restriction_that_says_no_time_is_refused(limits):
    with pytest.raises(Unreadable):
        read(rotation(user(ANA), timeRestriction=limits))


def override(person, start, end, *rotations, **fields):
    """Return an override from one day to another of December 2026."""
    return {
        "alias": "o-1",
        "user": person,
        "startDate": f"2026-12-{start:02}T08:00:00Z",
        "endDate": f"2026-12-{end:02}T08:00:00Z",
        "rotations": [{"id": each, "name": "Some"} for each in rotations],
        **fields,
    }


TWO = (rotation(user(ANA)), rotation(user(BOB), id="rot-2", name="Second"))


def test_an_override_without_rotations_replaces_everybody():
    found, findings = read(*TWO, pages=[page("overrides", override(user(CYD), 1, 2), of="sch-1")])
    assert [(each.user, each.starts_at.day, each.ends_at.day, each.rotation) for each in found.overrides] == [
        ("cyd@example.org", 1, 2, "Weekly"),
        ("cyd@example.org", 1, 2, "Second"),
    ]
    assert serving(found, 2026, 12, 1, 12) == ["Cyd"]
    assert findings == []


def test_an_override_of_rotations_replaces_those():
    found, _ = read(*TWO, pages=[page("overrides", override(user(CYD), 1, 2, "rot-2"), of="sch-1")])
    assert serving(found, 2026, 12, 1, 12) == ["Ana", "Cyd"]


def test_an_override_counts_outside_of_restrictions_too():
    night = {"type": "time-of-day", "restriction": {"startHour": 20, "endHour": 8}}
    limited = rotation(user(ANA), timeRestriction=night)
    found, _ = read(limited, pages=[page("overrides", override(user(CYD), 1, 2), of="sch-1")])
    assert serving(found, 2026, 12, 1, 12) == ["Cyd"]


def test_an_override_of_a_schedule_without_rotations_serves_alone():
    found, _ = read(pages=[page("overrides", override(user(CYD), 1, 2), of="sch-1")])
    assert found.overrides[0].rotation is None
    assert serving(found, 2026, 12, 1, 12) == ["Cyd"]


def test_in_jira_an_override_has_a_responder_and_ids_of_rotations():
    jira = {**override(None, 1, 2), "responder": {"type": "user", "id": "u-3"}, "rotationIds": ["rot-1"]}
    found, _ = read(*TWO, pages=[("overrides", {"values": [jira]}, "sch-1")])
    assert [(each.user, each.rotation) for each in found.overrides] == [("cyd@example.org", "Weekly")]


@pytest.mark.parametrize("nobody", [{"type": "none"}, None, {"type": "team", **PAYMENTS}])
def test_an_override_by_nobody_is_left_out(nobody):
    found, findings = read(*TWO, pages=[page("overrides", override(nobody, 1, 2), of="sch-1")])
    assert serving(found, 2026, 12, 1, 12) == ["Ana", "Bob"]
    assert findings == ["lossy OVERRIDE_UNSUPPORTED Payments_schedule"]


def test_overrides_that_are_over_are_left_out():
    gone = {"type": "user", "id": "u-9", "username": "eve@example.org"}
    past = {"startDate": "2026-11-20T08:00:00Z", "endDate": "2026-11-25T08:00:00Z"}
    overrides = page("overrides", override(gone, 1, 2, **past), override({"type": "none"}, 1, 2, **past), of="sch-1")
    found, findings = read(*TWO, pages=[overrides])
    assert found.overrides == ()
    assert findings == ["note OVERRIDE_PAST_SKIPPED Payments_schedule"]


def test_an_override_of_a_rotation_that_is_left_out_is_left_out_too():
    found, findings = read(
        rotation(user(ANA), endDate="2026-11-01T00:00:00Z"),
        pages=[page("overrides", override(user(CYD), 1, 2, "rot-1"), of="sch-1")],
    )
    assert found.overrides == ()
    assert findings == ["note LAYER_ENDED_SKIPPED Payments_schedule", "note OVERRIDE_UNSUPPORTED Payments_schedule"]


def test_of_two_overrides_for_one_time_the_later_of_the_list_counts():
    overrides = page("overrides", override(user(BOB), 1, 4), override(user(CYD), 2, 3), of="sch-1")
    found, findings = read(rotation(user(ANA)), pages=[overrides])
    assert [serving(found, 2026, 12, day, 12) for day in (1, 2, 3, 4)] == [["Bob"], ["Cyd"], ["Bob"], ["Ana"]]
    assert findings == ["lossy OVERRIDE_UNSUPPORTED Payments_schedule"]


def test_an_override_is_an_override():
    found, _ = read(rotation(user(ANA)), pages=[page("overrides", override(user(CYD), 1, 2), of="sch-1")])
    assert found.overrides == (
        Override(
            user="cyd@example.org",
            starts_at=datetime(2026, 12, 1, 8, tzinfo=UTC),
            ends_at=datetime(2026, 12, 2, 8, tzinfo=UTC),
            rotation="Weekly",
        ),
    )
