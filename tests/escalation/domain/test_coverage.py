"""Where a plan reaches nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from escalation.domain.coverage import gaps
from escalation.domain.model import Layer, Person, Plan, WorkingHours, World
from escalation.domain.roster import members, roster
from tests.escalation.domain import strategies as some
from tests.escalation.domain.schedules import (
    ADA,
    BOB,
    CYD,
    DAY,
    HOUR,
    override,
    rotation,
    schedule,
    utc,
    window,
)
from tests.incidents.domain.examples import modest

MONDAY = utc(2026, 5, 4, 7)  # 09:00 in Berlin
SUNDAY = MONDAY + 6 * DAY
OFFICE = WorkingHours(id=UUID(int=7), timezone="Europe/Berlin", windows=(window("12345", "09:00", "17:00"),))


def _plan(*layers):
    """Return the plan of layers given as a schedule, or as a tuple of users."""
    placed = []
    for position, target in enumerate(layers, 1):
        users = target if isinstance(target, tuple) else ()
        there = None if isinstance(target, tuple) else target.id
        layer = Layer(
            id=UUID(int=position), position=position, timeout=timedelta(minutes=5), schedule=there, users=users
        )
        placed.append(layer)
    return Plan(format=1, policy_version=1, layers=tuple(placed), repeat=0, repage=None)


def _in_hours(plan, *, during=True):
    """Return ``plan`` with each layer asked only within office hours, or only outside them."""
    layers = tuple(replace(layer, hours=OFFICE.id, during=during) for layer in plan.layers)
    return replace(plan, layers=layers)


def _world(*schedules, people=(ADA, BOB)):
    return World(
        schedules={there.id: there for there in schedules},
        people={user: Person(user=user, active=True, rules=()) for user in people},
        fallback=(),
        operator="operator@example.org",
        default_timeout=timedelta(minutes=5),
        tzdata="2026a",
        hours={OFFICE.id: OFFICE},
    )


def _gaps(plan, world, start=MONDAY, end=SUNDAY):
    return [
        ((since - MONDAY) / HOUR, (until - MONDAY) / HOUR, place)
        for since, until, place in gaps(plan, world, start, end)
    ]


def test_a_plan_that_always_reaches_somebody_has_no_gap():
    assert _gaps(_plan((ADA,)), _world()) == []


def test_a_layer_has_a_gap_where_its_schedule_has_nobody_and_the_plan_none():
    office = schedule(rotation(ADA, starts_at=MONDAY, restrictions=OFFICE.windows))

    assert _gaps(_plan(office, (BOB,)), _world(office), end=MONDAY + 2 * DAY) == [(8, 24, 1), (32, 48, 1)]


def test_the_plan_has_a_gap_where_no_layer_reaches_anybody():
    office = schedule(rotation(ADA, starts_at=MONDAY, restrictions=OFFICE.windows))

    assert _gaps(_plan(office, (CYD,)), _world(office), end=MONDAY + 2 * DAY) == [
        (0, 48, 2),
        (8, 24, None),
        (8, 24, 1),
        (32, 48, None),
        (32, 48, 1),
    ]


def test_gaps_that_touch_are_one_and_cut_to_what_was_asked_about():
    """Cyd's weekly turns begin anew each Monday; nobody knows Cyd."""
    forever = schedule(rotation(CYD, starts_at=MONDAY - 70 * DAY))

    assert _gaps(_plan(forever), _world(forever), end=MONDAY + 21 * DAY) == [(0, 504, None), (0, 504, 1)]


def test_an_override_fills_a_gap():
    nobody = schedule(overrides=(override(ADA, MONDAY + HOUR, MONDAY + 2 * HOUR),))

    assert _gaps(_plan(nobody), _world(nobody), end=MONDAY + 3 * HOUR) == [
        (0, 1, None),
        (0, 1, 1),
        (2, 3, None),
        (2, 3, 1),
    ]


def test_while_its_hours_leave_a_layer_out_it_has_no_gap():
    assert _gaps(_in_hours(_plan((CYD,), (ADA,))), _world(), end=MONDAY + DAY) == [(0, 8, 1)]


def test_where_hours_leave_every_layer_out_the_last_is_asked():
    plan = _in_hours(_plan((CYD,), (ADA,)))

    assert _gaps(_in_hours(_plan((ADA,), (CYD,))), _world(), end=MONDAY + DAY) == [(0, 8, 2), (8, 24, None)]
    assert all(place is not None for *_, place in _gaps(plan, _world()))


def test_layers_for_the_office_and_for_the_rest_leave_no_gap_between_them():
    office, rest = _in_hours(_plan((ADA,))).layers[0], _in_hours(_plan((ADA,), (BOB,)), during=False).layers[1]

    assert _gaps(replace(_plan(), layers=(office, rest)), _world()) == []


def test_a_plan_without_layers_is_one_gap():
    assert _gaps(_plan(), _world()) == [(0, 144, None)]


def test_nothing_is_asked_about_no_time():
    assert _gaps(_plan(), _world(), end=MONDAY) == []


@modest
@given(some.schedules(), st.lists(st.sampled_from(["none", "during", "outside"]), min_size=1, max_size=3))
def test_gaps_are_where_asking_finds_nobody(drawn, conditions):
    there, around = drawn
    layers = [
        replace(layer, hours=None if kind == "none" else OFFICE.id, during=kind == "during")
        for layer, kind in zip(_plan(there, (CYD,), there).layers, conditions, strict=False)
    ]
    plan, world = replace(_plan(), layers=tuple(layers)), _world(there)
    start, end = around - DAY, around + DAY
    found = list(gaps(plan, world, start, end))

    assert found == sorted(found, key=lambda gap: (gap[0], gap[2] or 0))
    for at in (start + number * timedelta(minutes=17) for number in range(170)):
        asked = [roster(layer, world, at) for layer in layers]
        expected = {n for n, one in enumerate(asked, 1) if one.skipped is None and not one.duties}
        everybody_skipped = all(one.skipped for one in asked)
        nobody = not any(one.duties for one in asked)
        if nobody and not (everybody_skipped and members(layers[-1], world, at).duties):
            expected.add(None)
        assert {place for since, until, place in found if since <= at < until} == expected
