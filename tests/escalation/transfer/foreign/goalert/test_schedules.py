"""Schedules and rotations of GoAlert. The bundles are fetched on Wednesday 25 November 2026, 09:00 in Madrid."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from escalation.transfer.document import Window
from escalation.transfer.findings import Code, Subject
from tests.escalation.transfer.foreign.goalert.answers import (
    ANA,
    BOB,
    CYD,
    only,
    override,
    plain,
    read,
    read_all,
    rotation,
    rule,
    schedule,
    target,
    temporary,
    told,
)

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
WORKDAYS = [False, True, True, True, True, True, False]


def read_schedule(*targets, rotations=(), **fields):
    """Return what is read of a schedule, and the arrival."""
    overrides = fields.pop("overrides", ())
    arrival = read_all(rotations=rotations, schedules=[schedule(*targets, **fields)], overrides=overrides)
    return only(arrival.document.schedules), arrival


def read_rotation(*users, **fields):
    """Return what is read of the only rotation of a schedule, and the arrival."""
    found, arrival = read_schedule(target(), rotations=[rotation(*users, **fields)])
    return only(found.rotations), arrival


def blocked(*users, **fields):
    """Return the code and the value for which a rotation is blocked."""
    arrival = read_all(rotations=[rotation(*users, **fields)], schedules=[schedule(target())])
    assert arrival.document.schedules == ()
    ((severity, code, was, _),) = told(arrival)
    assert severity == "blocked"
    return code, was


def instant(text):
    """Return an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_schedule_is_read_with_its_name_and_zone():
    found, arrival = read_schedule(description="Who searches", name="Ops (EU)")
    assert (found.name, found.description, found.timezone, found.paging_mode) == (
        "Ops (EU)",
        "Who searches",
        "Europe/Madrid",
        "all",
    )
    assert arrival.refs[Subject("schedules", found.key)] == ("goalert", "acme", "schedule", "sched-1")


@pytest.mark.parametrize(
    ("kind", "length", "days", "handoff"),
    [
        ("daily", 1, 1, "daily"),
        ("daily", 3, 3, "custom"),
        ("weekly", 1, 7, "weekly"),
        ("weekly", 2, 14, "custom"),
        ("hourly", 48, 2, "custom"),
        ("daily", 0, 1, "daily"),
    ],
)
def test_turns_of_days_and_weeks_are_read(kind, length, days, handoff):
    found, arrival = read_rotation(ANA, BOB, type=kind, shiftLength=length)
    assert (found.rotation_type, found.rotation_length_days, found.handoff_time) == (handoff, days, time(9))
    assert told(arrival) == []


@pytest.mark.parametrize(("active", "first"), [(0, "2026-01-12"), (1, "2026-01-05"), (2, "2026-01-19")])
def test_whose_turn_it_is_follows_from_who_is_active_and_not_from_the_start(active, first):
    # 23 November is the begin of turn 46 since 5 January, which by counting would be the second one's.
    found, _ = read_rotation(ANA, BOB, CYD, active=active)
    assert found.participants == ("ana@example.org", "bob@example.org", "cyd@example.org")
    assert found.effective_from == instant(f"{first}T08:00")
    turn = (instant("2026-11-25T08:00") - found.effective_from).days // 7
    assert turn % 3 == active


def test_the_same_turns_are_read_however_late_the_bundle_is_fetched():
    early, _ = read_rotation(ANA, BOB, CYD, active=1, start="2026-11-23T08:00:00Z")
    assert early.effective_from == instant("2026-11-16T08:00")
    assert early.participants[1] == "bob@example.org"


def test_a_start_to_come_is_counted_back_from():
    found, _ = read_rotation(ANA, BOB, active=1, start="2026-12-07T08:00:00Z")
    assert found.effective_from == instant("2026-11-16T08:00")


def test_turns_shorter_than_a_day_are_blocked_with_an_offer_that_begins_with_who_is_active():
    arrival = read_all(rotations=[rotation(ANA, BOB, type="hourly", shiftLength=12)], schedules=[schedule(target())])
    (finding,) = arrival.findings
    assert (finding.severity, finding.code, finding.was) == ("blocked", Code.ROTATION_SUBDAY, 12)
    # At 09:00 a turn begins, and it is Ana's.
    assert finding.now == [
        {"start": "09:00", "end": "21:00", "participants": ["ana@example.org"]},
        {"start": "21:00", "end": "09:00", "participants": ["bob@example.org"]},
    ]


def test_turns_of_months_are_blocked():
    assert blocked(ANA, BOB, type="monthly") == ("ROTATION_UNSUPPORTED", "monthly")


def test_a_rotation_in_another_zone_is_blocked_unless_its_clocks_are_the_same():
    assert blocked(ANA, BOB, timeZone="Europe/London") == ("LAYER_TIMEZONE", "Europe/London")
    assert told(read_rotation(ANA, BOB, timeZone="Europe/Paris")[1]) == []
    assert told(read_rotation(ANA, timeZone="Europe/London", type="monthly")[1]) == []


def test_an_unknown_zone_is_blocked():
    arrival = read_all(schedules=[schedule(timeZone="Local")])
    assert told(arrival) == [("blocked", "TIMEZONE_UNKNOWN", "Local", None)]


def test_a_single_person_serves_also_before_the_start():
    found, _ = read_rotation(ANA, start="2027-01-01T00:00:00Z")
    assert found.effective_from == instant("2026-11-25T08:00")


def test_a_rotation_of_nobody_is_left_out_with_a_note():
    found, arrival = read_schedule(target(), rotations=[rotation(activeUserIndex=-1)])
    assert found.rotations == ()
    assert [each[:2] for each in told(arrival)] == [("note", "EMPTY_SLOT_UNSUPPORTED")]


def test_a_person_may_be_a_target():
    found, arrival = read_schedule(target("user", "u-1", rule("08:00", "20:00"), name="Ana Ruiz"))
    alone = only(found.rotations)
    assert (alone.name, alone.participants, alone.rotation_type) == ("Ana Ruiz", ("ana@example.org",), "daily")
    assert alone.restrictions == (Window(days=EVERY_DAY, start=time(8), end=time(20)),)
    assert told(arrival) == []


@pytest.mark.parametrize(
    ("rules", "windows"),
    [
        ([rule()], []),
        ([rule("08:00", "20:00", WORKDAYS)], [Window(days=(1, 2, 3, 4, 5), start=time(8), end=time(20))]),
        ([rule("20:00", "08:00", [True] + [False] * 6)], [Window(days=(7,), start=time(20), end=time(8))]),
        ([rule("09:00", "09:00", [False] * 6 + [True])], [Window(days=(6,), start=time(9), end=time(9))]),
        (
            [rule("08:00", "12:00", WORKDAYS), rule("10:00", "16:00", WORKDAYS)],
            [Window(days=(1, 2, 3, 4, 5), start=time(8), end=time(16))],
        ),
        (
            [rule("08:00", "12:00", WORKDAYS), rule("22:00", "02:00", WORKDAYS)],
            [
                Window(days=(1, 2, 3, 4, 5), start=time(8), end=time(12)),
                Window(days=(1, 2, 3, 4, 5), start=time(22), end=time(2)),
            ],
        ),
    ],
)
def test_rules_are_windows(rules, windows):
    found, _ = read_schedule(target("rotation", "rot-1", *rules), rotations=[rotation(ANA)])
    assert list(only(found.rotations).restrictions) == windows


@pytest.mark.parametrize("rules", [[rule(days=[False] * 7)], []])
def test_what_never_counts_is_left_out_with_a_note(rules):
    found, arrival = read_schedule({**target(), "rules": rules}, rotations=[rotation(ANA)])
    assert found.rotations == ()
    assert [each[:2] for each in told(arrival)] == [("note", "EMPTY_SLOT_UNSUPPORTED")]


def test_rotations_of_one_name_are_told_apart():
    found, _ = read_schedule(
        target(), target("rotation", "rot-2"), rotations=[rotation(ANA), rotation(BOB, id="rot-2", name="WEEKLY")]
    )
    assert [each.name for each in found.rotations] == ["Weekly", "WEEKLY (2)"]


@pytest.mark.parametrize("missing", [target("rotation", "rot-9"), target("team", "t-1")])
def test_a_target_that_the_bundle_lacks_is_blocked(missing):
    arrival = read_all(schedules=[schedule(missing)])
    assert arrival.document.schedules == ()
    assert [each[:2] for each in told(arrival)] == [("blocked", "TARGET_UNRESOLVED")]


def test_rotations_that_nothing_uses_are_told():
    arrival = read_all(
        rotations=[rotation(ANA), rotation(BOB, id="rot-2", name="Idle")], schedules=[schedule(target())]
    )
    assert told(arrival) == [("note", "ROTATION_UNSUPPORTED", ["Idle"], None)]
    assert arrival.findings[0].subject is None


DECEMBER = ("2026-12-01T00:00:00Z", "2026-12-20T00:00:00Z")
BOTH = [rotation(ANA, BOB, active=0), rotation(CYD, ANA, id="rot-2", name="Second", active=1)]
"""From 23 November on turns of a week: Ana and Bob, and beside them Ana and Cyd."""


def test_a_replacement_is_an_override_in_each_rotation_while_the_person_serves():
    found, arrival = read_schedule(
        target(), target("rotation", "rot-2"), rotations=BOTH, overrides=[override(*DECEMBER, add=BOB, remove=ANA)]
    )
    assert [(each.user, each.starts_at, each.ends_at, each.rotation) for each in found.overrides] == [
        ("bob@example.org", instant("2026-12-07T08:00"), instant("2026-12-14T08:00"), "Weekly"),
        ("bob@example.org", instant("2026-12-07T08:00"), instant("2026-12-14T08:00"), "Second"),
    ]
    assert told(arrival) == []


def test_a_replacement_counts_only_where_the_rules_do():
    found, _ = read_schedule(
        target("rotation", "rot-1", rule("08:00", "20:00")),
        rotations=[rotation(ANA)],
        overrides=[override("2026-12-01T00:00:00Z", "2026-12-03T00:00:00Z", add=BOB, remove=ANA)],
    )
    assert [(each.starts_at, each.ends_at) for each in found.overrides] == [
        (instant("2026-12-01T07:00"), instant("2026-12-01T19:00")),
        (instant("2026-12-02T07:00"), instant("2026-12-02T19:00")),
    ]


def test_a_replacement_of_somebody_who_does_not_serve_is_told():
    found, arrival = read_schedule(
        target(), rotations=[rotation(ANA)], overrides=[override(*DECEMBER, add=BOB, remove=CYD)]
    )
    assert found.overrides == ()
    assert [each[:2] for each in told(arrival)] == [("note", "OVERRIDE_UNSUPPORTED")]


@pytest.mark.parametrize("fields", [{"add": BOB}, {"remove": ANA}])
def test_adding_or_taking_off_alone_is_lost(fields):
    found, arrival = read_schedule(target(), rotations=[rotation(ANA)], overrides=[override(*DECEMBER, **fields)])
    assert found.overrides == ()
    assert [each[:2] for each in told(arrival)] == [("lossy", "OVERRIDE_UNSUPPORTED")]


def test_overrides_that_are_over_are_told_and_those_of_other_schedules_are_not():
    over = ("2026-11-01T00:00:00Z", "2026-11-25T08:00:00Z")
    found, arrival = read_schedule(
        target(),
        rotations=[rotation(ANA)],
        overrides=[
            override(*over, add=BOB, remove=ANA),
            override(*over, remove=ANA),
            override(*DECEMBER, remove=ANA, target={"id": "sched-2", "type": "schedule"}),
        ],
    )
    assert found.overrides == ()
    assert told(arrival) == [("note", "OVERRIDE_PAST_SKIPPED", 2, 0)]


def test_the_part_of_a_replacement_that_is_over_is_left_out_silently():
    found, arrival = read_schedule(
        target(),
        rotations=[rotation(ANA, BOB, active=0)],
        overrides=[override("2026-11-01T00:00:00Z", "2026-12-10T00:00:00Z", add=CYD, remove=ANA)],
    )
    assert [each.starts_at for each in found.overrides] == [instant("2026-11-23T08:00"), instant("2026-12-07T08:00")]
    assert told(arrival) == []


def test_a_temporary_schedule_is_overrides_of_all_rotations_above_everything_else():
    found, arrival = read_schedule(
        target(),
        target("rotation", "rot-2"),
        rotations=[rotation(ANA), rotation(BOB, id="rot-2", name="Second")],
        temporarySchedules=[
            temporary(
                "2026-12-01T00:00:00Z",
                "2026-12-04T00:00:00Z",
                (CYD, "2026-12-01T00:00:00Z", "2026-12-03T00:00:00Z"),
                (ANA, "2026-12-02T00:00:00Z", "2026-12-04T00:00:00Z"),
            )
        ],
        overrides=[override("2026-12-03T00:00:00Z", "2026-12-05T00:00:00Z", add=CYD, remove=BOB)],
    )
    assert sorted(
        (each.rotation, each.starts_at.day, each.ends_at.day, each.user[:3].lower()) for each in found.overrides
    ) == [
        ("Second", 1, 2, "cyd"),
        ("Second", 2, 4, "ana"),
        ("Second", 4, 5, "cyd"),
        ("Weekly", 1, 3, "cyd"),
        ("Weekly", 3, 4, "ana"),
    ]
    assert told(arrival) == []


def test_gaps_of_a_temporary_schedule_are_told():
    _, arrival = read_schedule(
        target(),
        rotations=[rotation(ANA)],
        temporarySchedules=[
            temporary(
                "2026-12-01T00:00:00Z", "2026-12-03T00:00:00Z", (CYD, "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z")
            )
        ],
    )
    gap = "2026-12-02T00:00:00+00:00/2026-12-03T00:00:00+00:00"
    assert told(arrival) == [("lossy", "TEMP_SCHEDULE_GAP", [gap], None)]


def test_more_people_at_once_than_rotations_are_told():
    found, arrival = read_schedule(
        target(),
        rotations=[rotation(ANA)],
        temporarySchedules=[
            temporary(*DECEMBER, (BOB, *DECEMBER), (CYD, *DECEMBER)),
        ],
    )
    assert [each.user for each in found.overrides] == ["bob@example.org"]
    assert told(arrival) == [("lossy", "MULTI_ONCALL_UNSUPPORTED", [["bob@example.org", "cyd@example.org"]], 1)]


def test_a_temporary_schedule_without_rotations_is_overrides_all_the_same():
    found, arrival = read_schedule(
        temporarySchedules=[temporary(*DECEMBER, (BOB, "2026-12-02T00:00:00Z", DECEMBER[1]))]
    )
    assert [(each.user, each.rotation) for each in found.overrides] == [("bob@example.org", None)]
    assert told(arrival) == []


def test_temporary_schedules_that_are_over_are_told():
    _, arrival = read_schedule(
        temporarySchedules=[temporary("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", ({"id": "u-9"}, *DECEMBER))]
    )
    assert told(arrival) == [("note", "OVERRIDE_PAST_SKIPPED", 1, 0)]


def test_plain_pages_are_read_like_those_of_graphql():
    arrival = read(plain("rotations", rotation(ANA)), plain("schedules", schedule(target())))
    assert only(only(arrival.document.schedules).rotations).participants == ("ana@example.org",)
