"""What people do to move an escalation along or to hold it: escalate, snooze, take back. What is common to all."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from incidents.domain.model import Command, Refusal, State, Status
from tests.incidents.domain.worlds import (
    ADA,
    BOB,
    CYD,
    FALLBACK,
    KEY,
    apply_plan,
    at,
    escalate,
    names,
    notes,
    outline,
    plan,
    resolve,
    rota,
    snooze,
    standing,
    targets,
    tell,
    unacknowledge,
    wake,
    world,
)

TWO = plan(names(ADA, minutes=5), names(BOB, minutes=10))
THREE = plan(names(ADA), names(BOB), names(CYD))
OPEN = (Status.PAGING, Status.ACKNOWLEDGED, Status.SNOOZED, Status.EXHAUSTED)
SILENT = (Status.ACKNOWLEDGED, Status.SNOOZED)
THE_FALLBACK_AGAIN = ["escalation_exhausted", "fire 2 fallback 1/0 fallback@example.org", "fallback_paged"]


def without_layers(status: Status) -> State:
    return standing(status, position=0, paged=(FALLBACK,))


# All of them


@pytest.mark.parametrize("status", OPEN)
@pytest.mark.parametrize("shown", [1, 3])
@pytest.mark.parametrize("command", [escalate(), snooze(at(9)), apply_plan(TWO)], ids=lambda command: str(command.kind))
def test_a_command_by_a_page_of_another_firing_is_refused_and_changes_nothing(
    status: Status, shown: int, command: Command
):
    before = standing(status, firing=2)

    decision = tell(TWO, before, replace(command, firing=shown), world())

    assert decision.refused is Refusal.ESCALATION_MOVED
    assert (decision.plan, decision.state, decision.effects) == (TWO, before, ())


@pytest.mark.parametrize("status", OPEN)
@pytest.mark.parametrize(
    "command", [escalate(), snooze(at(9)), apply_plan(THREE)], ids=lambda command: str(command.kind)
)
def test_a_command_by_the_current_page_is_carried_out(status: Status, command: Command):
    decision = tell(TWO, standing(status, firing=2), replace(command, firing=2), world())

    assert decision.refused is None
    assert decision.effects


@pytest.mark.parametrize(
    "command",
    [escalate(firing=1), snooze(at(9), firing=1), apply_plan(TWO, firing=1), unacknowledge()],
    ids=lambda command: str(command.kind),
)
def test_of_a_resolved_incident_it_is_refused_as_resolved_whatever_page_it_came_by(command: Command):
    decision = tell(TWO, standing(Status.CANCELLED, due=None, firing=2), command, world())

    assert decision.refused is Refusal.INCIDENT_RESOLVED


def test_resolving_by_a_page_of_another_firing_is_refused_and_changes_nothing():
    before = standing(Status.PAGING, firing=2)

    decision = tell(TWO, before, replace(resolve(), firing=1), world())

    assert decision.refused is Refusal.ESCALATION_MOVED
    assert (decision.state, decision.effects) == (before, ())


def test_resolving_what_is_resolved_is_never_refused():
    before = standing(Status.CANCELLED, due=None, firing=2)

    decision = tell(TWO, before, replace(resolve(), firing=1), world())

    assert (decision.refused, decision.state, decision.effects) == (None, before, ())


# Take an acknowledgement back


def test_taking_back_by_a_page_of_another_firing_is_refused_and_changes_nothing():
    before = standing(Status.ACKNOWLEDGED, firing=2, held_by=BOB)

    decision = tell(TWO, before, replace(unacknowledge(), firing=1), world())

    assert decision.refused is Refusal.ESCALATION_MOVED
    assert (decision.state, decision.effects) == (before, ())


def test_taking_an_acknowledgement_back_tells_who_took_it_back_and_who_had_it():
    decision = tell(TWO, standing(Status.ACKNOWLEDGED, held_by=BOB), unacknowledge(), world())

    assert notes(decision, "incident_unacknowledged") == [{"actorId": KEY, "userId": BOB}]


def test_taking_it_back_gives_the_current_layer_its_full_time_whatever_was_due():
    before = standing(Status.ACKNOWLEDGED, position=2, firing=2, due=1, extended=True, paged=(BOB,))

    decision = tell(TWO, before, unacknowledge(), world(), minute=8)

    assert decision.state == standing(Status.PAGING, position=2, firing=3, due=18, paged=(BOB,))


def test_taking_it_back_pages_whoever_is_on_call_now():
    changing = rota((0, (ADA,)), (3, (BOB,)), (9, (CYD,)))

    decision = tell(plan(targets(changing)), standing(Status.ACKNOWLEDGED), unacknowledge(), world(changing), minute=4)

    assert outline(decision)[1:] == ["fire 2 unacknowledged 1/1 user_bob", "layer_paged"]
    assert decision.state == standing(Status.PAGING, firing=2, due=9, roster=9, paged=(ADA, BOB))


def test_taking_it_back_passes_a_layer_that_reaches_nobody():
    decision = tell(TWO, standing(Status.ACKNOWLEDGED), unacknowledge(), world(inactive=(ADA,)))

    assert outline(decision)[1:] == ["layer_empty", "fire 2 layer 1/2 user_bob", "layer_paged"]
    assert decision.state == standing(Status.PAGING, position=2, firing=2, due=11, paged=(BOB,))


def test_taking_it_back_before_the_first_page_fires_the_first_layer():
    decision = tell(TWO, standing(Status.ACKNOWLEDGED, position=0, firing=0, due=None), unacknowledge(), world())

    assert outline(decision)[1:] == ["fire 1 layer 1/1 user_ada", "layer_paged"]


@pytest.mark.parametrize("command", [unacknowledge(), escalate()], ids=lambda command: str(command.kind))
def test_a_first_page_still_to_come_without_layers_is_the_owners(command: Command):
    held = standing(Status.ACKNOWLEDGED, position=0, firing=0, due=None, owner=CYD)

    assert "user_cyd" in outline(tell(plan(), held, command, world()))[1]


def test_taking_it_back_without_layers_pages_the_fallback():
    decision = tell(plan(), without_layers(Status.ACKNOWLEDGED), unacknowledge(), world())

    assert outline(decision)[1:] == THE_FALLBACK_AGAIN
    assert decision.state.status is Status.EXHAUSTED


# Escalate


def test_escalating_tells_who_did_it_and_from_where():
    decision = tell(TWO, standing(Status.PAGING), escalate(), world())

    assert notes(decision, "escalated_by_hand") == [{"layerId": str(TWO.layers[0].id), "position": 1, "actorId": KEY}]


def test_escalating_leaves_the_pages_that_are_out_as_they_are():
    assert "stop all" not in outline(tell(TWO, standing(Status.PAGING), escalate(), world()))


@pytest.mark.parametrize("minute", [1, 5.05, 8])
def test_the_wait_of_a_layer_called_by_hand_begins_when_it_is_called(minute: float):
    """Also if the engine is about to page it, or late."""
    decision = tell(TWO, standing(Status.PAGING, due=5), escalate(), world(), minute=minute)

    assert decision.state.due_at == at(minute + 10)
    assert "timer_moved" not in outline(decision)


@pytest.mark.parametrize("status", [Status.PAGING, *SILENT])
def test_escalating_past_a_layer_that_reaches_nobody_calls_the_one_behind_it_by_hand(status: Status):
    decision = tell(THREE, standing(status), escalate(), world(inactive=(BOB,)))

    assert outline(decision) == ["escalated_by_hand", "layer_empty", "fire 2 escalate 1/3 user_cyd", "layer_paged"]


@pytest.mark.parametrize("reached", [True, False])
@pytest.mark.parametrize("status", [Status.PAGING, *SILENT])
def test_escalating_past_the_end_begins_a_new_pass_while_there_are_repeats(status: Status, reached: bool):
    last = standing(status, position=2, firing=2, repeats_left=1, reached=reached, fallback_beside=True)

    decision = tell(TWO, last, escalate(), world())

    assert outline(decision)[1:] == ["pass_repeated", "fire 3 escalate 2/1 user_ada", "layer_paged"]
    assert decision.state == standing(Status.PAGING, pass_no=2, firing=3, due=6)


@pytest.mark.parametrize("status", [Status.PAGING, *SILENT])
def test_escalating_past_the_end_without_repeats_is_the_end(status: Status):
    decision = tell(TWO, standing(status, position=2, firing=2, held_by=BOB), escalate(), world())

    assert outline(decision)[1:] == [
        "escalation_exhausted",
        "fire 3 fallback 1/2 fallback@example.org",
        "fallback_paged",
    ]
    assert decision.state == standing(Status.EXHAUSTED, position=2, firing=3, due=31, paged=(FALLBACK,))


def test_escalating_an_exhausted_escalation_spends_no_repeat():
    before = standing(Status.EXHAUSTED, position=2, firing=3, repeats_left=2, reached=True, paged=(FALLBACK,))

    decision = tell(TWO, before, escalate(), world())

    assert decision.state == standing(Status.PAGING, pass_no=2, firing=4, repeats_left=2, due=6)


def test_a_layer_after_one_called_by_hand_is_called_by_time():
    by_hand = tell(THREE, standing(Status.PAGING), escalate(), world())

    assert outline(wake(THREE, by_hand.state, world(), minute=6)) == [
        "layer_timed_out",
        "fire 3 layer 1/3 user_cyd",
        "layer_paged",
    ]


@pytest.mark.parametrize("status", OPEN)
def test_escalating_without_layers_pages_the_fallback_and_begins_no_pass(status: Status):
    decision = tell(plan(repeat=3), without_layers(status), escalate(), world())

    assert outline(decision)[1:] == THE_FALLBACK_AGAIN
    assert (decision.state.status, decision.state.due_at) == (Status.EXHAUSTED, at(31))


def test_escalating_before_the_first_page_calls_the_owner_where_there_are_no_layers():
    decision = tell(plan(), standing(Status.PAGING, position=0, firing=0, owner=CYD), escalate(), world())

    assert outline(decision)[1:] == ["fire 1 escalate 1/1 user_cyd", "layer_paged"]


# Snooze


def test_a_snooze_tells_who_snoozed_it_until_when():
    decision = tell(TWO, standing(Status.PAGING), snooze(at(45)), world())

    assert notes(decision, "incident_snoozed") == [{"actorId": KEY, "until": "2026-03-09T03:45:00.000Z"}]


@pytest.mark.parametrize("status", OPEN)
@pytest.mark.parametrize("until", [None, at(0), at(1)])
def test_a_snooze_that_does_not_end_ahead_changes_nothing(status: Status, until: datetime | None):
    before = standing(status)

    decision = tell(TWO, before, snooze(until), world())

    assert (decision.state, decision.effects) == (before, ())


def test_a_snooze_of_what_somebody_holds_leaves_it_theirs_until_it_ends():
    asleep = tell(TWO, standing(Status.ACKNOWLEDGED, held_by=BOB), snooze(at(45)), world())
    awake = wake(TWO, asleep.state, world(), minute=45)

    assert (asleep.state.held_by, awake.state.held_by) == (BOB, None)
    assert outline(awake) == ["fire 2 snooze_ended 1/1 user_ada", "snooze_ended"]


def test_a_second_snooze_may_be_shorter():
    asleep = tell(TWO, standing(Status.PAGING), snooze(at(45)), world()).state

    assert tell(TWO, asleep, snooze(at(10)), world(), minute=2).state.due_at == at(10)


def test_an_exhausted_escalation_that_was_snoozed_pages_its_last_layer():
    exhausted = standing(Status.EXHAUSTED, position=2, firing=3, reached=True, due=35, paged=(FALLBACK,))

    asleep = tell(TWO, exhausted, snooze(at(60)), world())
    awake = wake(TWO, asleep.state, world(), minute=60)

    assert outline(awake) == ["fire 4 snooze_ended 1/2 user_bob", "snooze_ended"]
    assert (awake.state.status, awake.state.due_at) == (Status.PAGING, at(70))
