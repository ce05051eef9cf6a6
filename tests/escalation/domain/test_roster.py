from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from escalation.domain.model import Address, Duty, Layer, Person, Roster, Schedule, UserId, World
from escalation.domain.roster import is_address, reach, roster
from escalation.domain.schedule import next_change, on_call

NOW = datetime(2026, 5, 4, 7, tzinfo=UTC)
LAYER_ID = UUID("018f3c1e-9b22-7d10-8c3f-3b7a60f0d402")
SCHEDULE = Schedule(id=UUID("018f3c1d-0001-7aaa-8bbb-1c2d3e4f5a6b"), timezone="Europe/Berlin")
ADA, BOB, CYD = UserId("user_ada"), UserId("user_bob"), UserId("user_cyd")
OPERATOR = Address("operator@example.com")


def _world(*, active=(), inactive=(), schedules=()):
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


def _layer(*users, schedule=None):
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
