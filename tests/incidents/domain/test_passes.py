"""Walking the layers: empty ones, the end of a pass, repeats, exhaustion, and who is back."""

from __future__ import annotations

import pytest

from escalation.domain.model import Layer, Plan, Recipient
from incidents.domain.model import Cause, Due, Status, Undeliverable
from tests.incidents.domain.worlds import (
    ADA,
    BOB,
    CYD,
    DEAD,
    FALLBACK,
    HEARD,
    OPERATOR,
    TRYING,
    acknowledge,
    all_dead,
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

NOBODY = names()


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        pytest.param((NOBODY, names(BOB)), ["layer_empty", "fire 1 layer 1/2 user_bob", "layer_paged"], id="first"),
        pytest.param(
            (NOBODY, NOBODY, names(BOB)),
            ["layer_empty", "layer_empty", "fire 1 layer 1/3 user_bob", "layer_paged"],
            id="first two",
        ),
        pytest.param(
            (names(CYD), names(BOB)), ["layer_empty", "fire 1 layer 1/2 user_bob", "layer_paged"], id="only inactive"
        ),
        pytest.param((names(ADA), NOBODY), ["fire 1 layer 1/1 user_ada", "layer_paged"], id="last, not reached yet"),
    ],
)
def test_a_layer_that_reaches_nobody_is_noted_and_passed_at_once(layers: tuple[Layer, ...], told: list[str]):
    assert outline(trigger(plan(*layers), world(inactive=(CYD,)))) == told


def test_a_layer_that_is_paged_tells_whom_it_called_whom_it_missed_and_until_when():
    decision = trigger(plan(names(ADA, BOB)), world(inactive=(BOB,)))

    assert notes(decision, "layer_paged") == [
        {
            "layerId": "00000000-0000-0000-0000-000000000001",
            "position": 1,
            "firing": 1,
            "cause": "layer",
            "pass": 1,
            "recipients": [ADA],
            "missed": [{"userId": BOB, "reason": "inactive"}],
            "dueAt": "2026-03-09T03:05:00.000Z",
        }
    ]


@pytest.mark.parametrize("status", [Status.PAGING, Status.SNOOZED])
def test_a_layer_that_is_empty_tells_whom_it_missed(status: Status):
    """Whether it is the next layer or the current one."""
    position = 0 if status is Status.PAGING else 1
    before = standing(status, position=position, due=5)

    decision = wake(plan(names(BOB, CYD)), before, world(inactive=(BOB, CYD)), minute=5)

    assert notes(decision, "layer_empty") == [
        {
            "layerId": "00000000-0000-0000-0000-000000000001",
            "position": 1,
            "missed": [{"userId": BOB, "reason": "inactive"}, {"userId": CYD, "reason": "inactive"}],
        }
    ]


def test_an_empty_layer_in_the_middle_costs_no_time():
    ladder = plan(names(ADA, minutes=5), NOBODY, names(BOB, minutes=10))

    decision = wake(ladder, standing(Status.PAGING), world(), minute=5)

    assert outline(decision) == ["layer_timed_out", "layer_empty", "fire 2 layer 1/3 user_bob", "layer_paged"]
    assert (decision.state.position, decision.state.due_at) == (3, at(15))


def test_an_empty_last_layer_leads_to_the_fallback_in_the_same_step():
    decision = wake(plan(names(ADA), NOBODY), standing(Status.PAGING), world(), minute=5)

    assert outline(decision) == [
        "layer_timed_out",
        "layer_empty",
        "escalation_exhausted",
        "fire 2 fallback 1/2 fallback@example.org",
        "fallback_paged",
    ]
    assert decision.state == standing(Status.EXHAUSTED, position=2, firing=2, reached=True, due=35, paged=(FALLBACK,))


def test_a_plan_whose_layers_are_all_empty_pages_the_fallback_and_waits_for_whoever_comes_first():
    late, soon = rota((90, (ADA,)), number=1), rota((60, (BOB,)), number=2)

    decision = trigger(plan(targets(late), NOBODY, targets(soon), repeat=3), world(late, soon))

    assert outline(decision) == [
        "layer_empty",
        "layer_empty",
        "layer_empty",
        "escalation_exhausted",
        "fire 1 fallback 1/3 fallback@example.org",
        "fallback_paged",
    ]
    assert decision.state == standing(
        Status.EXHAUSTED, position=3, repeats_left=3, due=30, roster=60, paged=(FALLBACK,)
    )


def test_a_plan_without_layers_pages_the_fallback_at_once():
    decision = trigger(plan(repeat=2), world())

    assert outline(decision) == [
        "escalation_exhausted",
        "fire 1 fallback 1/0 fallback@example.org",
        "fallback_paged",
    ]
    assert decision.state == standing(Status.EXHAUSTED, position=0, repeats_left=2, due=30, paged=(FALLBACK,))


def test_an_incident_without_layers_has_its_owner_for_one_and_then_the_fallback():
    opened = trigger(plan(), world(), owner=ADA)
    unanswered = wake(opened.plan, opened.state, world(), minute=7)

    assert outline(opened) == ["fire 1 layer 1/1 user_ada", "layer_paged"]
    assert opened.state == standing(Status.PAGING, due=7, owner=ADA)
    assert outline(unanswered) == [
        "layer_timed_out",
        "escalation_exhausted",
        "fire 2 fallback 1/1 fallback@example.org",
        "fallback_paged",
    ]


def test_an_owner_who_stands_for_a_layer_is_repeated_and_paged_again_as_the_policy_says():
    opened = trigger(plan(repeat=1, repage=30), world(), owner=ADA)
    repeated = wake(opened.plan, opened.state, world(), minute=7)
    acknowledged = tell(opened.plan, repeated.state, acknowledge(), world(), minute=8)

    assert outline(repeated)[2:] == ["fire 2 repeat 2/1 user_ada", "layer_paged"]
    assert acknowledged.state.due_at == at(38)


def test_an_owner_who_cannot_be_paged_leaves_it_to_the_fallback():
    decision = trigger(plan(), world(inactive=(ADA,)), owner=ADA)

    assert outline(decision)[-2:] == ["fire 1 fallback 1/1 fallback@example.org", "fallback_paged"]


def test_an_owner_stands_for_no_layer_where_there_are_layers():
    decision = trigger(plan(names(BOB)), world(inactive=(BOB,)), owner=ADA)

    assert "fire 1 fallback 1/1 fallback@example.org" in outline(decision)


@pytest.mark.parametrize("status", [Status.PAGING, Status.SNOOZED, Status.ACKNOWLEDGED])
def test_a_plan_without_layers_pages_the_fallback_wherever_it_would_page_a_layer(status: Status):
    before = standing(status, position=0, paged=())

    decision = wake(plan(), before, world(), minute=5)

    assert outline(decision)[-3:] == [
        "escalation_exhausted",
        "fire 2 fallback 1/0 fallback@example.org",
        "fallback_paged",
    ]
    assert (decision.state.status, decision.state.due_at) == (Status.EXHAUSTED, at(35))


def test_a_deferred_first_page_fires_the_first_layer_when_it_is_woken():
    deferred = standing(Status.PAGING, position=0, firing=0, due=1, paged=())

    decision = wake(plan(names(ADA), names(BOB)), deferred, world(), minute=1, reach=DEAD)

    assert outline(decision) == ["fire 1 layer 1/1 user_ada", "layer_paged"]
    assert decision.state == standing(Status.PAGING, due=6)


def test_people_handed_off_to_before_the_first_layer_leave_it_to_the_first_layer():
    deferred = standing(Status.PAGING, position=0, firing=0, due=1, paged=())
    ladder = plan(names(ADA, minutes=5), names(BOB, minutes=10))

    handed = tell(ladder, deferred, hand_off(CYD), world(), minute=0)
    timed_out = wake(ladder, handed.state, world(), minute=5)
    died = all_dead(ladder, handed.state, world(), minute=1)

    assert (handed.state.position, handed.state.due_at) == (0, at(5))
    assert outline(timed_out) == ["fire 2 layer 1/1 user_ada", "layer_paged"]
    assert outline(died) == ["layer_timed_out_unheard", "fire 2 layer 1/1 user_ada", "layer_paged"]


def test_the_last_layer_of_a_pass_repeats_from_the_first_layer_under_a_new_pass_number():
    ladder = plan(names(ADA, minutes=5), names(BOB, minutes=10), repeat=2)
    last = standing(Status.PAGING, position=2, firing=2, repeats_left=2, fallback_beside=True, due=15, paged=(BOB,))

    decision = wake(ladder, last, world(), minute=15)

    assert outline(decision) == ["layer_timed_out", "pass_repeated", "fire 3 repeat 2/1 user_ada", "layer_paged"]
    assert decision.state == standing(Status.PAGING, pass_no=2, firing=3, repeats_left=1, due=20)


def test_later_layers_of_a_repeated_pass_are_repeats_too():
    ladder = plan(names(ADA), names(BOB), repeat=1)

    decision = wake(ladder, standing(Status.PAGING, pass_no=2, firing=3), world(), minute=5)

    assert "fire 4 repeat 2/2 user_bob" in outline(decision)


def test_a_pass_counts_as_reached_by_one_layer_left_by_time():
    """The first layer was left by time, the last one as dead: the pass is repeated all the same."""
    ladder = plan(names(ADA), names(BOB), repeat=1)
    last = standing(Status.PAGING, position=2, firing=2, repeats_left=1, reached=True, due=10, paged=(BOB,))

    decision = all_dead(ladder, last, world(), minute=6)

    assert outline(decision)[1:] == ["pass_repeated", "fire 3 repeat 2/1 user_ada", "layer_paged"]


def test_a_pass_that_reached_nobody_is_not_repeated():
    """All layers dead: the fallback is paged instead, and the repeats are kept for when somebody is back."""
    ladder = plan(names(ADA), names(BOB), repeat=5)
    first = trigger(ladder, world())
    second = all_dead(ladder, first.state, world())
    decision = all_dead(ladder, second.state, world(), minute=2)

    assert outline(decision) == [
        "layer_timed_out_unheard",
        "escalation_exhausted",
        "fire 3 fallback 1/2 fallback@example.org",
        "fallback_paged",
    ]
    assert decision.state == standing(Status.EXHAUSTED, position=2, firing=3, repeats_left=5, due=32, paged=(FALLBACK,))


def test_a_repeated_pass_in_which_everybody_has_left_ends_the_passes():
    ladder = plan(names(ADA), repeat=5)
    last = standing(Status.PAGING, repeats_left=5)

    decision = wake(ladder, last, world(inactive=(ADA,)), minute=5)

    assert outline(decision) == [
        "layer_timed_out",
        "pass_repeated",
        "layer_empty",
        "escalation_exhausted",
        "fire 2 fallback 2/1 fallback@example.org",
        "fallback_paged",
    ]
    assert (decision.state.repeats_left, decision.state.reached) == (4, False)


def test_exhaustion_after_somebody_was_reached_waits_for_no_roster():
    early = rota((0, (ADA,)), (60, (BOB,)))
    before = standing(Status.PAGING, roster=60)

    decision = wake(plan(targets(early)), before, world(early), minute=5)

    assert (decision.state.status, decision.state.roster_at) == (Status.EXHAUSTED, None)
    assert notes(decision, "escalation_exhausted") == [{"pass": 1, "somebodyReached": True}]


def test_an_exhausted_escalation_that_reached_somebody_ignores_schedule_edits():
    edited = rota((0, (ADA, BOB)))
    before = standing(Status.EXHAUSTED, reached=True, due=35, roster=20, paged=(FALLBACK,))

    decision = wake(plan(targets(edited)), before, world(edited), minute=20)

    assert outline(decision) == []
    assert (decision.state.due_at, decision.state.roster_at) == (at(35), None)


def test_an_exhausted_escalation_that_still_reaches_nobody_waits_for_the_next_change():
    changing = rota((20, ()), (40, (ADA,)))
    before = standing(Status.EXHAUSTED, due=35, roster=20, paged=(FALLBACK,))

    decision = wake(plan(targets(changing)), before, world(changing), minute=20)

    assert outline(decision) == []
    assert (decision.state.due_at, decision.state.roster_at) == (at(35), at(40))


def test_a_page_that_dies_does_not_start_a_new_pass():
    """Ada is on call but dead; that one of the fallback's pages dies too does not make her any less so."""
    before = standing(Status.EXHAUSTED, due=31, roster=60, paged=(FALLBACK, BOB))

    decision = wake(plan(names(ADA)), before, world(), minute=2, reach=TRYING)

    assert (decision.state, decision.effects) == (before, ())


def test_dead_people_and_a_half_dead_fallback_do_not_chase_each_other():
    """Every page but one fallback's is lost at once, and each loss wakes the escalation."""
    ladder, there = plan(names(ADA), repeat=3), world(fallback=(BOB, CYD))
    state, firings = trigger(ladder, there).state, []
    for second in range(1, 60):
        event = Undeliverable(reach=DEAD) if state.status is Status.PAGING else Due(reach=HEARD)
        decision = tell(ladder, state, event, there, minute=second / 60)
        state, firings = decision.state, firings + fires(decision)

    assert [fire.cause for fire in firings] == [Cause.FALLBACK]


def test_the_first_person_back_starts_a_new_pass_that_keeps_the_repeats():
    changing = rota((20, (BOB,)))
    ladder = plan(names(), targets(changing, minutes=10), repeat=2)
    before = standing(Status.EXHAUSTED, position=2, repeats_left=2, due=30, roster=20, paged=(FALLBACK,))

    decision = wake(ladder, before, world(changing), minute=20)

    assert outline(decision) == ["pass_repeated", "layer_empty", "fire 2 repeat 2/2 user_bob", "layer_paged"]
    assert decision.state == standing(
        Status.PAGING, pass_no=2, position=2, firing=2, repeats_left=2, due=30, paged=(BOB,)
    )


def test_the_exhausted_fallback_is_paged_again_every_thirty_minutes():
    before = trigger(plan(), world()).state

    once = wake(plan(), before, world(), minute=30)
    twice = wake(plan(), once.state, world(), minute=60)

    assert outline(once) == ["fire 2 fallback 1/0 fallback@example.org", "fallback_paged"]
    assert outline(twice) == ["fire 3 fallback 1/0 fallback@example.org", "fallback_paged"]
    assert twice.state.due_at == at(90)


@pytest.mark.parametrize(
    ("fallback", "called"),
    [
        pytest.param((ADA, BOB), "user_ada", id="those of it who are active"),
        pytest.param((BOB,), OPERATOR, id="the operator when none is"),
        pytest.param((), OPERATOR, id="the operator when there is none"),
    ],
)
def test_the_fallback_is_never_nobody(fallback: tuple[Recipient, ...], called: str):
    empty: Plan = plan()

    decision = trigger(empty, world(fallback=fallback, inactive=(BOB,)))

    assert outline(decision)[1] == f"fire 1 fallback 1/0 {called}"


def test_an_operator_in_place_of_the_fallback_is_told_whom_the_fallback_missed():
    decision = trigger(plan(), world(fallback=(BOB,), inactive=(BOB,)))

    assert notes(decision, "fallback_paged")[0]["missed"] == [{"userId": BOB, "reason": "inactive"}]
    assert fires(decision)[0].roster.missed == ((BOB, "inactive"),)
