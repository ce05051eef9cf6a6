"""Whole runs, told ahead: a fold of ``decide``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from escalation.domain.model import Plan, World
from incidents.domain.escalation import decide
from incidents.domain.model import Due, Event, Refusal, Status, Trigger
from incidents.domain.story import unfold
from tests.incidents.domain.worlds import (
    ADA,
    BOB,
    CYD,
    HEARD,
    START,
    acknowledge,
    at,
    hand_off,
    names,
    outline,
    plan,
    resolve,
    rota,
    targets,
    world,
)

TWO = plan(names(ADA, minutes=5), names(BOB, minutes=10))


def told(
    ladder: Plan, there: World, script: Sequence[tuple[datetime, Event]] = (), *, until: float = 60
) -> list[tuple[float, list[str]]]:
    """Return the minute and the fires and stops of each instant of the story."""
    return [
        ((moment - START) / timedelta(minutes=1), [line for line in outline(decision) if " " in line])
        for moment, decision in unfold(ladder, there, START, script, at(until))
    ]


def test_nobody_answers():
    assert told(TWO, world()) == [
        (0, ["fire 1 layer 1/1 user_ada"]),
        (5, ["fire 2 layer 1/2 user_bob"]),
        (15, ["fire 3 fallback 1/2 fallback@example.org"]),
        (45, ["fire 4 fallback 1/2 fallback@example.org"]),
    ]


def test_the_end_is_not_part_of_the_story():
    assert [minute for minute, _ in told(TWO, world(), until=15)] == [0, 5]
    assert [minute for minute, _ in told(TWO, world(), until=15.01)] == [0, 5, 15]


def test_nothing_is_told_after_the_end_even_if_somebody_acts_then():
    assert [minute for minute, _ in told(TWO, world(), [(at(20), resolve())], until=10)] == [0, 5]


def test_passes_repeat_and_end():
    ladder = plan(names(ADA, minutes=5), names(), names(BOB, minutes=10), repeat=1)

    assert told(ladder, world(), until=40) == [
        (0, ["fire 1 layer 1/1 user_ada"]),
        (5, ["fire 2 layer 1/3 user_bob"]),
        (15, ["fire 3 repeat 2/1 user_ada"]),
        (20, ["fire 4 repeat 2/3 user_bob"]),
        (30, ["fire 5 fallback 2/3 fallback@example.org"]),
    ]


def test_people_act_between_the_wake_ups():
    script = [(at(3), hand_off(CYD)), (at(6), acknowledge(CYD)), (at(90), resolve())]

    assert told(plan(names(ADA), names(BOB), repage=30), world(), script, until=120) == [
        (0, ["fire 1 layer 1/1 user_ada"]),
        (3, ["stop all but user_cyd", "fire 2 handoff 1/1 user_cyd"]),
        (6, ["stop all"]),
        (36, ["fire 3 repage 1/1 user_cyd"]),
        (41, ["fire 4 layer 1/2 user_bob"]),
        (46, ["fire 5 fallback 1/2 fallback@example.org"]),
        (76, ["fire 6 fallback 1/2 fallback@example.org"]),
        (90, ["stop all"]),
    ]


@pytest.mark.parametrize("event", [acknowledge(ADA), resolve()])
def test_what_people_do_at_the_due_time_goes_before_it(event: Event):
    assert told(TWO, world(), [(at(5), event)]) == [(0, ["fire 1 layer 1/1 user_ada"]), (5, ["stop all"])]


def test_shifts_change_while_it_is_paging():
    changing = rota((0, (ADA,)), (2, (BOB,)), (8, (CYD,)))

    assert told(plan(targets(changing, minutes=5)), world(changing), until=10) == [
        (0, ["fire 1 layer 1/1 user_ada"]),
        (2, ["fire 2 joined 1/1 user_bob"]),
        (5, ["fire 3 fallback 1/1 fallback@example.org"]),
    ]


def test_the_first_shift_ends_the_waiting_of_an_empty_plan():
    changing = rota((20, (ADA,)))

    assert told(plan(targets(changing, minutes=5)), world(changing), until=30) == [
        (0, ["fire 1 fallback 1/1 fallback@example.org"]),
        (20, ["fire 2 repeat 2/1 user_ada"]),
        (25, ["fire 3 fallback 2/1 fallback@example.org"]),
    ]


def test_a_script_may_begin_with_the_trigger_that_names_the_owner():
    (_, first), *_ = unfold(plan(), world(), START, [(START, Trigger(owner=ADA))], at(1))

    assert first.state.owner == ADA
    assert outline(first)[0] == "fire 1 layer 1/1 user_ada"


def test_a_refused_command_leaves_the_story_going():
    script = [(at(1), hand_off(CYD, firing=9))]

    story = list(unfold(TWO, world(), START, script, at(6)))

    assert [decision.refused for _, decision in story] == [None, Refusal.ESCALATION_MOVED, None]
    assert outline(story[2][1])[1] == "fire 2 layer 1/2 user_bob"


def test_a_handoff_without_layers_goes_on_by_the_plan_it_made():
    script = [(at(10), hand_off(CYD))]

    assert told(plan(), world(), script, until=30) == [
        (0, ["fire 1 fallback 1/0 fallback@example.org"]),
        (10, ["stop all but user_cyd", "fire 2 handoff 1/1 user_cyd"]),
        (17, ["fire 3 fallback 1/1 fallback@example.org"]),
    ]


def test_a_resolved_story_ends():
    story = list(unfold(TWO, world(), START, [(at(1), resolve())], at(10_000)))

    assert len(story) == 2
    assert story[-1][1].state.status is Status.CANCELLED


def test_unfolding_is_stepping_by_hand():
    there = world()
    decision = decide(TWO, None, Trigger(owner=None), there, START)
    steps = [(START, decision)]
    while (wake_at := decision.state.wake_at) is not None and wake_at < at(120):
        decision = decide(decision.plan, decision.state, Due(reach=HEARD), there, wake_at)
        steps.append((wake_at, decision))

    assert list(unfold(TWO, there, START, [], at(120))) == steps
