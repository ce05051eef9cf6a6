"""How time is counted: lateness, the one extension, the last layer that is held, and dead layers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from incidents.domain.escalation import decide
from incidents.domain.model import Due, Event, Reach, State, Status, Undeliverable
from tests.incidents.domain.worlds import (
    ADA,
    BOB,
    CYD,
    DEAD,
    DEAD_AFTER_HEARD,
    DEAD_BUT_EARLIER_TRYING,
    FALLBACK,
    HEARD,
    OPERATOR,
    START,
    TRYING,
    TRYING_AFTER_HEARD,
    acknowledge,
    all_dead,
    at,
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


# Lateness (invariant I10)


@pytest.mark.parametrize(
    ("timeout", "late", "carried"),
    [
        pytest.param(600, 0, False, id="on time"),
        pytest.param(600, 5, False, id="five seconds are absorbed"),
        pytest.param(600, 5.001, True, id="more than five seconds are carried"),
        pytest.param(30, 3, False, id="a tenth of the timeout is absorbed"),
        pytest.param(30, 3.001, True, id="more than a tenth is carried"),
        pytest.param(600, 1200, True, id="twenty minutes are carried, and the person gets the full timeout"),
    ],
)
def test_lateness_is_absorbed_up_to_five_seconds_and_a_tenth_of_the_timeout(timeout: float, late: float, carried: bool):
    ladder = plan(names(ADA, minutes=5), names(BOB, minutes=timeout / 60))
    now = at(5) + timedelta(seconds=late)

    decision = decide(ladder, standing(Status.PAGING), Due(reach=HEARD), world(), now)

    assert decision.state.due_at == (now if carried else at(5)) + timedelta(seconds=timeout)
    told = {"layerId": str(ladder.layers[1].id), "position": 2, "reason": "late", "lateSeconds": round(late)}
    assert notes(decision, "timer_moved") == ([told] if carried else [])


def test_after_an_outage_layers_do_not_fire_as_a_burst():
    late = wake(TWO, standing(Status.PAGING), world(), minute=60)

    assert outline(late) == ["layer_timed_out", "timer_moved", "fire 2 layer 1/2 user_bob", "layer_paged"]
    assert late.state.due_at == at(70)


def test_lateness_counts_from_the_layer_left_when_empty_ones_lie_between():
    ladder = plan(names(ADA, minutes=5), names(), names(BOB, minutes=10))

    assert wake(ladder, standing(Status.PAGING), world(), minute=5.05).state.due_at == at(15)


def test_a_first_page_deferred_for_long_is_told_as_late():
    deferred = standing(Status.PAGING, position=0, firing=0, due=0, paged=())

    decision = wake(TWO, deferred, world(), minute=20)

    assert outline(decision) == ["timer_moved", "fire 1 layer 1/1 user_ada", "layer_paged"]
    assert decision.state.due_at == at(25)


def test_the_timers_of_a_held_layer_and_of_the_first_fallback_begin_when_they_are_set():
    late = 15.05

    held = wake(TWO, last(), world(), minute=late, reach=TRYING)
    exhausted = wake(TWO, last(), world(), minute=late)

    assert held.state.due_at == at(25.05)
    assert exhausted.state.due_at == at(45.05)


def test_the_exhausted_fallback_keeps_its_thirty_minutes():
    exhausted = standing(Status.EXHAUSTED, position=2, due=5, paged=(FALLBACK,))

    assert wake(TWO, exhausted, world(), minute=5.05).state.due_at == at(35)
    assert wake(TWO, exhausted, world(), minute=50).state.due_at == at(80)


@pytest.mark.parametrize("status", [Status.ACKNOWLEDGED, Status.SNOOZED])
def test_a_late_end_of_silence_still_gives_the_full_timeout(status: Status):
    assert wake(TWO, standing(status), world(), minute=5.05).state.due_at == at(10.05)


# The one extension


def test_the_timeout_is_extended_by_itself_while_nothing_was_handed_over_and_something_is_tried():
    decision = wake(TWO, standing(Status.PAGING), world(), minute=5, reach=TRYING)

    assert decision.state == standing(Status.PAGING, due=10, extended=True)
    assert outline(decision) == ["timer_moved"]
    assert notes(decision, "timer_moved")[0]["reason"] == "nothing_handed_over"


def test_the_extension_is_given_whatever_earlier_layers_heard():
    decision = wake(TWO, standing(Status.PAGING), world(), minute=5, reach=TRYING_AFTER_HEARD)

    assert decision.state.extended


def test_a_layer_is_extended_only_once_and_then_left_unheard():
    extended = standing(Status.PAGING, due=10, extended=True)

    decision = wake(TWO, extended, world(), minute=10, reach=TRYING)

    assert outline(decision) == ["layer_timed_out_unheard", "fire 2 layer 1/2 user_bob", "layer_paged"]
    assert decision.state == standing(Status.PAGING, position=2, firing=2, reached=True, due=20, paged=(BOB,))


def test_a_late_extension_says_that_it_was_late():
    decision = wake(TWO, standing(Status.PAGING), world(), minute=8, reach=TRYING)

    assert decision.state.due_at == at(13)
    assert [note["reason"] for note in notes(decision, "timer_moved")] == ["late", "nothing_handed_over"]


@pytest.mark.parametrize("reach", [HEARD, Reach(heard=True, trying=True, pass_heard=True, pass_trying=True)])
def test_a_layer_that_was_heard_is_not_extended(reach: Reach):
    decision = wake(TWO, standing(Status.PAGING), world(), minute=5, reach=reach)

    assert outline(decision)[0] == "layer_timed_out"
    assert decision.state.reached


def test_a_layer_with_nothing_left_to_try_is_left_at_its_due_time_without_counting_as_reached():
    decision = wake(TWO, standing(Status.PAGING), world(), minute=5, reach=DEAD)

    assert outline(decision)[0] == "layer_timed_out_unheard"
    assert (decision.state.position, decision.state.reached) == (2, False)


def test_what_an_earlier_layer_reached_is_not_forgotten():
    before = standing(Status.PAGING, reached=True)

    assert wake(TWO, before, world(), minute=5, reach=DEAD_AFTER_HEARD).state.reached


def test_a_new_layer_may_be_extended_again():
    left = wake(TWO, standing(Status.PAGING, due=10, extended=True), world(), minute=10, reach=TRYING)

    assert not left.state.extended


# The last layer is held


def last(*, extended: bool = True, beside: bool = False, repeats_left: int = 0) -> State:
    return standing(
        Status.PAGING,
        position=2,
        firing=2,
        repeats_left=repeats_left,
        extended=extended,
        fallback_beside=beside,
        due=15,
        paged=(BOB,),
    )


@pytest.mark.parametrize("repeats_left", [0, 3])
def test_the_last_layer_is_held_while_nothing_of_the_pass_arrived_and_something_may(repeats_left: int):
    before = last(repeats_left=repeats_left)

    decision = wake(TWO, before, world(), minute=15, reach=TRYING)

    assert outline(decision) == ["timer_moved", "fire 3 fallback 1/2 fallback@example.org", "fallback_paged"]
    assert decision.state == standing(
        Status.PAGING,
        position=2,
        firing=3,
        entered=2,
        repeats_left=repeats_left,
        extended=True,
        fallback_beside=True,
        due=25,
        paged=(BOB,),
    )
    assert notes(decision, "timer_moved")[0]["reason"] == "nothing_handed_over_in_pass"


def test_the_held_layer_pages_the_fallback_beside_it_once_in_a_pass():
    decision = wake(TWO, last(beside=True), world(), minute=15, reach=TRYING)

    assert outline(decision) == ["timer_moved"]
    assert decision.state.due_at == at(25)


def test_the_last_layer_is_extended_before_it_is_held():
    decision = wake(TWO, last(extended=False), world(), minute=15, reach=TRYING)

    assert outline(decision) == ["timer_moved"]
    assert not decision.state.fallback_beside


def test_a_dead_last_layer_is_held_while_an_earlier_one_is_still_tried():
    decision = all_dead(TWO, last(), world(), minute=12, reach=DEAD_BUT_EARLIER_TRYING)

    assert outline(decision) == ["timer_moved", "fire 3 fallback 1/2 fallback@example.org", "fallback_paged"]
    assert decision.state.due_at == at(22)


@pytest.mark.parametrize("event", [Due(reach=TRYING), Undeliverable(reach=DEAD_BUT_EARLIER_TRYING)])
def test_the_last_layer_that_reaches_somebody_is_held_when_only_empty_ones_follow(event: Event):
    """Else an outage of the provider would exhaust the ladder through its empty end (design D9)."""
    ladder = plan(names(ADA), names(), names(CYD))
    before = standing(Status.PAGING, extended=True)

    decision = tell(ladder, before, event, world(inactive=(CYD,)), minute=5)

    assert outline(decision) == ["timer_moved", "fire 2 fallback 1/1 fallback@example.org", "fallback_paged"]
    assert decision.state == standing(Status.PAGING, firing=2, entered=1, extended=True, fallback_beside=True, due=10)


def test_a_dead_layer_that_is_held_keeps_its_timer_whenever_it_is_woken():
    held = all_dead(TWO, last(), world(), minute=12, reach=DEAD_BUT_EARLIER_TRYING)

    woken = all_dead(TWO, held.state, world(), minute=13, reach=DEAD_BUT_EARLIER_TRYING)

    assert (woken.state, woken.effects) == (held.state, ())


def test_a_dead_layer_that_is_held_still_pages_who_joins_it():
    changing = rota((0, (ADA,)), (2, (BOB,)), (60, (CYD,)))
    held = standing(Status.PAGING, fallback_beside=True, roster=2)

    decision = all_dead(plan(targets(changing)), held, world(changing), minute=2, reach=DEAD_BUT_EARLIER_TRYING)

    assert outline(decision) == ["person_joined", "fire 2 joined 1/1 user_bob", "layer_paged"]
    assert decision.state.roster_at == at(60)


def test_the_last_layer_is_left_once_something_of_the_pass_arrived():
    decision = wake(TWO, last(), world(), minute=15, reach=TRYING_AFTER_HEARD)

    assert outline(decision)[0] == "layer_timed_out_unheard"
    assert decision.state.status is Status.EXHAUSTED


def test_the_last_layer_is_left_once_nothing_is_tried_any_more():
    decision = wake(TWO, last(), world(), minute=15, reach=DEAD)

    assert decision.state.status is Status.EXHAUSTED


def test_a_layer_before_the_last_is_not_held():
    before = standing(Status.PAGING, extended=True)

    assert wake(TWO, before, world(), minute=5, reach=TRYING).state.position == 2


def test_an_outage_of_a_provider_never_exhausts_a_ladder():
    """Nothing is handed over for a day: both layers are paged, then the last is held (design D9)."""
    state = standing(Status.PAGING)
    causes = []
    for _ in range(100):
        decision = decide(TWO, state, Due(reach=TRYING), world(), state.wake_at or START)
        state = decision.state
        causes += [line for line in outline(decision) if line.startswith("fire")]

    assert state.status is Status.PAGING
    assert causes == ["fire 2 layer 1/2 user_bob", "fire 3 fallback 1/2 fallback@example.org"]


# Dead layers


def test_a_dead_layer_is_left_at_once_with_the_full_timeout_for_the_next():
    decision = all_dead(TWO, standing(Status.PAGING), world(), minute=1)

    assert decision.state == standing(Status.PAGING, position=2, firing=2, due=11, paged=(BOB,))
    assert notes(decision, "layer_timed_out_unheard")[0]["reason"] == "undeliverable"


def test_a_dead_layer_noticed_after_its_due_time_says_how_late():
    decision = all_dead(TWO, standing(Status.PAGING), world(), minute=9)

    assert notes(decision, "timer_moved")[0]["lateSeconds"] == 240
    assert decision.state.due_at == at(19)


def test_a_dead_layer_before_an_empty_one_passes_both():
    ladder = plan(names(ADA), names(), names(CYD))

    decision = all_dead(ladder, standing(Status.PAGING), world())

    assert outline(decision) == [
        "layer_timed_out_unheard",
        "layer_empty",
        "fire 2 layer 1/3 user_cyd",
        "layer_paged",
    ]


def test_the_operator_is_paged_once_for_each_dead_fallback():
    exhausted = standing(Status.EXHAUSTED, position=2, firing=3, due=30, paged=(FALLBACK,))

    first = all_dead(TWO, exhausted, world())
    again = all_dead(TWO, first.state, world(), minute=2)
    fallback = wake(TWO, again.state, world(), minute=30)
    afterwards = all_dead(TWO, fallback.state, world(), minute=31)

    assert outline(first) == ["fire 4 fallback 1/2 operator@example.org", "fallback_paged"]
    assert first.state.due_at == at(30)
    assert outline(again) == []
    assert outline(afterwards) == ["fire 6 fallback 1/2 operator@example.org", "fallback_paged"]


def test_a_dead_fallback_and_operator_do_not_hide_that_somebody_is_back():
    changing = rota((20, (ADA,)))
    nobody_heard = standing(Status.EXHAUSTED, firing=2, entered=1, due=30, roster=20, paged=(FALLBACK, OPERATOR))

    decision = all_dead(plan(targets(changing)), nobody_heard, world(changing), minute=20)

    assert outline(decision) == ["pass_repeated", "fire 3 repeat 2/1 user_ada", "layer_paged"]


@pytest.mark.parametrize("status", [Status.ACKNOWLEDGED, Status.SNOOZED])
def test_dead_pages_do_not_hide_a_change_of_shift_while_it_is_quiet(status: Status):
    changing = rota((0, (ADA,)), (20, (BOB,)), (40, (CYD,)))
    before = standing(status, due=90, roster=20)

    decision = all_dead(plan(targets(changing)), before, world(changing), minute=20)

    assert decision.state == standing(status, due=90, roster=40)
    assert decision.effects == ()


def test_an_operator_who_was_the_fallback_is_not_paged_again():
    exhausted = standing(Status.EXHAUSTED, position=2, paged=(OPERATOR,))

    assert outline(all_dead(TWO, exhausted, world(fallback=()))) == []


def test_an_acknowledged_escalation_without_a_re_page_time_is_not_woken_by_time():
    decision = tell(TWO, standing(Status.PAGING), acknowledge(ADA), world())

    assert decision.state.wake_at is None
