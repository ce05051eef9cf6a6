"""What people do to an escalation, state by state (design, "What happens when", the rows of the commands).

A command is refused or carried out as a whole. Acknowledging always succeeds: whoever answers an old page has answered.
Anything else is refused once the escalation has fired since the page of whoever asks was shown, if they say which
firing that was; but what is resolved is resolved, and resolving it again is never refused.

Example: Ada and Bob both see firing 1 and call the next layer by hand. Ada's command pages layer 2 as firing 2; Bob's,
which names firing 1, is refused as ``escalation_moved``, so that nobody skips a layer unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from escalation.domain.model import Plan
from escalation.domain.plan import staffed_by
from incidents.domain.model import Cause, Command, CommandKind, Refusal, State, Status
from incidents.domain.run import Run, text


def refusal(state: State, command: Command) -> Refusal | None:
    """Return why ``command`` changes nothing in ``state``, or None if it may be carried out."""
    if command.kind is CommandKind.ACKNOWLEDGE:
        return None
    if state.status is Status.CANCELLED:
        return None if command.kind is CommandKind.RESOLVE else Refusal.INCIDENT_RESOLVED
    if command.kind is CommandKind.UNACKNOWLEDGE and state.status is not Status.ACKNOWLEDGED:
        return Refusal.NOT_ACKNOWLEDGED
    moved = command.firing is not None and command.firing != state.firing
    return Refusal.ESCALATION_MOVED if moved else None


def carry_out(run: Run, command: Command) -> None:
    """Do what ``command``, which was not refused, asks for; one without a cell changes nothing."""
    cell = _CELLS.get((command.kind, run.state.status))
    if cell is not None:
        cell(run, command)


# Taking it, and giving it back


def _acknowledge(run: Run, command: Command) -> None:
    repage = run.plan.repage
    run.change(
        status=Status.ACKNOWLEDGED,
        due_at=None if repage is None else run.now + repage,
        held_by=command.user,
    )
    run.note("incident_acknowledged", actorId=command.actor, userId=command.user)
    run.stop()


def _unacknowledge(run: Run, command: Command) -> None:
    run.note("incident_unacknowledged", actorId=command.actor, userId=run.state.held_by)
    run.change(held_by=None, due_at=None)
    run.fire_current_layer(Cause.UNACKNOWLEDGED, "layer_paged")


def _hand_off(run: Run, command: Command) -> None:
    user = command.user
    if user is None:
        return
    previous = run.state.owner
    run.note("incident_handed_off", actorId=command.actor, userId=user, previousOwnerId=previous, newOwnerId=user)
    run.stop(spare=user)
    if not run.plan.layers:
        run.plan = staffed_by(run.plan, user, run.world.default_timeout)
        run.change(position=1)
    elif run.state.status is Status.EXHAUSTED:
        run.return_to_last_layer()
    run.change(owner=user, held_by=None)
    if not run.fire_person(user, "handoff", Cause.HANDOFF, "layer_paged"):
        run.fire_next_layer()


# Moving along


def _call_next_layer(run: Run, command: Command) -> None:
    _note_call(run, command)
    layers = run.plan.layers
    if layers and run.state.position == len(layers) and run.state.repeats_left > 0:
        run.begin_pass(repeats_left=run.state.repeats_left - 1)
    run.fire_next_layer()


def _call_from_the_first_layer(run: Run, command: Command) -> None:
    _note_call(run, command)
    if run.plan.layers:
        run.begin_pass(repeats_left=run.state.repeats_left)
    run.fire_next_layer()


def _note_call(run: Run, command: Command) -> None:
    """Write down who calls; the wait of what is called begins now, whatever was due."""
    run.note_layer("escalated_by_hand", actorId=command.actor)
    run.staff_by_owner()
    run.change(held_by=None, due_at=None)
    run.is_called_by_hand = True


def _snooze(run: Run, command: Command) -> None:
    if _set_alarm(run, command):
        run.stop()


def _snooze_anew(run: Run, command: Command) -> None:
    _set_alarm(run, command)


def _set_alarm(run: Run, command: Command) -> bool:
    """Sleep until the instant the command names; one that is not ahead changes nothing."""
    until = command.until
    if until is None or until <= run.now:
        return False
    run.change(status=Status.SNOOZED, due_at=until)
    run.note("incident_snoozed", actorId=command.actor, until=text(until))
    return True


# Another plan


def _apply_plan(run: Run, command: Command) -> None:
    """Go on by the plan from where the escalation stands; nothing fires, and what is due stays due."""
    plan, current = command.plan, run.layer
    if plan is None:
        return
    _take_plan(run, plan)
    places = {layer.id: place for place, layer in enumerate(run.plan.layers, 1)}
    nearest = min(run.state.position, len(places))
    run.change(position=nearest if current is None else places.get(current.id, nearest))
    run.change(roster_at=run.current_roster().changes_at)
    _note_plan(run, command)


def _apply_plan_and_start_over(run: Run, command: Command) -> None:
    if command.plan is None:
        return
    _take_plan(run, command.plan)
    run.change(position=0, repeating=True, due_at=None)
    _note_plan(run, command)
    run.fire_next_layer()


def _take_plan(run: Run, plan: Plan) -> None:
    """Run by ``plan``, in a pass number never used before."""
    run.plan = plan
    run.staff_by_owner()
    run.change(pass_no=run.state.pass_no + 1, repeats_left=plan.repeat, reached=False, fallback_beside=False)


def _note_plan(run: Run, command: Command) -> None:
    facts = {"pass": run.state.pass_no, "policyVersion": run.plan.policy_version, "layers": len(run.plan.layers)}
    run.note_layer("plan_applied", actorId=command.actor, **facts)


# The end


def _resolve(run: Run, command: Command) -> None:
    run.change(status=Status.CANCELLED, due_at=None, roster_at=None)
    run.note("escalation_cancelled", actorId=command.actor)
    run.stop()


# The table: what is missing changes nothing, and what is refused never gets here

_Cell = Callable[[Run, Command], None]

_CELLS: Final[Mapping[tuple[CommandKind, Status], _Cell]] = {
    (CommandKind.ACKNOWLEDGE, Status.PAGING): _acknowledge,
    (CommandKind.ACKNOWLEDGE, Status.SNOOZED): _acknowledge,
    (CommandKind.ACKNOWLEDGE, Status.EXHAUSTED): _acknowledge,
    (CommandKind.UNACKNOWLEDGE, Status.ACKNOWLEDGED): _unacknowledge,
    (CommandKind.HANDOFF, Status.PAGING): _hand_off,
    (CommandKind.HANDOFF, Status.ACKNOWLEDGED): _hand_off,
    (CommandKind.HANDOFF, Status.SNOOZED): _hand_off,
    (CommandKind.HANDOFF, Status.EXHAUSTED): _hand_off,
    (CommandKind.ESCALATE, Status.PAGING): _call_next_layer,
    (CommandKind.ESCALATE, Status.ACKNOWLEDGED): _call_next_layer,
    (CommandKind.ESCALATE, Status.SNOOZED): _call_next_layer,
    (CommandKind.ESCALATE, Status.EXHAUSTED): _call_from_the_first_layer,
    (CommandKind.SNOOZE, Status.PAGING): _snooze,
    (CommandKind.SNOOZE, Status.ACKNOWLEDGED): _snooze,
    (CommandKind.SNOOZE, Status.SNOOZED): _snooze_anew,
    (CommandKind.SNOOZE, Status.EXHAUSTED): _snooze,
    (CommandKind.APPLY_PLAN, Status.PAGING): _apply_plan,
    (CommandKind.APPLY_PLAN, Status.ACKNOWLEDGED): _apply_plan,
    (CommandKind.APPLY_PLAN, Status.SNOOZED): _apply_plan,
    (CommandKind.APPLY_PLAN, Status.EXHAUSTED): _apply_plan_and_start_over,
    (CommandKind.RESOLVE, Status.PAGING): _resolve,
    (CommandKind.RESOLVE, Status.ACKNOWLEDGED): _resolve,
    (CommandKind.RESOLVE, Status.SNOOZED): _resolve,
    (CommandKind.RESOLVE, Status.EXHAUSTED): _resolve,
}
