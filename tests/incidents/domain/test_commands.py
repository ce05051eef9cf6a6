"""What people do to an escalation: acknowledge, hand off, resolve; and the page after an acknowledgement."""

from __future__ import annotations

import pytest

from escalation.domain.model import Plan, UserId
from incidents.domain.escalation import decide
from incidents.domain.model import Command, Fire, Refusal, State, Status, Stop
from tests.incidents.domain.worlds import (
    ADA,
    BOB,
    CYD,
    FALLBACK,
    KEY,
    acknowledge,
    at,
    fires,
    hand_off,
    names,
    notes,
    outline,
    plan,
    resolve,
    rota,
    standing,
    targets,
    tell,
    trigger,
    wake,
    world,
)

TWO = plan(names(ADA, minutes=5), names(BOB, minutes=10))
OPEN = (Status.PAGING, Status.ACKNOWLEDGED, Status.SNOOZED, Status.EXHAUSTED)
STRANGER = UserId("user_stranger")


# Acknowledge


def test_an_acknowledgement_names_who_and_for_whom():
    decision = tell(TWO, standing(Status.PAGING), acknowledge(BOB), world())

    assert notes(decision, "incident_acknowledged") == [{"actorId": KEY, "userId": BOB}]


def test_an_acknowledgement_by_a_key_alone_has_no_holder():
    decision = tell(TWO, standing(Status.PAGING), acknowledge(), world())

    assert (decision.state.status, decision.state.held_by) == (Status.ACKNOWLEDGED, None)


def test_a_second_acknowledgement_changes_nothing_not_even_the_holder():
    once = tell(TWO, standing(Status.PAGING), acknowledge(ADA), world())
    twice = tell(TWO, once.state, acknowledge(BOB), world(), minute=2)

    assert twice.state == once.state
    assert (twice.effects, twice.refused) == ((), None)


def test_an_acknowledgement_is_valid_for_an_older_firing():
    """Somebody answers the page of layer 1 while layer 2 is being paged: that is an answer."""
    late = Command(kind=acknowledge().kind, actor=KEY, user=ADA, firing=1)

    decision = tell(TWO, standing(Status.PAGING, position=2, firing=2), late, world())

    assert (decision.state.status, decision.refused) == (Status.ACKNOWLEDGED, None)


def test_nothing_is_due_after_an_acknowledgement_without_a_re_page_time():
    acknowledged = tell(TWO, standing(Status.PAGING), acknowledge(ADA), world()).state

    assert acknowledged.due_at is None
    assert outline(wake(TWO, acknowledged, world(), minute=500)) == []


# The page after an acknowledgement


REPAGED = plan(names(ADA, minutes=5), names(BOB, minutes=10), repage=30)


def held(by: UserId | None, *, position: int = 1) -> State:
    return standing(Status.ACKNOWLEDGED, position=position, firing=2, due=30, held_by=by, extended=True)


def test_the_holder_is_paged_again_after_the_re_page_time():
    acknowledged = tell(REPAGED, standing(Status.PAGING), acknowledge(CYD), world(), minute=2)
    decision = wake(REPAGED, acknowledged.state, world(), minute=32)

    assert outline(decision) == ["fire 2 repage 1/1 user_cyd", "incident_repaged"]
    assert decision.state == standing(Status.PAGING, firing=2, due=37, paged=(ADA, CYD))


def test_without_a_holder_the_current_layer_is_paged_again():
    decision = wake(REPAGED, held(None, position=2), world(), minute=30)

    assert outline(decision) == ["fire 3 repage 1/2 user_bob", "incident_repaged"]
    assert (decision.state.status, decision.state.due_at) == (Status.PAGING, at(40))


@pytest.mark.parametrize("holder", [CYD, STRANGER])
def test_a_holder_who_cannot_be_paged_leaves_it_to_the_current_layer(holder: UserId):
    decision = wake(REPAGED, held(holder), world(inactive=(CYD,)), minute=30)

    assert outline(decision) == ["person_unreachable", "fire 3 repage 1/1 user_ada", "incident_repaged"]
    assert decision.state == standing(Status.PAGING, firing=3, due=35)


def test_an_unreachable_holder_of_an_empty_layer_leaves_it_to_the_next_layer():
    decision = wake(REPAGED, held(CYD), world(inactive=(ADA, CYD)), minute=30)

    assert outline(decision) == ["person_unreachable", "layer_empty", "fire 3 layer 1/2 user_bob", "layer_paged"]
    assert (decision.state.status, decision.state.due_at) == (Status.PAGING, at(40))


def test_an_unreachable_holder_of_an_empty_last_layer_leaves_it_to_the_fallback():
    decision = wake(REPAGED, held(CYD, position=2), world(inactive=(BOB, CYD)), minute=30)

    assert outline(decision)[-2:] == ["fire 3 fallback 1/2 fallback@example.org", "fallback_paged"]
    assert decision.state.status is Status.EXHAUSTED


def test_the_holder_of_an_incident_without_layers_has_the_organizations_timeout():
    acknowledged = standing(Status.ACKNOWLEDGED, position=0, due=30, held_by=CYD)

    decision = wake(plan(repage=30), acknowledged, world(), minute=30)

    assert outline(decision) == ["fire 2 repage 1/0 user_cyd", "incident_repaged"]
    assert decision.state.due_at == at(37)


def test_a_re_page_before_the_first_layer_fires_the_first_layer():
    decision = wake(REPAGED, standing(Status.ACKNOWLEDGED, position=0, firing=0), world(), minute=5)

    assert outline(decision) == ["fire 1 layer 1/1 user_ada", "layer_paged"]


# The end of a snooze


def test_the_end_of_a_snooze_pages_whoever_is_on_call_then():
    changing = rota((0, (ADA,)), (3, (BOB,)), (9, (CYD,)))
    before = standing(Status.SNOOZED, extended=True)

    decision = wake(plan(targets(changing)), before, world(changing), minute=5)

    assert outline(decision) == ["fire 2 snooze_ended 1/1 user_bob", "snooze_ended"]
    assert decision.state == standing(Status.PAGING, firing=2, due=10, roster=9, paged=(ADA, BOB))


def test_the_end_of_a_snooze_ends_the_holding_too():
    """Somebody acknowledged, then snoozed: paged again, nobody has it."""
    before = standing(Status.SNOOZED, held_by=BOB)

    assert wake(TWO, before, world(), minute=5).state.held_by is None


def test_the_end_of_a_snooze_passes_a_layer_that_reaches_nobody():
    decision = wake(TWO, standing(Status.SNOOZED), world(inactive=(ADA,)), minute=5)

    assert outline(decision) == ["layer_empty", "fire 2 layer 1/2 user_bob", "layer_paged"]
    assert decision.state == standing(Status.PAGING, position=2, firing=2, due=15, paged=(BOB,))


# Hand off


@pytest.mark.parametrize("status", OPEN)
def test_a_handoff_stops_the_others_before_it_pages_its_target(status: Status):
    decision = tell(TWO, standing(status), hand_off(CYD), world())

    moves = [effect for effect in decision.effects if isinstance(effect, Stop | Fire)]
    assert [type(move) for move in moves] == [Stop, Fire]
    assert moves[0] == Stop(spare=CYD)
    assert fires(decision)[0].roster.duties[0].source == "handoff"


def test_a_handoff_tells_the_previous_and_the_new_owner():
    decision = tell(TWO, standing(Status.PAGING, owner=ADA), hand_off(CYD), world())

    assert notes(decision, "incident_handed_off") == [
        {"actorId": KEY, "userId": CYD, "previousOwnerId": ADA, "newOwnerId": CYD}
    ]


def test_a_handoff_restarts_the_timer_and_the_extension_of_the_current_layer():
    before = standing(Status.PAGING, position=2, firing=2, extended=True, due=20, paged=(BOB,))

    decision = tell(TWO, before, hand_off(CYD), world(), minute=8)

    assert decision.state == standing(Status.PAGING, position=2, firing=3, due=18, paged=(BOB, CYD), owner=CYD)


def test_after_a_handoff_nobody_answers_the_next_layer_is_paged():
    handed = tell(TWO, standing(Status.PAGING), hand_off(CYD), world())
    decision = wake(TWO, handed.state, world(), minute=6)

    assert outline(decision) == ["layer_timed_out", "fire 3 layer 1/2 user_bob", "layer_paged"]


def test_a_handoff_of_an_exhausted_escalation_stands_at_the_last_layer():
    exhausted = standing(Status.EXHAUSTED, position=2, firing=3, reached=True, due=35, paged=(FALLBACK,))

    handed = tell(TWO, exhausted, hand_off(CYD), world(), minute=10)
    unanswered = wake(TWO, handed.state, world(), minute=20)

    assert (handed.state.status, handed.state.position, handed.state.due_at) == (Status.PAGING, 2, at(20))
    assert outline(unanswered)[1:] == [
        "escalation_exhausted",
        "fire 5 fallback 1/2 fallback@example.org",
        "fallback_paged",
    ]


@pytest.mark.parametrize("status", [Status.PAGING, Status.ACKNOWLEDGED, Status.SNOOZED])
@pytest.mark.parametrize("target", [CYD, STRANGER])
def test_a_handoff_to_somebody_unreachable_pages_the_next_layer_at_once(status: Status, target: UserId):
    decision = tell(TWO, standing(status), hand_off(target), world(inactive=(CYD,)))

    assert outline(decision)[2:] == ["person_unreachable", "fire 2 layer 1/2 user_bob", "layer_paged"]
    assert decision.state == standing(Status.PAGING, position=2, firing=2, due=11, paged=(BOB,), owner=target)


@pytest.mark.parametrize("status", [Status.PAGING, Status.EXHAUSTED])
def test_a_handoff_to_somebody_unreachable_at_the_last_layer_pages_the_fallback(status: Status):
    before = standing(status, position=2, firing=2, paged=(BOB,))

    decision = tell(TWO, before, hand_off(CYD), world(inactive=(CYD,)))

    assert outline(decision)[-2:] == ["fire 3 fallback 1/2 fallback@example.org", "fallback_paged"]
    assert (decision.state.status, decision.state.due_at) == (Status.EXHAUSTED, at(31))


@pytest.mark.parametrize(("target", "reason"), [(CYD, "inactive"), (STRANGER, "unknown")])
def test_a_target_who_cannot_be_paged_is_told_with_the_reason(target: UserId, reason: str):
    decision = tell(TWO, standing(Status.PAGING), hand_off(target), world(inactive=(CYD,)))

    assert notes(decision, "person_unreachable") == [{"userId": target, "recipient": target, "reason": reason}]


def test_a_handoff_to_nobody_changes_nothing():
    before = standing(Status.PAGING)

    decision = tell(TWO, before, hand_off(None), world())

    assert (decision.state, decision.effects) == (before, ())


@pytest.mark.parametrize("status", OPEN)
def test_a_handoff_without_layers_waits_for_its_target_and_then_pages_the_fallback(status: Status):
    before = standing(status, position=0, firing=1, paged=(FALLBACK,))

    handed = tell(plan(), before, hand_off(CYD), world())
    unanswered = wake(handed.plan, handed.state, world(), minute=8)

    assert outline(handed)[2:] == ["fire 2 handoff 1/1 user_cyd", "layer_paged"]
    assert [layer.users for layer in handed.plan.layers] == [(CYD,)]
    assert (handed.state.status, handed.state.position, handed.state.due_at) == (Status.PAGING, 1, at(8))
    assert outline(unanswered)[-2:] == ["fire 3 fallback 1/1 fallback@example.org", "fallback_paged"]


def test_a_handoff_without_layers_to_somebody_unreachable_pages_the_fallback():
    before = trigger(plan(), world()).state

    decision = tell(plan(), before, hand_off(CYD), world(inactive=(CYD,)))

    assert outline(decision)[-2:] == ["fire 2 fallback 1/1 fallback@example.org", "fallback_paged"]
    assert (decision.state.status, decision.state.owner) == (Status.EXHAUSTED, CYD)


@pytest.mark.parametrize("status", OPEN)
@pytest.mark.parametrize("firing", [1, 3])
def test_a_handoff_by_a_page_of_another_firing_is_refused_and_changes_nothing(status: Status, firing: int):
    before = standing(status, firing=2)

    decision = tell(TWO, before, hand_off(CYD, firing=firing), world())

    assert decision.refused is Refusal.ESCALATION_MOVED
    assert (decision.plan, decision.state, decision.effects) == (TWO, before, ())


@pytest.mark.parametrize("status", OPEN)
def test_a_handoff_by_the_current_page_is_carried_out(status: Status):
    decision = tell(TWO, standing(status, firing=2), hand_off(CYD, firing=2), world())

    assert (decision.refused, decision.state.owner) == (None, CYD)


def test_a_handoff_of_a_resolved_incident_is_refused_as_resolved_whatever_page_it_came_by():
    cancelled = standing(Status.CANCELLED, due=None, firing=2)

    decision = tell(TWO, cancelled, hand_off(CYD, firing=1), world())

    assert decision.refused is Refusal.INCIDENT_RESOLVED


# Resolve


def test_nothing_happens_any_more_once_resolved():
    resolved = tell(TWO, standing(Status.PAGING), resolve(), world())
    assert notes(resolved, "escalation_cancelled") == [{"actorId": KEY}]

    for command in (acknowledge(ADA), resolve(), hand_off(BOB)):
        assert tell(TWO, resolved.state, command, world()).state == resolved.state
    woken = wake(TWO, resolved.state, world(), minute=500)

    assert resolved.state.wake_at is None
    assert (woken.state, woken.effects) == (resolved.state, ())


@pytest.mark.parametrize("command", [acknowledge(ADA), hand_off(ADA), resolve()])
def test_a_command_before_the_trigger_is_the_trigger(command: Command):
    nowhere: Plan = plan(names(BOB))

    assert outline(decide(nowhere, None, command, world(), at(0))) == ["fire 1 layer 1/1 user_bob", "layer_paged"]
