"""What holds for every decision and for every run, whatever the plan, the world, the people and the mail server do."""

from __future__ import annotations

import json
from datetime import timedelta

from hypothesis import given

from escalation.domain.roster import roster
from incidents.domain.escalation import decide
from incidents.domain.model import Cause, Command, CommandKind, Due, Fire, Note, State, Status, Stop
from incidents.domain.story import unfold
from tests.incidents.domain import strategies as some
from tests.incidents.domain.examples import modest
from tests.incidents.domain.pager import Pager, Step
from tests.incidents.domain.worlds import START, at, fires, notes

END = at(150)

TIMELINE = {
    *(
        "layer_paged",
        "layer_empty",
        "layer_timed_out",
        "layer_timed_out_unheard",
        "person_joined",
        "person_unreachable",
    ),
    *("pass_repeated", "escalation_exhausted", "fallback_paged", "incident_acknowledged", "incident_handed_off"),
    *("incident_repaged", "snooze_ended", "escalation_cancelled", "timer_moved", "incident_unacknowledged"),
    *("escalated_by_hand", "incident_snoozed", "plan_applied"),
}


CALLING = {CommandKind.HANDOFF, CommandKind.UNACKNOWLEDGE, CommandKind.ESCALATE}
"""What a person can do to have somebody paged although it was acknowledged."""


# One decision, of anything


@modest
@given(some.arbitrary_plans_and_worlds(), some.arbitrary_states, some.events, some.instants)
def test_any_event_in_any_state_is_decided(given_, before, event, now):
    ladder, there = given_
    decision = decide(ladder, before, event, there, now)
    numbers = [fire.firing for fire in fires(decision)]

    assert numbers == list(range(before.firing + 1, decision.state.firing + 1))
    assert decision.state.pass_no >= before.pass_no
    assert 0 <= decision.state.position <= len(decision.plan.layers) or not decision.effects
    for effect in decision.effects:
        assert _is_sound(effect)
    if decision.refused is not None:
        assert (decision.state, decision.plan, decision.effects) == (before, ladder, ())


def _is_sound(effect: Fire | Stop | Note) -> bool:
    match effect:
        case Fire():
            called = [duty.user for duty in effect.roster.duties]
            return bool(called) and len(set(called)) == len(called)
        case Note():
            return effect.kind in TIMELINE and bool(json.dumps(effect.data))
        case Stop():
            return True


@modest
@given(some.arbitrary_plans_and_worlds(), some.events, some.instants)
def test_whatever_comes_first_is_a_trigger_that_pages_somebody(given_, event, now):
    ladder, there = given_
    decision = decide(ladder, None, event, there, now)

    assert [fire.firing for fire in fires(decision)] == [1]
    assert decision.state.status in (Status.PAGING, Status.EXHAUSTED)


@modest
@given(some.plans_and_worlds(), some.sound_states, some.events, some.instants)
def test_nothing_ends_silently(given_, before, event, now):
    """Invariant I11, as far as a decision can keep it: what is open has a time, and the times lie ahead."""
    ladder, there = given_
    after = decide(ladder, before, event, there, now).state

    if after.status in (Status.PAGING, Status.SNOOZED, Status.EXHAUSTED):
        assert after.due_at is not None
    if after.status is Status.CANCELLED:
        assert (after.due_at, after.roster_at, after.wake_at) == (None, None, None)
    assert after.due_at in (None, before.due_at) or after.due_at > now
    assert after.roster_at in (None, before.roster_at) or after.roster_at > now


@modest
@given(some.plans_and_worlds(), some.sound_states, some.reaches, some.instants)
def test_being_woken_leaves_nothing_overdue(given_, before, reach, now):
    """A due time and a roster time may both have come; two wakes deal with both, and none is forgotten."""
    ladder, there = given_
    state = before
    for _ in range(2):
        decision = decide(ladder, state, Due(reach=reach), there, now)
        ladder, state = decision.plan, decision.state

    assert state.wake_at is None or state.wake_at > now


@modest
@given(some.plans_and_worlds(), some.sound_states, some.events, some.instants)
def test_only_a_silence_that_ends_or_a_command_that_calls_pages_anybody_after_an_acknowledgement(
    given_, before, event, now
):
    ladder, there = given_
    decision = decide(ladder, before, event, there, now)

    if before.status is Status.CANCELLED:
        assert (decision.state.status, decision.effects) == (Status.CANCELLED, ())
    if before.status is Status.ACKNOWLEDGED and fires(decision):
        overdue = isinstance(event, Due) and before.due_at is not None and before.due_at <= now
        assert overdue or (isinstance(event, Command) and event.kind in CALLING)


@modest
@given(some.plans_and_worlds(), some.sound_states, some.events, some.instants)
def test_somebody_holds_only_what_was_acknowledged(given_, before, event, now):
    ladder, there = given_
    silent = (Status.ACKNOWLEDGED, Status.SNOOZED, Status.CANCELLED)
    after = decide(ladder, before, event, there, now).state

    if before.status in silent and after.status not in silent:
        assert after.held_by is None


ONCE_A_PASS = {Cause.LAYER, Cause.REPEAT, Cause.ESCALATE}
"""The causes that the database lets a layer have once in a pass."""


# Whole runs, in which pages arrive, fail and die


def run(given_, outcomes, script) -> list[Step]:
    ladder, there = given_
    return Pager(ladder, there, outcomes).run(START, script, END)


@modest
@given(some.plans_and_worlds(), some.outcomes, some.scripts)
def test_no_layer_is_skipped_and_none_fires_twice_in_a_pass(given_, outcomes, script):
    """Invariant I2: the layers of a pass are called or found empty, one after the other from where it begins.

    That is the first, or in the pass of a plan applied under way the one behind where it was applied.
    """
    for positions in _entered(run(given_, outcomes, script)).values():
        assert positions == list(range(positions[0], positions[0] + len(positions)))


def _entered(steps: list[Step]) -> dict[int, list[int]]:
    """Return by pass the position it begins behind, then those that were fired or found empty, in order."""
    entered: dict[int, list[int]] = {1: [0]}
    for step in steps:
        pass_no = 1 if step.before is None else step.before.pass_no
        for effect in step.decision.effects:
            if isinstance(effect, Note) and effect.kind in ("pass_repeated", "plan_applied"):
                pass_no = int(str(effect.data["pass"]))
                entered[pass_no] = [int(str(effect.data.get("position") or 0))]
            position = _position_entered(effect, step.before)
            if position is not None:
                entered[pass_no].append(position)
    return entered


def _position_entered(effect: Fire | Stop | Note, before: State | None) -> int | None:
    """Return the position of a layer fired or found empty; one found empty after a silence is not entered."""
    if isinstance(effect, Fire) and effect.cause in ONCE_A_PASS:
        return effect.position
    if isinstance(effect, Note) and effect.kind == "layer_empty":
        position = int(str(effect.data["position"]))
        silent = before is not None and before.status in (Status.ACKNOWLEDGED, Status.SNOOZED)
        return None if before is not None and silent and position == before.position else position
    return None


@modest
@given(some.plans_and_worlds(), some.outcomes, some.scripts)
def test_firings_are_numbered_and_passes_are_never_used_again(given_, outcomes, script):
    steps = run(given_, outcomes, script)
    called = [fire for step in steps for fire in fires(step.decision)]
    begun = [
        note["pass"]
        for step in steps
        for kind in ("plan_applied", "pass_repeated")
        for note in notes(step.decision, kind)
    ]

    assert [fire.firing for fire in called] == list(range(1, len(called) + 1))
    assert [fire.pass_no for fire in called] == sorted(fire.pass_no for fire in called)
    assert begun == list(range(2, len(begun) + 2))


@modest
@given(some.plans_and_worlds(), some.outcomes, some.scripts)
def test_nothing_is_exhausted_while_nothing_arrived_and_something_may(given_, outcomes, script):
    """Design D9: an outage of a provider delays; it never walks a ladder to its end (invariant I15)."""
    for step in run(given_, outcomes, script):
        before = step.before
        if before is None or before.status is not Status.PAGING or isinstance(step.event, Command):
            continue
        if step.decision.state.status is Status.EXHAUSTED and before.position:
            assert step.reach.pass_heard or not step.reach.pass_trying


@modest
@given(some.plans_and_worlds(), some.outcomes, some.scripts)
def test_every_open_run_is_woken_again(given_, outcomes, script):
    """Nobody waits longer than the longest timer: the re-page, twice a timeout, or the fallback's half hour."""
    steps = run(given_, outcomes, script)
    last = steps[-1].decision.state

    for step in steps:
        state = step.decision.state
        if state.status in (Status.PAGING, Status.EXHAUSTED):
            assert state.wake_at is not None
            assert state.wake_at <= step.at + timedelta(minutes=30)
    assert last.wake_at is None or last.wake_at >= END


@modest
@given(some.plans_and_worlds(), some.outcomes)
def test_a_ladder_nobody_answers_is_walked_to_its_end(given_, outcomes):
    """After as many passes as it may; or it is held, where nothing of the pass arrived, something may, none is left."""
    ladder, there = given_
    pager, tomorrow = Pager(ladder, there, outcomes), START + timedelta(hours=8)
    steps = pager.run(START, [], tomorrow)
    repeated = [step for step in steps if step.before and step.before.status is Status.PAGING and _repeats(step)]

    assert len(repeated) <= ladder.repeat
    assert pager.state is not None
    if pager.state.status is Status.PAGING:
        assert pager.reach.pass_trying
        assert not pager.reach.pass_heard
        assert not any(roster(layer, there, tomorrow).duties for layer in ladder.layers[pager.state.position :])
    elif pager.state.reached:
        assert len(repeated) == ladder.repeat


def _repeats(step: Step) -> bool:
    return bool(notes(step.decision, "pass_repeated"))


@modest
@given(some.plans_and_worlds(), some.outcomes)
def test_nobody_is_called_twice_for_being_on_call_on_one_layer(given_, outcomes):
    called = [
        (fire.pass_no, fire.position, duty.user)
        for step in run(given_, outcomes, [])
        for fire in fires(step.decision)
        if fire.cause is not Cause.FALLBACK
        for duty in fire.roster.duties
    ]

    assert len(set(called)) == len(called)


@modest
@given(some.plans_and_worlds(), some.outcomes, some.scripts)
def test_the_fallback_is_called_beside_a_layer_once_in_a_pass(given_, outcomes, script):
    beside = [
        fire.pass_no
        for step in run(given_, outcomes, script)
        for fire in fires(step.decision)
        if fire.cause is Cause.FALLBACK and step.decision.state.status is Status.PAGING
    ]

    assert len(set(beside)) == len(beside)


@modest
@given(some.plans_and_worlds(), some.scripts)
def test_unfolding_a_script_is_stepping_through_it_by_hand(given_, script):
    ladder, there = given_
    story = list(unfold(ladder, there, START, script, END))

    moments = [moment for moment, _ in story]
    assert moments == sorted(moments)
    by_hand = Pager(ladder, there, {}).run(START, script, END)
    assert story == [(step.at, step.decision) for step in by_hand]
