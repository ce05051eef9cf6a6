"""When layers reach somebody, put together: the same gaps as found by asking each plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.domain.coverage import Purse, TooManyChanges, gaps
from escalation.domain.model import Layer, Person, Plan, WorkingHours, World
from escalation.domain.reaching import Called, Reaching, asked, called_in, gaps_together, reached_in
from escalation.domain.roster import members, reach
from escalation.domain.schedule import on_call
from escalation.domain.times import between
from tests.escalation.domain import strategies as some
from tests.escalation.domain.schedules import ADA, BOB, CYD, DAY, HOUR, rotation, schedule, utc, window
from tests.incidents.domain.examples import modest

MONDAY = utc(2026, 5, 4, 7)  # 09:00 in Berlin
OFFICE = WorkingHours(id=UUID(int=7), timezone="Europe/Berlin", windows=(window("12345", "09:00", "17:00"),))
PLENTY = 1_000_000


def _world(*schedules, people=(ADA, BOB)):
    return World(
        schedules={there.id: there for there in schedules},
        people={user: Person(user=user, active=user != BOB, rules=()) for user in people},
        fallback=(),
        operator="operator@example.org",
        default_timeout=timedelta(minutes=5),
        tzdata="2026a",
        hours={OFFICE.id: OFFICE},
    )


def _layers(targets, conditions):
    """Return layers of a schedule's id or of users, each with no hours, or during or outside the office's."""
    return [
        Layer(
            id=UUID(int=position),
            position=position,
            timeout=timedelta(minutes=5),
            schedule=target if isinstance(target, UUID) else None,
            users=() if isinstance(target, UUID) else target,
            hours=None if kind == "none" else OFFICE.id,
            during=kind == "during",
        )
        for position, (target, kind) in enumerate(zip(targets, conditions, strict=False), 1)
    ]


def _together(layers, world, start, end):
    reaching = []
    for layer in layers:
        if layer.schedule is None:
            found = between(start, end) if members(layer, world, start).duties else ()
        else:
            there = world.schedules[layer.schedule]
            found = reached_in(called_in(there, world, start, end, Purse(PLENTY)), start, end)
        reaching.append(Reaching(asked(layer, world, start, end, Purse(PLENTY)), found))
    return gaps_together(reaching, between(start, end))


_conditions = st.lists(st.sampled_from(["none", "during", "outside"]), min_size=3, max_size=3)


@modest
@given(some.schedules(), st.lists(st.sampled_from(["first", (ADA,), (BOB,), (CYD,)]), max_size=3), _conditions)
def test_the_gaps_of_layers_put_together_are_those_found_by_asking_the_plan(drawn, targets, conditions):
    there, around = drawn
    world, start, end = _world(there), around - 2 * DAY, around + 2 * DAY
    layers = _layers([there.id if target == "first" else target for target in targets], conditions)
    plan = Plan(format=1, policy_version=1, layers=tuple(layers), repeat=0, repage=None)
    found = list(gaps(plan, world, start, end))

    assert _together(layers, world, start, end) == [
        tuple((since, until) for since, until, position in found if position == wanted)
        for wanted in [None, *(layer.position for layer in layers)]
    ]


@modest
@given(some.schedules())
def test_who_is_called_is_who_is_on_call_and_for_as_long_as_that_is_so(drawn):
    there, around = drawn
    world, start, end = _world(there), around - DAY, around + DAY
    spans = list(called_in(there, world, start, end, Purse(PLENTY)))

    assert spans[0].starts_at <= start
    assert spans[-1].ends_at >= end
    for before, after in pairwise(spans):
        assert before.ends_at == after.starts_at
        assert before.value != after.value
    for called, since, until in spans:
        for at in (max(since, start), min(until, end) - timedelta(microseconds=1)):
            roster = reach(on_call(there, at), world)
            assert called == Called(
                tuple(duty.user for duty in roster.duties), tuple(user for user, _ in roster.missed)
            )


def test_a_turn_that_ends_after_what_is_looked_at_ends_where_it_does():
    there = schedule(rotation(ADA, CYD, starts_at=MONDAY))
    spans = list(called_in(there, _world(there), MONDAY + DAY, MONDAY + 2 * DAY, Purse(PLENTY)))

    assert [(since, until) for _, since, until in spans] == [(MONDAY, MONDAY + 7 * DAY)]


def test_no_more_is_asked_than_the_purse_holds():
    there = schedule(rotation(ADA, CYD, starts_at=MONDAY, days=1))
    thrifty = Purse(2 * 10)

    assert len(list(called_in(there, _world(there), MONDAY, MONDAY + 10 * DAY, thrifty))) == 10
    with pytest.raises(TooManyChanges):
        list(called_in(there, _world(there), MONDAY, MONDAY + HOUR, thrifty))


def test_what_is_spent_of_a_part_is_spent_of_the_whole():
    whole = Purse(5)
    Purse(4, out_of=whole).spend(3)

    with pytest.raises(TooManyChanges):
        Purse(4, out_of=whole).spend(3)
    whole.spend(2)


def test_hours_in_a_zone_that_nobody_knows_leave_no_layer_out():
    (layer,) = _layers([(ADA,)], ["during"])
    world = replace(_world(), hours={OFFICE.id: replace(OFFICE, timezone="Nowhere/City")})

    assert asked(layer, world, MONDAY, MONDAY + DAY, Purse(PLENTY)) == between(MONDAY, MONDAY + DAY)
