"""Schedules of PagerDuty that are made of layers."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from escalation.transfer.document import Window
from escalation.transfer.findings import Code, Subject
from escalation.transfer.settling import settle
from tests.escalation.transfer.foreign.pagerduty.answers import (
    ANA,
    BOB,
    CYD,
    DAY,
    WEEK,
    daily,
    entry,
    layer,
    only,
    override,
    overrides,
    policy,
    read,
    ref,
    rule,
    schedule,
    to_schedule,
    told,
    weekly,
)

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
HOUR = 3600


def read_schedule(*layers, **fields):
    """Return what is read of a schedule, and the arrival."""
    arrival = read(schedule(*layers, **fields))
    return only(arrival.document.schedules), arrival


def read_rotation(*users, **fields):
    """Return what is read of the only layer of a schedule, and the arrival."""
    found, arrival = read_schedule(layer(*users, **fields))
    return only(found.rotations), arrival


def instant(text):
    """Return an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_schedule_is_read_with_its_name_and_zone():
    found, arrival = read_schedule(layer(ANA), name="Ops (EU)", description="Nights", time_zone="Madrid")
    assert (found.name, found.description, found.timezone, found.paging_mode) == (
        "Ops (EU)",
        "Nights",
        "Europe/Madrid",
        "first",
    )
    assert arrival.refs[Subject("schedules", found.key)] == ("pagerduty", "acme", "schedule", "PSCH001")
    assert arrival.paths[Subject("schedules", found.key)] == "schedule-2.json#/schedule"


def test_the_layer_that_the_api_gives_first_is_shown_last_and_hides_the_others():
    found, _ = read_schedule(layer(ANA, name="Nights"), layer(BOB, name="Days"))
    assert found.paging_mode == "first"
    assert [rotation.name for rotation in found.rotations] == ["Nights", "Days"]


def test_layers_without_names_are_numbered_as_they_are_shown_and_equal_names_are_told_apart():
    found, _ = read_schedule(layer(ANA, name=None), layer(BOB, name=""), layer(CYD, name="layer 2"))
    assert [rotation.name for rotation in found.rotations] == ["Layer 3", "Layer 2", "layer 2 (2)"]


@pytest.mark.parametrize(
    ("seconds", "kind", "days"),
    [(DAY, "daily", 1), (WEEK, "weekly", 7), (2 * DAY, "custom", 2), (2 * WEEK, "custom", 14)],
)
def test_turns_of_whole_days_are_read(seconds, kind, days):
    rotation, _ = read_rotation(ANA, BOB, rotation_turn_length_seconds=seconds)
    assert (rotation.rotation_type, rotation.rotation_length_days) == (kind, days)
    assert (rotation.handoff_time, rotation.effective_from) == (time(9), instant("2026-01-05T08:00"))
    assert rotation.effective_until is None


def test_handoffs_are_at_the_local_time_of_the_zone_of_the_schedule():
    found, _ = read_schedule(
        layer(ANA, BOB, rotation_virtual_start="2026-07-06T13:00:00Z"), time_zone="America/New_York"
    )
    assert only(found.rotations).handoff_time == time(9)


def test_turns_are_counted_from_before_the_start():
    rotation, _ = read_rotation(ANA, BOB, CYD, start="2026-01-19T09:00:00+01:00")
    assert rotation.effective_from == instant("2026-01-19T08:00")
    assert rotation.participants == ("cyd@example.org", "ana@example.org", "bob@example.org")


def test_a_start_within_a_turn_to_come_is_a_rotation_of_its_own():
    found, _ = read_schedule(
        layer(ANA, BOB, start="2026-12-02T12:00:00+01:00", rotation_virtual_start="2026-11-30T09:00:00+01:00")
    )
    assert [
        (each.name, each.effective_from, each.effective_until, each.participants[0]) for each in found.rotations
    ] == [
        ("Weekly", instant("2026-12-02T11:00"), instant("2026-12-07T08:00"), "ana@example.org"),
        ("Weekly (2)", instant("2026-12-07T08:00"), None, "bob@example.org"),
    ]


def test_layers_that_have_ended_are_left_out_whatever_is_in_them():
    gone = {"id": "PUS0009", "name": "Zoe"}
    found, arrival = read_schedule(
        layer(ANA, gone, end="2026-11-25T08:00:00Z", rotation_turn_length_seconds=12 * HOUR), layer(BOB, name="Now")
    )
    assert [rotation.name for rotation in found.rotations] == ["Now"]
    assert [each[:2] for each in told(arrival)] == [("note", "LAYER_ENDED_SKIPPED")]


def test_a_layer_that_will_end_ends():
    rotation, _ = read_rotation(ANA, end="2026-12-25T08:00:00Z")
    assert rotation.effective_until == instant("2026-12-25T08:00")


def test_a_layer_of_nobody_is_left_out_with_a_note():
    found, arrival = read_schedule(layer())
    assert found.rotations == ()
    assert [each[:2] for each in told(arrival)] == [("note", "EMPTY_SLOT_UNSUPPORTED")]


def test_every_layer_that_cannot_be_said_is_told_and_what_depends_on_it_is_left_out():
    arrival = read(
        schedule(
            layer(ANA, BOB, rotation_turn_length_seconds=12 * HOUR),
            layer(ANA, BOB, rotation_turn_length_seconds=8 * HOUR, name="Shifts"),
            layer(CYD),
        ),
        policy(rule(to_schedule())),
    )
    assert arrival.document.schedules == ()
    assert [each[:3] for each in told(arrival)] == [
        ("blocked", "ROTATION_SUBDAY", 12),
        ("blocked", "ROTATION_SUBDAY", 8),
    ]
    assert "Make 2 of it there" in arrival.findings[0].message
    assert "Make 3 of it there" in arrival.findings[1].message
    settled = settle(arrival)
    assert settled.document.policies == ()
    assert settled.findings[-1].message == "needs the schedule 'Checkout primary', which is not imported."


def test_turns_of_a_single_person_may_have_any_length():
    rotation, arrival = read_rotation(ANA, rotation_turn_length_seconds=12 * HOUR)
    assert (rotation.rotation_type, told(arrival)) == ("daily", [])


@pytest.mark.parametrize(
    ("restrictions", "windows"),
    [
        ([daily("20:00:00", 12 * HOUR)], [Window(days=EVERY_DAY, start=time(20), end=time(8))]),
        ([daily("09:00:00", DAY)], []),
        (
            [weekly(day, "09:00:00", 8 * HOUR) for day in range(1, 6)],
            [Window(days=(1, 2, 3, 4, 5), start=time(9), end=time(17))],
        ),
        (
            [weekly(5, "17:00:00", 64 * HOUR)],
            [
                Window(days=(1,), start=time(0), end=time(9)),
                Window(days=(5,), start=time(17), end=time(0)),
                Window(days=(6, 7), start=time(0), end=time(0)),
            ],
        ),
        ([weekly(7, "22:00:00", 4 * HOUR)], [Window(days=(7,), start=time(22), end=time(2))]),
        (
            [daily("08:00:00", 4 * HOUR), daily("10:00:00", 4 * HOUR)],
            [Window(days=EVERY_DAY, start=time(8), end=time(14))],
        ),
    ],
)
def test_restrictions_are_windows(restrictions, windows):
    rotation, arrival = read_rotation(ANA, restrictions=restrictions)
    assert list(rotation.restrictions) == windows
    assert told(arrival) == []


def test_seconds_of_a_restriction_are_rounded_so_that_nothing_is_lost():
    rotation, arrival = read_rotation(ANA, restrictions=[daily("09:00:30", 8 * HOUR - 31)])
    assert only(rotation.restrictions) == Window(days=EVERY_DAY, start=time(9), end=time(17))
    assert [each[:2] for each in told(arrival)] == [("note", "TIMEOUT_ROUNDED")]


def crossed(*entries, **fields):
    """Return what is told of a schedule whose turns end on Mondays at 02:00, within nights of twelve hours."""
    at = "2026-11-23T02:00:00+01:00"
    nights = {"rotation_virtual_start": at, "start": at, "restrictions": [daily("20:00:00", 12 * HOUR)]}
    return told(read_schedule(layer(ANA, BOB, **{**nights, **fields}), entries=entries)[1], Code.TIMELINE_MISMATCH)


def test_turns_that_end_within_a_restriction_are_held_against_what_pagerduty_computes():
    night = "2026-11-29T20:00:00+01:00", "2026-11-30T02:00:00+01:00", "2026-11-30T08:00:00+01:00"
    assert crossed(entry(ANA, *night[:2]), entry(BOB, *night[1:])) == []
    assert crossed(entry(ANA, night[0], night[2])) == [
        (
            "lossy",
            "TIMELINE_MISMATCH",
            [
                {
                    "startsAt": "2026-11-30T01:00:00+00:00",
                    "endsAt": "2026-11-30T07:00:00+00:00",
                    "users": ["ana@example.org"],
                }
            ],
            [
                {
                    "startsAt": "2026-11-30T01:00:00+00:00",
                    "endsAt": "2026-11-30T07:00:00+00:00",
                    "users": ["bob@example.org"],
                }
            ],
        )
    ]


def test_turns_that_end_within_a_restriction_are_told_where_nothing_shows_whose_the_rest_is():
    assert crossed() == [("lossy", "TIMELINE_MISMATCH", None, None)]


@pytest.mark.parametrize(
    "fields",
    [
        {"restrictions": [daily("02:00:00", 12 * HOUR)]},
        {"restrictions": [daily("14:00:00", 12 * HOUR)]},
        {"restrictions": [weekly(2, "00:00:00", 12 * HOUR)]},
        {"restrictions": [weekly(2, "00:00:00", 12 * HOUR)], "rotation_turn_length_seconds": 2 * WEEK},
        {"restrictions": [daily("20:00:00", DAY)]},
        {"users": [{"user": ref(ANA)}]},
    ],
)
def test_turns_that_end_at_the_edge_of_a_restriction_or_outside_are_no_difference(fields):
    assert crossed(**fields) == []


def test_turns_of_a_day_end_within_a_restriction_of_any_day():
    tuesdays = [weekly(2, "00:00:00", 12 * HOUR)]
    assert crossed(restrictions=tuesdays, rotation_turn_length_seconds=DAY) != []


def test_an_unknown_zone_is_blocked():
    arrival = read(schedule(layer(ANA), time_zone="Middle Earth"))
    assert arrival.document.schedules == ()
    assert told(arrival) == [("blocked", "TIMEZONE_UNKNOWN", "Middle Earth", None)]


def test_the_clocks_are_told_with_the_first_handoff_after_each_change():
    _, arrival = read_rotation(ANA, BOB)
    (found,) = arrival.findings
    assert (found.severity, found.code) == ("note", Code.DST_DIFFERENCE)
    assert found.was == ["2027-03-29T10:00:00+02:00", "2027-11-01T08:00:00+01:00"]
    assert found.now == ["2027-03-29T09:00:00+02:00", "2027-11-01T09:00:00+01:00"]


def test_without_changes_of_clocks_or_turns_there_is_nothing_to_tell_of_them():
    assert read_schedule(layer(ANA, BOB), time_zone="UTC")[1].findings == ()
    assert read_rotation(ANA)[1].findings == ()


def test_overrides_displace_the_first_rotation():
    arrival = read(
        schedule(layer(ANA)),
        overrides(
            override(BOB, "2026-12-01T20:00:00Z", "2026-12-02T08:00:00Z"),
            override(CYD, "2026-11-01T20:00:00Z", "2026-11-02T08:00:00Z"),
        ),
        overrides(override(BOB, "2026-12-05T20:00:00Z", "2026-12-06T08:00:00Z"), of="PSCH002"),
    )
    found = only(only(arrival.document.schedules).overrides)
    assert (found.user, found.starts_at, found.ends_at, found.rotation) == (
        "bob@example.org",
        instant("2026-12-01T20:00"),
        instant("2026-12-02T08:00"),
        None,
    )
    assert told(arrival) == [("note", "OVERRIDE_PAST_SKIPPED", 2, 1)]


def test_of_two_overrides_at_once_the_later_counts():
    arrival = read(
        schedule(layer(ANA)),
        overrides(
            override(BOB, "2026-12-01T00:00:00Z", "2026-12-04T00:00:00Z"),
            override(CYD, "2026-12-02T00:00:00Z", "2026-12-03T00:00:00Z"),
        ),
    )
    assert [
        (each.user[:3], each.starts_at.day, each.ends_at.day) for each in only(arrival.document.schedules).overrides
    ] == [
        ("bob", 1, 2),
        ("bob", 3, 4),
        ("cyd", 2, 3),
    ]
    assert [each[:2] for each in told(arrival)] == [("lossy", "OVERRIDE_UNSUPPORTED")]


def test_overrides_that_pagerduty_shows_and_the_bundle_lacks_are_told():
    shown = [entry(BOB, "2026-12-01T20:00:00Z", "2026-12-02T08:00:00Z")]
    page = schedule(layer(ANA), overrides_subschedule={"rendered_schedule_entries": shown})
    assert told(read(page)) == [("lossy", "OVERRIDE_UNSUPPORTED", shown, None)]
    assert told(read(page, overrides())) == []


def test_somebody_who_is_gone_and_stands_in_is_kept():
    arrival = read(
        schedule(layer(ANA)),
        overrides(override({"id": "PUS0009", "name": "Zoe"}, "2026-12-01T00:00:00Z", "2026-12-04T00:00:00Z")),
    )
    assert only(only(arrival.document.schedules).overrides).user == "pus0009@pagerduty.invalid"
    assert [each[:2] for each in told(arrival)] == [("lossy", "USER_MISSING_IN_ROTATION")]


def test_teams_are_told():
    _, arrival = read_schedule(layer(ANA), teams=[{"id": "PT1", "summary": "Ops"}])
    assert told(arrival) == [("note", "SERVICE_SETTING_NOT_IMPORTED", ["Ops"], None)]


def test_a_schedule_that_is_listed_and_was_not_fetched_is_blocked():
    arrival = read(
        schedule(layer(ANA)),
        (
            "schedules",
            {"schedules": [{"id": "PSCH001", "name": "Checkout primary"}, {"id": "PSCH002", "name": "Lost"}]},
        ),
    )
    assert [part.name for part in arrival.document.schedules] == ["Checkout primary"]
    assert [(each.name, each.code) for each in arrival.findings] == [("Lost", Code.TARGET_UNRESOLVED)]


def test_schedules_of_one_name_collide():
    arrival = read(schedule(layer(ANA)), schedule(layer(BOB), id="PSCH002", name="CHECKOUT PRIMARY"))
    assert len(arrival.document.schedules) == 1
    assert told(arrival) == [("blocked", "NAME_COLLISION", "CHECKOUT PRIMARY", "CHECKOUT PRIMARY (PSCH002)")]


def test_more_than_a_hundred_layers_are_blocked():
    arrival = read(schedule(*[layer(ANA) for _ in range(101)]))
    assert [each[:2] for each in told(arrival)] == [("blocked", "ROTATION_UNSUPPORTED")]


def test_names_of_layers_that_are_too_long_are_cut():
    rotation, arrival = read_rotation(ANA, name="x" * 256)
    assert rotation.name == "x" * 255
    assert [each[:2] for each in told(arrival)] == [("lossy", "NAME_TRUNCATED")]
