"""Schedules of PagerDuty that are made of shifts."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from escalation.transfer.document import ScheduleTarget, Window
from escalation.transfer.findings import Code
from tests.escalation.transfer.foreign.on_call import differing_minutes
from tests.escalation.transfer.foreign.pagerduty.answers import (
    ANA,
    BOB,
    CYD,
    only,
    policy,
    read,
    rule,
    to_schedule,
    told,
)
from tests.escalation.transfer.foreign.pagerduty.shift_answers import (
    assignment,
    custom_shifts,
    event,
    everybody,
    rotation,
    shifts,
    stand_in,
    stand_ins,
    zoned,
)

WORKDAYS = (1, 2, 3, 4, 5)
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
DAYTIME = {"start": "2026-01-05T09:00:00+01:00", "end": "2026-01-05T17:00:00+01:00"}


def read_schedule(*events, pages=(), **fields):
    """Return what is read of a schedule of one rotation, and the arrival."""
    arrival = read(shifts(rotation(*events), **fields), *pages)
    return only(arrival.document.schedules), arrival


def read_event(*users, **fields):
    """Return the only rotation of an event, and the arrival."""
    found, arrival = read_schedule(event(*users, **fields))
    return only(found.rotations), arrival


def blocked(*users, **fields):
    """Return the code and the reason for which an event is blocked."""
    arrival = read(shifts(rotation(event(*users, **fields))))
    assert arrival.document.schedules == ()
    ((severity, code, was, _),) = told(arrival)
    assert severity == "blocked"
    return code, was


def instant(text):
    """Return an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_schedule_of_shifts_is_one_in_which_all_rotations_are_on_call():
    found, arrival = read_schedule(event(ANA, BOB), description="Sun", teams=[{"summary": "Ops"}])
    assert (found.key, found.name, found.description) == ("follow-the-sun", "Follow the sun", "Sun")
    assert (found.timezone, found.paging_mode) == ("Europe/Madrid", "all")
    assert told(arrival) == [("note", "SERVICE_SETTING_NOT_IMPORTED", ["Ops"], None)]


def test_a_policy_may_page_it():
    arrival = read(shifts(rotation(event(ANA))), policy(rule(to_schedule("PSCH003", "schedule_v3_reference"))))
    assert only(only(arrival.document.policies).layers).target == ScheduleTarget(schedule="follow-the-sun")


def test_a_schedule_that_is_listed_and_was_not_fetched_is_blocked():
    arrival = read(
        shifts(rotation(event(ANA))),
        ("schedules_v3", {"schedules": [{"id": "PSCH003", "summary": "Sun"}, {"id": "PSCH004", "summary": "Lost"}]}),
    )
    assert [(each.name, each.code) for each in arrival.findings] == [("Lost", Code.TARGET_UNRESOLVED)]


@pytest.mark.parametrize(
    ("end", "recurrence", "members_shifts", "kind", "days"),
    [
        ("2026-01-12T09:00:00+01:00", "FREQ=WEEKLY", 1, "weekly", 7),
        ("2026-01-12T09:00:00+01:00", "FREQ=WEEKLY;WKST=SU", 2, "custom", 14),
        ("2026-01-19T09:00:00+01:00", "FREQ=WEEKLY;INTERVAL=2", 1, "custom", 14),
        ("2026-01-06T09:00:00+01:00", "FREQ=DAILY", 1, "daily", 1),
        ("2026-01-06T09:00:00+01:00", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", 1, "daily", 1),
        ("2026-01-06T09:00:00+01:00", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR,SA,SU", 7, "weekly", 7),
        ("2026-01-08T09:00:00+01:00", "FREQ=DAILY;INTERVAL=3", 1, "custom", 3),
        ("2026-01-08T09:00:00+01:00", "FREQ=DAILY;INTERVAL=3", 2, "custom", 6),
    ],
)
def test_shifts_that_fill_their_period_are_turns_without_windows(end, recurrence, members_shifts, kind, days):
    found, arrival = read_event(ANA, BOB, end=end, rule=recurrence, shifts=members_shifts)
    assert (found.rotation_type, found.rotation_length_days, found.restrictions) == (kind, days, ())
    assert (found.handoff_time, found.effective_from) == (time(9), instant("2026-01-05T08:00"))
    assert told(arrival) == []


@pytest.mark.parametrize(
    ("fields", "days", "windows"),
    [
        ({**DAYTIME, "rule": "FREQ=DAILY"}, 1, [Window(days=EVERY_DAY, start=time(9), end=time(17))]),
        (
            {**DAYTIME, "rule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "shifts": 5},
            7,
            [Window(days=WORKDAYS, start=time(9), end=time(17))],
        ),
        (
            {**DAYTIME, "rule": "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "shifts": 10},
            14,
            [Window(days=WORKDAYS, start=time(9), end=time(17))],
        ),
        (
            {"start": "2026-01-09T17:00:00+01:00", "end": "2026-01-12T08:00:00+01:00"},
            7,
            [
                Window(days=(1,), start=time(0), end=time(8)),
                Window(days=(5,), start=time(17), end=time(0)),
                Window(days=(6, 7), start=time(0), end=time(0)),
            ],
        ),
    ],
)
def test_shifts_shorter_than_their_period_are_restricted(fields, days, windows):
    found, arrival = read_event(ANA, BOB, **fields)
    assert (found.rotation_length_days, list(found.restrictions)) == (days, windows)
    assert told(arrival) == []


def test_the_first_shift_is_on_the_first_of_its_days():
    found, _ = read_event(
        ANA,
        BOB,
        start="2026-01-06T09:00:00+01:00",
        end="2026-01-06T17:00:00+01:00",
        rule="FREQ=WEEKLY;BYDAY=MO,FR",
        shifts=2,
    )
    assert found.effective_from == instant("2026-01-09T08:00")
    assert found.participants[0] == "ana@example.org"


def test_shifts_are_counted_from_the_first_whenever_the_event_takes_effect():
    found, _ = read_event(ANA, BOB, CYD, effective_since="2026-01-19T08:00:00Z")
    assert found.effective_from == instant("2026-01-19T08:00")
    assert found.participants == ("cyd@example.org", "ana@example.org", "bob@example.org")


def test_events_that_are_over_are_left_out_whatever_is_in_them():
    found, arrival = read_schedule(
        event(ANA, None, rule="FREQ=MONTHLY", effective_until="2026-11-01T00:00:00Z"), event(BOB, name="Now")
    )
    assert [each.name for each in found.rotations] == ["Now"]
    assert [each[:2] for each in told(arrival)] == [("note", "LAYER_ENDED_SKIPPED")]


def test_an_event_that_will_end_ends():
    assert read_event(ANA, effective_until="2026-12-25T08:00:00Z")[0].effective_until == instant("2026-12-25T08:00")


def test_names_are_those_of_events_or_else_of_rotations():
    found = read(
        shifts(rotation(event(ANA, name=None), name="Days"), rotation(event(ANA, name=None), identifier="ROT2"))
    )
    assert [each.name for each in only(found.document.schedules).rotations] == ["Days", "Rotation 2"]


@pytest.mark.parametrize(
    "recurrence",
    [
        "FREQ=MONTHLY",
        "FREQ=HOURLY",
        "FREQ=WEEKLY;COUNT=3",
        "FREQ=WEEKLY;UNTIL=20270101T000000Z",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=WEEKLY;INTERVAL=x",
        "FREQ=DAILY;INTERVAL=2;BYDAY=MO",
        "FREQ=WEEKLY;INTERVAL=2",
        "FREQ=DAILY",
        "",
    ],
)
def test_what_recurs_otherwise_is_blocked(recurrence):
    assert blocked(ANA, BOB, rule=recurrence) == ("RRULE_UNSUPPORTED", [f"RRULE:{recurrence}"])


@pytest.mark.parametrize(
    "lines", [[], ["RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"], ["RRULE:FREQ=WEEKLY", "DTSTART:20260105T090000"]]
)
def test_not_just_one_rule_is_blocked(lines):
    assert blocked(ANA, recurrence=lines) == ("RRULE_UNSUPPORTED", lines)


def test_handing_over_within_a_period_is_blocked():
    assert blocked(ANA, BOB, **DAYTIME, rule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR") == ("RRULE_UNSUPPORTED", 1)


def test_a_single_member_never_hands_over():
    found, arrival = read_event(ANA, **DAYTIME, rule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR")
    assert found.restrictions == (Window(days=WORKDAYS, start=time(9), end=time(17)),)
    assert told(arrival) == []


def test_shifts_that_overlap_are_blocked():
    assert blocked(ANA, end="2026-01-07T09:00:00+01:00", rule="FREQ=WEEKLY;BYDAY=MO,TU")[0] == "RRULE_UNSUPPORTED"


def test_dates_left_out_or_added_move_the_turns_after_them_and_are_blocked():
    lines = ["RRULE:FREQ=WEEKLY", "EXDATE:20261221T080000Z"]
    assert blocked(ANA, BOB, recurrence=lines) == ("RRULE_UNSUPPORTED", lines[1:])


@pytest.mark.parametrize("line", ["EXDATE:20261221T080000Z", "RDATE;TZID=Europe/Madrid:20261221T080000"])
def test_dates_left_out_or_added_of_a_single_member_are_lost(line):
    found, arrival = read_event(ANA, recurrence=["RRULE:FREQ=WEEKLY", line])
    assert found.participants == ("ana@example.org",)
    assert told(arrival) == [("lossy", "RRULE_UNSUPPORTED", [line], None)]


def test_a_turn_of_nobody_is_blocked():
    assert blocked(ANA, None, BOB) == ("EMPTY_SLOT_UNSUPPORTED", 1)


def test_an_event_of_nobody_is_left_out_with_a_note():
    found, arrival = read_schedule(event(None))
    assert found.rotations == ()
    assert [each[:2] for each in told(arrival)] == [("note", "EMPTY_SLOT_UNSUPPORTED")]


def test_several_at_once_have_a_rotation_each():
    found, arrival = read_schedule(event(assignment_strategy=everybody(ANA, None, BOB)))
    assert [(each.name, each.participants) for each in found.rotations] == [
        ("Weekly", ("ana@example.org",)),
        ("Weekly (2)", ("bob@example.org",)),
    ]
    assert told(arrival) == [("note", "MULTI_ONCALL_UNSUPPORTED", ["ana@example.org", "bob@example.org"], None)]


def test_another_way_of_assigning_shifts_is_blocked():
    assert blocked(assignment_strategy={"type": "fair_member_assignment_strategy"})[0] == "ROTATION_UNSUPPORTED"


def test_an_event_in_another_zone_is_blocked_unless_its_clocks_are_the_same():
    assert blocked(ANA, start_time=zoned("2026-01-05T09:00:00+00:00", "Europe/London")) == (
        "LAYER_TIMEZONE",
        "Europe/London",
    )
    found, arrival = read_event(ANA, start_time=zoned("2026-01-05T09:00:00+01:00", "Europe/Paris"))
    assert (found.handoff_time, told(arrival)) == (time(9), [])


def test_custom_shifts_are_rotations_for_once():
    found, arrival = read_schedule(
        event(ANA),
        pages=[
            custom_shifts(
                (BOB, "2026-12-24T18:00:00+01:00", "2026-12-25T09:00:00+01:00"),
                (None, "2026-12-26T00:00:00Z", "2026-12-27T00:00:00Z"),
                (CYD, "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"),
            )
        ],
    )
    once = only(found.rotations[1:])
    assert (once.name, once.participants) == ("Custom shift 2026-12-24", ("bob@example.org",))
    assert (once.effective_from, once.effective_until) == (instant("2026-12-24T17:00"), instant("2026-12-25T08:00"))
    assert [each[:2] for each in told(arrival)] == [("note", "LAYER_ENDED_SKIPPED")]


def test_an_override_replaces_one_member_of_one_rotation_while_they_serve():
    # Ana and Bob by turns of a week, from 5 January: the weeks of 30 November and 14 December are Bob's.
    arrival = read(
        shifts(rotation(event(ANA, BOB)), rotation(event(BOB, name="Other"), identifier="ROT2")),
        stand_ins(stand_in(BOB, CYD, "2026-12-03T00:00:00Z", "2026-12-16T00:00:00Z")),
    )
    found = only(arrival.document.schedules)
    assert [(each.user, each.starts_at, each.ends_at, each.rotation) for each in found.overrides] == [
        ("cyd@example.org", instant("2026-12-03T00:00"), instant("2026-12-07T08:00"), "Weekly"),
        ("cyd@example.org", instant("2026-12-14T08:00"), instant("2026-12-16T00:00"), "Weekly"),
    ]
    assert told(arrival) == []


def test_an_override_may_be_of_a_custom_shift():
    found, _ = read_schedule(
        event(ANA),
        pages=[
            custom_shifts((BOB, "2026-12-24T18:00:00Z", "2026-12-25T09:00:00Z")),
            stand_ins(stand_in(BOB, CYD, "2026-12-24T00:00:00Z", "2026-12-25T00:00:00Z", custom_shift_id="CUS1")),
        ],
    )
    assert [(each.starts_at.hour, each.ends_at.day, each.rotation) for each in found.overrides] == [
        (18, 25, "Custom shift 2026-12-24")
    ]


def test_overrides_that_change_nothing_or_cannot_be_said_are_told():
    found, arrival = read_schedule(
        event(ANA),
        pages=[
            stand_ins(
                stand_in(BOB, CYD, "2026-12-24T00:00:00Z", "2026-12-25T00:00:00Z"),
                stand_in(ANA, None, "2026-12-24T00:00:00Z", "2026-12-25T00:00:00Z"),
                stand_in(None, BOB, "2026-12-24T00:00:00Z", "2026-12-25T00:00:00Z"),
                stand_in(ANA, BOB, "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"),
            )
        ],
    )
    assert found.overrides == ()
    assert [each[:2] for each in told(arrival)] == [
        ("note", "OVERRIDE_UNSUPPORTED"),
        ("lossy", "OVERRIDE_UNSUPPORTED"),
        ("lossy", "OVERRIDE_UNSUPPORTED"),
        ("note", "OVERRIDE_PAST_SKIPPED"),
    ]


def test_what_the_timeline_shows_and_the_bundle_lacks_is_told():
    entries = [
        assignment(ANA, "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z", source="custom_shift"),
        assignment(ANA, "2026-12-02T00:00:00Z", "2026-12-03T00:00:00Z", source="schedule_rotation_override"),
    ]
    _, arrival = read_schedule(event(ANA), entries=entries)
    assert told(arrival) == [("lossy", "OVERRIDE_UNSUPPORTED", ["custom_shifts_v3", "overrides_v3"], None)]
    pages = [custom_shifts(), stand_ins()]
    assert told(read_schedule(event(ANA), entries=entries, pages=pages)[1]) == []


def test_who_is_on_call_is_who_pagerduty_says_minute_by_minute():
    # By turns of a week from 5 January: that of 23 November is the first member's.
    weekdays = event(BOB, ANA, name="Weekdays", **DAYTIME, rule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", shifts=5)
    nights = event(
        name="Nights",
        start="2026-01-05T22:00:00+01:00",
        end="2026-01-06T06:00:00+01:00",
        rule="FREQ=DAILY",
        assignment_strategy=everybody(BOB, CYD),
    )
    arrival = read(
        shifts(
            rotation(weekdays),
            rotation(nights, identifier="ROT2"),
            entries=[
                assignment(None, "2026-11-27T06:00:00+01:00", "2026-11-27T09:00:00+01:00"),
                assignment(BOB, "2026-11-27T09:00:00+01:00", "2026-11-27T17:00:00+01:00"),
                assignment(BOB, "2026-11-27T22:00:00+01:00", "2026-11-28T06:00:00+01:00"),
                assignment(CYD, "2026-11-27T22:00:00+01:00", "2026-11-28T06:00:00+01:00"),
                assignment(ANA, "2026-11-28T12:00:00+01:00", "2026-11-28T13:00:00+01:00"),
                assignment(BOB, "2026-11-28T22:00:00+01:00", "2026-11-29T06:00:00+01:00"),
                assignment(CYD, "2026-11-28T22:00:00+01:00", "2026-11-29T06:00:00+01:00"),
                assignment(BOB, "2026-11-29T22:00:00+01:00", "2026-11-30T06:00:00+01:00"),
                assignment(CYD, "2026-11-29T22:00:00+01:00", "2026-11-30T06:00:00+01:00"),
                assignment(ANA, "2026-11-30T09:00:00+01:00", "2026-11-30T12:00:00+01:00"),
                assignment(CYD, "2026-11-30T12:00:00+01:00", "2026-11-30T17:00:00+01:00", "schedule_rotation_override"),
            ],
        ),
        custom_shifts((ANA, "2026-11-28T12:00:00+01:00", "2026-11-28T13:00:00+01:00")),
        stand_ins(stand_in(ANA, CYD, "2026-11-30T12:00:00+01:00", "2026-12-01T00:00:00+01:00")),
    )
    assert arrival.timelines["follow-the-sun"].start == instant("2026-11-27T05:00")
    assert not differing_minutes(arrival, "follow-the-sun")
