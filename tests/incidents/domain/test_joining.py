"""People who come on call while an incident is being paged, and the instants at which a roster is looked at."""

from __future__ import annotations

import pytest

from incidents.domain.model import Status
from tests.incidents.domain.worlds import (
    ADA,
    BOB,
    CYD,
    FALLBACK,
    TRYING,
    acknowledge,
    at,
    fires,
    hand_off,
    names,
    notes,
    outline,
    plan,
    rota,
    standing,
    targets,
    tell,
    trigger,
    wake,
    world,
)

ROTA = rota((0, (ADA,)), (2, (ADA, BOB)), (3, (CYD, BOB)), (60, ()))
LADDER = plan(targets(ROTA, minutes=5), names(BOB, minutes=10))
WORLD = world(ROTA)


def test_everybody_who_comes_on_call_is_paged_once_and_the_timer_stays():
    first = trigger(LADDER, WORLD)
    second = wake(LADDER, first.state, WORLD, minute=2)
    third = wake(LADDER, second.state, WORLD, minute=3)

    assert outline(second) == ["person_joined", "fire 2 joined 1/1 user_bob", "layer_paged"]
    assert outline(third) == ["person_joined", "fire 3 joined 1/1 user_cyd", "layer_paged"]
    assert third.state == standing(Status.PAGING, firing=3, entered=1, due=5, roster=60, paged=(ADA, BOB, CYD))
    assert fires(third)[0].due_at == at(5)


def test_who_joined_is_told_with_the_reason():
    decision = wake(LADDER, standing(Status.PAGING, roster=2), WORLD, minute=2)

    assert notes(decision, "person_joined") == [
        {
            "layerId": str(LADDER.layers[0].id),
            "position": 1,
            "userId": BOB,
            "source": "rotation",
            "sourceId": str(ROTA.rotations[2].id),
            "until": "2026-03-09T03:03:00.000Z",
        }
    ]


def test_several_people_join_in_one_firing():
    changing = rota((0, (ADA,)), (2, (ADA, BOB, CYD)))

    decision = wake(plan(targets(changing)), standing(Status.PAGING, roster=2), world(changing), minute=2)

    assert outline(decision) == ["person_joined", "person_joined", "fire 2 joined 1/1 user_bob user_cyd", "layer_paged"]


def test_an_inactive_person_does_not_join():
    decision = wake(LADDER, standing(Status.PAGING, roster=2), world(ROTA, inactive=(BOB,)), minute=2)

    assert outline(decision) == []
    assert decision.state == standing(Status.PAGING, roster=3)


def test_a_shift_that_ends_changes_nothing_but_the_next_look():
    changing = rota((0, (ADA,)), (2, ()), (4, (ADA,)))

    decision = wake(plan(targets(changing)), standing(Status.PAGING, roster=2), world(changing), minute=2)

    assert outline(decision) == []
    assert decision.state == standing(Status.PAGING, roster=4)


def test_an_edited_schedule_is_looked_at_before_its_next_change():
    """An edit wakes the escalation although neither its due time nor its roster time has come."""
    edited = rota((0, (ADA, CYD)), (4, (BOB,)))

    decision = wake(plan(targets(edited)), standing(Status.PAGING, roster=60), world(edited), minute=1)

    assert outline(decision) == ["person_joined", "fire 2 joined 1/1 user_cyd", "layer_paged"]
    assert decision.state.roster_at == at(4)


def test_a_schedule_that_is_gone_is_never_looked_at_again():
    decision = wake(LADDER, standing(Status.PAGING, roster=2), world(), minute=2)

    assert outline(decision) == []
    assert decision.state == standing(Status.PAGING)


def test_the_due_time_goes_before_the_roster():
    decision = wake(LADDER, standing(Status.PAGING, due=2, roster=2), WORLD, minute=2)

    assert outline(decision) == ["layer_timed_out", "fire 2 layer 1/2 user_bob", "layer_paged"]


def test_a_roster_that_came_due_with_the_extension_is_looked_at_next():
    before = standing(Status.PAGING, due=5, roster=2)

    extended = wake(LADDER, before, WORLD, minute=5, reach=TRYING)
    looked = wake(LADDER, extended.state, WORLD, minute=5, reach=TRYING)

    assert (extended.state.due_at, extended.state.wake_at) == (at(10), at(2))
    assert "fire 2 joined 1/1 user_cyd user_bob" in outline(looked)
    assert looked.state.wake_at == at(10)


def test_nobody_joins_before_the_first_layer():
    deferred = standing(Status.PAGING, position=0, firing=0, due=9, paged=())

    decision = wake(LADDER, deferred, WORLD, minute=2)

    assert (decision.state, decision.effects) == (deferred, ())


@pytest.mark.parametrize("status", [Status.ACKNOWLEDGED, Status.SNOOZED])
def test_while_it_is_quiet_nobody_is_paged_for_coming_on_call(status: Status):
    before = standing(status, due=None if status is Status.ACKNOWLEDGED else 100, roster=2)

    decision = wake(LADDER, before, WORLD, minute=2)

    assert outline(decision) == []
    assert (decision.state.roster_at, decision.state.due_at) == (at(3), before.due_at)


def test_an_acknowledgement_leaves_the_next_look_as_it_is():
    decision = tell(LADDER, standing(Status.PAGING, roster=2), acknowledge(ADA), WORLD)

    assert decision.state.roster_at == at(2)


def test_people_join_beside_somebody_it_was_handed_to():
    handed = tell(LADDER, standing(Status.PAGING, roster=2), hand_off(CYD), WORLD)
    joined = wake(LADDER, handed.state, WORLD, minute=2)
    nobody = wake(LADDER, joined.state, WORLD, minute=3)

    assert "fire 3 joined 1/1 user_bob" in outline(joined)
    assert joined.state.entered == handed.state.entered == 2
    assert outline(nobody) == []


def test_the_fallback_paged_beside_a_layer_may_still_join_it():
    """Being paged as the fallback is not being paged as on call."""
    changing = rota((0, (ADA,)), (12, (BOB,)))
    ladder = plan(targets(changing, minutes=5))
    reach_nobody_yet = standing(Status.PAGING, extended=True, due=10, roster=12)
    held = wake(ladder, reach_nobody_yet, world(changing, fallback=(BOB,)), minute=10, reach=TRYING)
    joined = wake(ladder, held.state, world(changing, fallback=(BOB,)), minute=12)

    assert "fire 2 fallback 1/1 user_bob" in outline(held)
    assert "fire 3 joined 1/1 user_bob" in outline(joined)


def test_whoever_was_on_call_all_along_does_not_join_an_exhausted_escalation_handed_off():
    """The last layer called Bob before the passes ended; a page that dies wakes the escalation."""
    exhausted = standing(Status.EXHAUSTED, position=2, firing=3, reached=True, due=35, paged=(FALLBACK,))

    handed = tell(LADDER, exhausted, hand_off(CYD), WORLD, minute=5)
    woken = wake(LADDER, handed.state, WORLD, minute=6)

    assert outline(woken) == []
