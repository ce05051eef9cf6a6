"""A running escalation goes over to another plan: where it stands then, and how it goes on."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from escalation.domain.model import Plan
from incidents.domain.model import Cause, Status
from tests.incidents.domain.worlds import (
    ADA,
    BOB,
    CYD,
    DEAD,
    HEARD,
    KEY,
    acknowledge,
    all_dead,
    apply_plan,
    at,
    fires,
    names,
    notes,
    outline,
    plan,
    rota,
    standing,
    targets,
    tell,
    wake,
    world,
)

TWO = plan(names(ADA, minutes=5), names(BOB, minutes=10))
THREE = plan(names(ADA), names(BOB), names(CYD))
OPEN = (Status.PAGING, Status.ACKNOWLEDGED, Status.SNOOZED, Status.EXHAUSTED)
SILENT = (Status.ACKNOWLEDGED, Status.SNOOZED)

INSERTED = replace(
    TWO,
    repeat=1,
    layers=(
        replace(THREE.layers[2], id=UUID(int=9), position=1),
        *[replace(one, position=2) for one in TWO.layers[:1]],
    ),
)
"""Cyd before Ada, and Bob gone."""


def test_an_applied_plan_tells_who_applied_which_and_where_it_stands():
    decision = tell(TWO, standing(Status.PAGING), apply_plan(INSERTED), world())

    assert notes(decision, "plan_applied") == [
        {"layerId": str(UUID(int=1)), "position": 2, "actorId": KEY, "pass": 2, "policyVersion": 1, "layers": 2}
    ]


@pytest.mark.parametrize("status", [Status.PAGING, *SILENT])
def test_a_layer_that_is_still_in_the_plan_stays_the_current_one(status: Status):
    before = standing(status, position=1, firing=4, reached=True, extended=True, fallback_beside=True, held_by=BOB)

    decision = tell(TWO, before, apply_plan(INSERTED), world())

    assert decision.plan == INSERTED
    assert decision.state == replace(
        before, pass_no=2, position=2, repeats_left=1, reached=False, fallback_beside=False
    )


@pytest.mark.parametrize(("shorter", "position"), [(plan(names(CYD)), 1), (plan(), 0)])
def test_a_layer_that_is_gone_leaves_it_as_far_along_as_there_are_layers(shorter: Plan, position: int):
    gone = replace(shorter, layers=tuple(replace(layer, id=UUID(int=9)) for layer in shorter.layers))

    decision = tell(TWO, standing(Status.PAGING, position=2, firing=2), apply_plan(gone), world())

    assert (decision.state.position, decision.state.due_at) == (position, at(5))


def test_a_plan_applied_before_the_first_page_changes_only_whom_that_calls():
    deferred = standing(Status.PAGING, position=0, firing=0, due=1)

    applied = tell(TWO, deferred, apply_plan(INSERTED), world())

    assert applied.state.position == 0
    assert outline(wake(INSERTED, applied.state, world(), minute=1)) == ["fire 1 layer 2/1 user_cyd", "layer_paged"]


def test_the_roster_of_the_layer_that_is_current_then_is_looked_at_when_it_changes():
    changing = rota((0, (BOB,)), (20, (CYD,)))
    other = plan(targets(changing))

    applied = tell(TWO, standing(Status.PAGING), apply_plan(other), world(changing))

    assert outline(applied) == ["plan_applied"]
    assert applied.state.roster_at == at(20)


def test_the_next_layer_of_an_applied_plan_is_called_for_the_first_time():
    """It is not told that nobody answered the last time: there was none."""
    applied = tell(TWO, standing(Status.PAGING), apply_plan(THREE), world())

    decision = wake(THREE, applied.state, world(), minute=5)

    assert [fire.cause for fire in fires(decision)] == [Cause.LAYER]
    assert (decision.state.pass_no, decision.state.position, decision.state.reached) == (2, 2, True)


def test_a_plan_applied_while_the_layers_are_repeated_goes_on_repeating():
    again = standing(Status.PAGING, pass_no=2, firing=3)

    applied = tell(TWO, again, apply_plan(THREE), world())

    assert [fire.cause for fire in fires(wake(THREE, applied.state, world(), minute=5))] == [Cause.REPEAT]


def test_a_plan_with_repeats_lets_the_pass_repeat_that_it_was_applied_in():
    repeating = replace(TWO, repeat=1)
    applied = tell(TWO, standing(Status.PAGING, position=2, firing=2, due=15), apply_plan(repeating), world())

    decision = wake(repeating, applied.state, world(), minute=15, reach=HEARD)

    assert outline(decision) == ["layer_timed_out", "pass_repeated", "fire 3 repeat 3/1 user_ada", "layer_paged"]


def test_pages_that_die_after_a_plan_was_applied_leave_their_layer_at_once():
    applied = tell(TWO, standing(Status.PAGING), apply_plan(THREE), world())

    assert outline(all_dead(THREE, applied.state, world(), minute=2, reach=DEAD)) == [
        "layer_timed_out_unheard",
        "fire 2 layer 2/2 user_bob",
        "layer_paged",
    ]


def test_a_plan_without_layers_has_the_owner_for_one():
    decision = tell(TWO, standing(Status.EXHAUSTED, position=2, firing=3, owner=CYD), apply_plan(plan()), world())

    assert outline(decision) == ["plan_applied", "fire 4 repeat 2/1 user_cyd", "layer_paged"]
    assert (decision.state.status, decision.state.due_at) == (Status.PAGING, at(8))


def test_an_exhausted_escalation_that_gets_a_plan_reaching_nobody_pages_the_fallback_and_waits():
    later = rota((50, (BOB,)))

    decision = tell(
        TWO, standing(Status.EXHAUSTED, position=2, firing=3), apply_plan(plan(targets(later))), world(later)
    )

    assert outline(decision)[-2:] == ["fire 4 fallback 2/1 fallback@example.org", "fallback_paged"]
    assert (decision.state.status, decision.state.due_at, decision.state.roster_at) == (
        Status.EXHAUSTED,
        at(31),
        at(50),
    )


@pytest.mark.parametrize("status", OPEN)
def test_applying_no_plan_changes_nothing(status: Status):
    before = standing(status)

    decision = tell(TWO, before, apply_plan(None), world())

    assert (decision.plan, decision.state, decision.effects) == (TWO, before, ())


def test_an_acknowledgement_after_a_plan_was_applied_waits_as_that_plan_says():
    applied = tell(TWO, standing(Status.PAGING), apply_plan(replace(TWO, repage=plan(repage=30).repage)), world())

    assert tell(applied.plan, applied.state, acknowledge(BOB), world(), minute=2).state.due_at == at(32)
