from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from escalation.domain.model import Address, Duty, Layer, Person, Roster, Schedule, UserId, WorkingHours, World
from escalation.domain.roster import is_address, members, reach, roster
from escalation.domain.schedule import next_change, on_call
from tests.escalation.domain.schedules import DAY, HOUR, rotation, schedule, window

NOW = datetime(2026, 5, 4, 7, tzinfo=UTC)
LAYER_ID = UUID("018f3c1e-9b22-7d10-8c3f-3b7a60f0d402")
SCHEDULE = Schedule(id=UUID("018f3c1d-0001-7aaa-8bbb-1c2d3e4f5a6b"), timezone="Europe/Berlin")
ADA, BOB, CYD = UserId("user_ada"), UserId("user_bob"), UserId("user_cyd")
OPERATOR = Address("operator@example.com")


def _world(*, active=(), inactive=(), schedules=()) -> World:
    people = [Person(user=user, active=True, rules=()) for user in active]
    people += [Person(user=user, active=False, rules=()) for user in inactive]
    return World(
        schedules={schedule.id: schedule for schedule in schedules},
        people={person.user: person for person in people},
        fallback=(OPERATOR,),
        operator=OPERATOR,
        default_timeout=timedelta(minutes=5),
        tzdata="2026a",
    )


def _layer(*users, schedule=None) -> Layer:
    return Layer(id=LAYER_ID, position=1, timeout=timedelta(minutes=5), schedule=schedule, users=users)


def _named(user):
    return Duty(user=user, source="named", source_id=LAYER_ID)


def test_a_layer_reaches_the_people_it_names_in_their_order():
    reached = roster(_layer(BOB, ADA), _world(active=[ADA, BOB]), NOW)

    assert reached == Roster(duties=(_named(BOB), _named(ADA)))


def test_the_inactive_are_missed_and_the_others_reached():
    reached = roster(_layer(BOB, ADA), _world(active=[ADA], inactive=[BOB]), NOW)

    assert reached == Roster(duties=(_named(ADA),), missed=((BOB, "inactive"),))


def test_people_the_world_does_not_hold_are_missed_as_unknown():
    reached = roster(_layer(CYD), _world(active=[ADA]), NOW)

    assert reached == Roster(duties=(), missed=((CYD, "unknown"),))


def test_a_person_named_twice_is_reached_once_and_missed_once():
    reached = roster(_layer(ADA, BOB, ADA, BOB), _world(active=[ADA], inactive=[BOB]), NOW)

    assert reached == Roster(duties=(_named(ADA),), missed=((BOB, "inactive"),))


def test_the_first_reason_to_call_a_person_stands():
    override = Duty(user=ADA, source="override", source_id=SCHEDULE.id, until=NOW + timedelta(hours=1))

    assert reach([override, _named(ADA)], _world(active=[ADA])).duties == (override,)


def test_a_layer_without_people_reaches_nobody():
    assert roster(_layer(), _world(active=[ADA]), NOW) == Roster(duties=())


def test_a_schedule_without_rotations_reaches_nobody_and_never_will():
    reached = roster(_layer(schedule=SCHEDULE.id), _world(active=[ADA], schedules=[SCHEDULE]), NOW)

    assert reached == Roster(duties=(), changes_at=None)
    assert on_call(SCHEDULE, NOW) == ()
    assert next_change(SCHEDULE, NOW) is None


def test_a_schedule_the_world_does_not_hold_reaches_nobody():
    assert roster(_layer(schedule=SCHEDULE.id), _world(), NOW) == Roster(duties=())


def test_a_plain_address_is_always_reached():
    fallback = Duty(user=OPERATOR, source="fallback")

    assert reach([fallback], _world()) == Roster(duties=(fallback,))


@pytest.mark.parametrize(("recipient", "expected"), [(OPERATOR, True), (ADA, False)])
def test_an_address_is_told_from_a_person(recipient, expected):
    assert is_address(recipient) is expected


# Working hours (contract 7.6)

OFFICE = WorkingHours(id=UUID(int=7), timezone="Europe/Berlin", windows=(window("12345", "09:00", "17:00"),))
OPENS = datetime(2026, 5, 4, 7, tzinfo=UTC)
CLOSES = OPENS + 8 * HOUR


def _in_hours(*, during: bool, hours: UUID = OFFICE.id, schedule: UUID | None = None) -> Layer:
    users = () if schedule else (ADA,)
    return replace(_layer(*users, schedule=schedule), hours=hours, during=during)


def _open_world(*schedules: Schedule, hours: WorkingHours = OFFICE) -> World:
    return replace(_world(active=[ADA], schedules=schedules), hours={hours.id: hours})


@pytest.mark.parametrize(
    ("during", "at", "skipped", "changes_at"),
    [
        (True, OPENS - HOUR, "outside_hours", OPENS),
        (True, OPENS, None, CLOSES),
        (True, CLOSES, "outside_hours", OPENS + DAY),
        (False, OPENS - HOUR, None, OPENS),
        (False, OPENS, "during_hours", CLOSES),
        (False, CLOSES, None, OPENS + DAY),
    ],
)
def test_a_layer_is_asked_only_within_its_hours_or_only_outside_them(during, at, skipped, changes_at):
    reached = roster(_in_hours(during=during), _open_world(), at)

    assert reached == Roster(duties=() if skipped else (_named(ADA),), skipped=skipped, changes_at=changes_at)


def test_a_skipped_layer_does_not_tell_whom_it_would_miss():
    reached = roster(_in_hours(during=True), replace(_open_world(), people={}), CLOSES)

    assert (reached.skipped, reached.missed) == ("outside_hours", ())


@pytest.mark.parametrize(("shift_ends", "changes_at"), [(CLOSES - HOUR, CLOSES - HOUR), (CLOSES + HOUR, CLOSES)])
def test_a_roster_changes_with_the_schedule_or_with_the_hours_whichever_is_first(shift_ends, changes_at):
    there = schedule(rotation(ADA, starts_at=OPENS, ends_at=shift_ends))

    assert roster(_in_hours(during=True, schedule=there.id), _open_world(there), OPENS).changes_at == changes_at


@pytest.mark.parametrize(
    "hours",
    [replace(OFFICE, id=UUID(int=8)), replace(OFFICE, timezone="Europe/Atlantis")],
    ids=["unknown", "in an unknown zone"],
)
@pytest.mark.parametrize("during", [True, False])
def test_hours_that_cannot_be_read_do_not_cost_a_page(hours, during):
    reached = roster(_in_hours(during=during), _open_world(hours=hours), CLOSES)

    assert reached == Roster(duties=(_named(ADA),))


@pytest.mark.parametrize(("during", "skipped"), [(True, "outside_hours"), (False, None)])
def test_hours_without_windows_are_never(during, skipped):
    reached = roster(_in_hours(during=during), _open_world(hours=replace(OFFICE, windows=())), OPENS)

    assert (reached.skipped, reached.changes_at) == (skipped, None)


def test_who_a_layer_has_reached_already_does_not_depend_on_its_hours():
    assert members(_in_hours(during=True), _open_world(), CLOSES) == Roster(duties=(_named(ADA),))


def test_people_on_call_are_missed_like_any_others():
    there = schedule(rotation(BOB, starts_at=OPENS), rotation(CYD, starts_at=OPENS, position=1))
    world = _world(inactive=[BOB], schedules=[there])

    assert roster(_layer(schedule=there.id), world, OPENS) == Roster(
        duties=(), missed=((BOB, "inactive"), (CYD, "unknown")), changes_at=OPENS + 7 * DAY
    )
