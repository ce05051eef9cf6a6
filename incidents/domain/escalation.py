"""What happens when: the one place that decides (design, "What happens when").

``decide`` takes where an escalation stands, what happened, and the world, and says where it stands now and what to
do. It reads no clock and no database, and it never raises. The engine, the services, and whoever tells what comes next
ask it. What time brings about is here; what people do is in ``incidents.domain.commands``.

The rule in short: a layer is paged and given its time; nobody acknowledges, the next one is paged; a layer that
reaches nobody is noted and passed at once; after the last layer the pass is repeated if it may be, else the
escalation is exhausted and the fallback is paged, again every 30 minutes, until somebody acknowledges or resolves.

Example: a plan with layers [Ada 5 min, Bob 5 min], triggered at 10:00, pages Ada and is due at 10:05; woken then, it
pages Bob and is due at 10:10; woken then, it is exhausted, pages the fallback and is due at 10:40.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from escalation.domain.model import Plan, World
from incidents.domain.commands import carry_out, refusal
from incidents.domain.model import Cause, Command, Decision, Event, Reach, State, Status, Trigger, Undeliverable
from incidents.domain.run import FALLBACK_AGAIN, Run, text


def decide(plan: Plan, state: State | None, event: Event, world: World, now: datetime) -> Decision:
    """Return what follows from ``event`` at ``now``.

    ``state`` is None for the trigger, and a trigger in any other state changes nothing. Total: it returns a decision
    for any data and never raises.
    """
    run = Run(plan, state or _before_the_first(plan, event), world, now)
    if state is None:
        _trigger(run)
    elif isinstance(event, Command):
        refused = refusal(run.state, event)
        if refused is not None:
            return Decision(plan=plan, state=state, refused=refused)
        carry_out(run, event)
    elif not isinstance(event, Trigger):
        _cells(event, run)[state.status](run, event.reach)
    return Decision(plan=run.plan, state=run.state, effects=tuple(run.effects))


def _before_the_first(plan: Plan, event: Event) -> State:
    return State(
        status=Status.PAGING,
        pass_no=1,
        position=0,
        firing=0,
        entered=0,
        repeats_left=plan.repeat,
        reached=False,
        repeating=False,
        extended=False,
        fallback_beside=False,
        due_at=None,
        roster_at=None,
        paged=frozenset(),
        held_by=None,
        owner=event.owner if isinstance(event, Trigger) else None,
    )


def _trigger(run: Run) -> None:
    """Page the first layer."""
    run.staff_by_owner()
    run.fire_next_layer()


def _cells(event: Event, run: Run) -> Mapping[Status, _Cell]:
    if isinstance(event, Undeliverable):
        return _WHEN_UNDELIVERABLE
    due_at = run.state.due_at
    return _WHEN_DUE if due_at is not None and due_at <= run.now else _WHEN_ROSTER_CHANGED


# ``due_at`` reached


def _layer_timed_out(run: Run, reach: Reach) -> None:
    if run.layer is None:
        run.fire_next_layer()
    elif reach.trying and not reach.heard and not run.state.extended:
        _extend(run)
    elif _must_stay(run, reach):
        _stay(run)
    else:
        # Where nothing is left to try, the layer is left as dead: it has reached nobody.
        run.note_layer("layer_timed_out" if reach.heard else "layer_timed_out_unheard", reason="timeout")
        run.change(reached=run.state.reached or reach.heard or reach.trying)
        run.fire_next_layer()


def _extend(run: Run) -> None:
    """Give the layer its time once more: nothing has been handed over yet, and something is still being tried."""
    due_at = run.due_after(run.timeout, run.state.due_at)
    run.change(due_at=due_at, extended=True)
    run.note_layer("timer_moved", reason="nothing_handed_over", dueAt=text(due_at))


def _must_stay(run: Run, reach: Reach) -> bool:
    """Tell whether nobody is left to page in a pass of which nothing has arrived yet but something still may."""
    return reach.pass_trying and not reach.pass_heard and not run.reaches_somebody_after(run.state.position)


def _stay(run: Run) -> None:
    due_at = run.now + run.timeout
    run.change(due_at=due_at)
    run.note_layer("timer_moved", reason="nothing_handed_over_in_pass", dueAt=text(due_at))
    if not run.state.fallback_beside:
        run.fire_fallback_beside()


def _page_again_after_acknowledgement(run: Run, reach: Reach) -> None:
    holder = run.state.held_by
    run.change(held_by=None)
    if holder is None or not run.fire_person(holder, "holder", Cause.REPAGE, "incident_repaged"):
        run.fire_current_layer(Cause.REPAGE, "incident_repaged")


def _end_snooze(run: Run, reach: Reach) -> None:
    run.change(held_by=None)
    run.fire_current_layer(Cause.SNOOZE_ENDED, "snooze_ended")


def _page_fallback_again(run: Run, reach: Reach) -> None:
    run.fire_fallback(due_at=run.due_after(FALLBACK_AGAIN, run.state.due_at))


# ``roster_at`` reached: a shift changes, or a schedule in use was edited


def _page_who_joined(run: Run, reach: Reach) -> None:
    """Page those who came on call since the layer was entered; the timer stays."""
    found = run.current_roster()
    run.change(roster_at=found.changes_at)
    run.fire_joined(tuple(duty for duty in found.duties if duty.user not in run.state.paged))


def _look_again_later(run: Run, reach: Reach) -> None:
    run.change(roster_at=run.current_roster().changes_at)


def _start_again_if_somebody_is_back(run: Run, reach: Reach) -> None:
    roster_at = run.state.roster_at
    if roster_at is None or roster_at > run.now:
        return  # woken by a page that died: who is on call is as it was when the passes ended
    if run.state.reached:
        run.change(roster_at=None)
    elif run.reaches_somebody_after(0):
        run.begin_pass(repeats_left=run.state.repeats_left)
        run.fire_next_layer()
    else:
        run.change(roster_at=run.next_roster_change())


# Every page of the layer is dead: once that is dealt with, each wake looks at the roster as any other does


def _leave_dead_layer(run: Run, reach: Reach) -> None:
    if not _must_stay(run, reach):
        run.note_layer("layer_timed_out_unheard", reason="undeliverable")
        run.fire_next_layer()
    elif run.state.fallback_beside:
        _page_who_joined(run, reach)
    else:
        _stay(run)


def _page_operator_once(run: Run, reach: Reach) -> None:
    if run.world.operator in run.state.paged:
        _start_again_if_somebody_is_back(run, reach)
    else:
        run.fire_operator()


def _nothing(run: Run, _: object) -> None:
    """Leave everything as it is."""


# The table

_Cell = Callable[[Run, Reach], None]

_WHEN_DUE: Final[Mapping[Status, _Cell]] = {
    Status.PAGING: _layer_timed_out,
    Status.ACKNOWLEDGED: _page_again_after_acknowledgement,
    Status.SNOOZED: _end_snooze,
    Status.EXHAUSTED: _page_fallback_again,
    Status.CANCELLED: _nothing,
}
_WHEN_ROSTER_CHANGED: Final[Mapping[Status, _Cell]] = {
    Status.PAGING: _page_who_joined,
    Status.ACKNOWLEDGED: _look_again_later,
    Status.SNOOZED: _look_again_later,
    Status.EXHAUSTED: _start_again_if_somebody_is_back,
    Status.CANCELLED: _nothing,
}
_WHEN_UNDELIVERABLE: Final[Mapping[Status, _Cell]] = {
    Status.PAGING: _leave_dead_layer,
    Status.ACKNOWLEDGED: _look_again_later,
    Status.SNOOZED: _look_again_later,
    Status.EXHAUSTED: _page_operator_once,
    Status.CANCELLED: _nothing,
}
