"""The moves of which every decision is made: enter a layer, fire, exhaust, restart a timer, write down.

``Run`` is one decision in the making. It holds the state so far and the effects so far, and knows how a layer is
entered and how time is counted; *when* each move is made, ``incidents.domain.escalation`` decides.

Example: ``fire_next_layer()`` at position 1 of three layers, the second of which reaches nobody, notes
``layer_empty`` for position 2, fires position 3 and sets ``due_at`` one timeout of layer 3 ahead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from escalation.domain.model import Duty, DutySource, Layer, Plan, Roster, UserId, World
from escalation.domain.plan import staffed_by
from escalation.domain.roster import ladder, members, reach, roster
from incidents.domain.model import Cause, Effect, Fire, Note, State, Status, Stop

FALLBACK_AGAIN: Final = timedelta(minutes=30)
"""How long an exhausted escalation waits before it pages the fallback again (design D10)."""

LATENESS_ABSORBED: Final = timedelta(seconds=5)
"""Lateness up to this, and up to a tenth of the timeout, does not move the timetable (invariant I10)."""


class Run:
    """One decision in the making."""

    def __init__(self, plan: Plan, state: State, world: World, now: datetime) -> None:
        """Start from ``state``; a position outside the plan is taken as the nearest inside it."""
        self.plan = plan
        self.state = replace(state, position=min(max(state.position, 0), len(plan.layers)))
        self.world = world
        self.now = now
        self.effects: list[Effect] = []
        self.is_called_by_hand = False

    def change(self, **fields: Any) -> None:
        """Replace fields of the state."""
        self.state = replace(self.state, **fields)

    # Layers

    @property
    def layer(self) -> Layer | None:
        """The current layer, or None before the first."""
        return self.plan.layers[self.state.position - 1] if self.state.position else None

    @property
    def timeout(self) -> timedelta:
        """The current layer's wait; before the first layer the first's; without layers the organization's."""
        layer = self.layer or next(iter(self.plan.layers), None)
        return self.world.default_timeout if layer is None else layer.timeout

    def current_roster(self) -> Roster:
        """Return whom the current layer reaches now; its working hours were judged when escalation got to it."""
        return Roster(duties=()) if self.layer is None else members(self.layer, self.world, self.now)

    def rosters_after(self, position: int) -> Iterator[Roster]:
        """Yield whom each layer after ``position`` reaches if escalation gets to it now; 0 is a pass that begins."""
        if position == 0:
            return iter(ladder(self.plan, self.world, self.now))
        return (roster(layer, self.world, self.now) for layer in self.plan.layers[position:])

    def reaches_somebody_after(self, position: int) -> bool:
        """Tell whether any layer after ``position`` reaches somebody now."""
        return any(found.duties for found in self.rosters_after(position))

    def next_roster_change(self) -> datetime | None:
        """Return the first instant at which any layer may reach somebody else."""
        changes = (found.changes_at for found in self.rosters_after(0))
        return min((at for at in changes if at is not None), default=None)

    # Moving on

    def staff_by_owner(self) -> None:
        """Have the owner for the one layer of a plan that has none (contract 7.1.6)."""
        if not self.plan.layers and self.state.owner is not None:
            self.plan = staffed_by(self.plan, self.state.owner, self.world.default_timeout)

    def fire_next_layer(self) -> None:
        """Fire the next layer that reaches somebody; past the last, repeat the pass or end the passes.

        Ends: a repeated pass begins with nobody reached, and so is not repeated itself before a layer has had its time.
        """
        previous_due = self.state.due_at
        if self._enter_first_that_reaches(previous_due):
            return
        if self._may_repeat():
            self.begin_pass(repeats_left=self.state.repeats_left - 1)
            if self._enter_first_that_reaches(previous_due):
                return
        self._exhaust()

    def _enter_first_that_reaches(self, previous_due: datetime | None) -> bool:
        """Walk on to the next layer that reaches somebody and fire it; tell whether there is one."""
        for found in self.rosters_after(self.state.position):
            self.change(position=self.state.position + 1, extended=False, paged=frozenset())
            if found.duties:
                self._enter(found, previous_due)
                return True
            self._note_passed(found)
        return False

    def _may_repeat(self) -> bool:
        return bool(self.plan.layers) and self.state.reached and self.state.repeats_left > 0

    def begin_pass(self, *, repeats_left: int) -> None:
        """Stand before the first layer of a pass never used before."""
        self.change(
            pass_no=self.state.pass_no + 1,
            position=0,
            repeats_left=repeats_left,
            repeating=True,
            reached=False,
            fallback_beside=False,
        )
        self.note("pass_repeated", **{"pass": self.state.pass_no, "repeatsLeft": repeats_left})

    def _enter(self, found: Roster, previous_due: datetime | None) -> None:
        self.change(
            status=Status.PAGING,
            due_at=self.due_after(self.timeout, previous_due),
            roster_at=found.changes_at,
            entered=self.state.firing + 1,
        )
        self.fire(self._cause_of_entering(), found, "layer_paged")

    def _note_passed(self, found: Roster) -> None:
        if found.skipped is None:
            self.note_layer("layer_empty", **_missed(found))
        else:
            self.note_layer("layer_skipped", reason=found.skipped)

    def _cause_of_entering(self) -> Cause:
        if self.is_called_by_hand:
            return Cause.ESCALATE
        return Cause.REPEAT if self.state.repeating else Cause.LAYER

    def return_to_last_layer(self) -> None:
        """Stand at the last layer again after the passes have ended; who is on call there has been called."""
        self.change(position=len(self.plan.layers))
        self.change(paged=frozenset(duty.user for duty in self.current_roster().duties))

    def _exhaust(self) -> None:
        """End the passes and page the fallback; if nobody was reached, wait for the next who may be (design D10)."""
        self.note("escalation_exhausted", **{"pass": self.state.pass_no, "somebodyReached": self.state.reached})
        self.change(
            status=Status.EXHAUSTED,
            roster_at=None if self.state.reached else self.next_roster_change(),
        )
        self.fire_fallback(due_at=self.now + FALLBACK_AGAIN)

    # Firing

    def fire_current_layer(self, cause: Cause, kind: str) -> None:
        """Fire the layer the escalation stands at, with its full timeout; if it reaches nobody, the next one."""
        self.staff_by_owner()
        found = self.current_roster()
        if found.duties:
            self._restart(found.changes_at)
            self.fire(cause, found, kind)
        else:
            if self.layer is not None:
                self.note_layer("layer_empty", **_missed(found))
            self.fire_next_layer()

    def fire_person(self, user: UserId, source: DutySource, cause: Cause, kind: str) -> bool:
        """Fire ``user`` alone, with the current layer's full timeout; tell whether they can be paged."""
        found = reach((Duty(user=user, source=source),), self.world)
        if not found.duties:
            self.note("person_unreachable", userId=user, recipient=user, reason=dict(found.missed)[user])
            return False
        self._restart(self.current_roster().changes_at)
        self.fire(cause, found, kind)
        return True

    def fire_joined(self, joined: tuple[Duty, ...]) -> None:
        """Fire people who came on call while the current layer is paging; its timer stays."""
        for duty in joined:
            self.note_layer("person_joined", userId=duty.user, **_duty(duty))
        if joined:
            self.fire(Cause.JOINED, Roster(duties=joined), "layer_paged")

    def _restart(self, roster_at: datetime | None) -> None:
        self.change(
            status=Status.PAGING,
            due_at=self.now + self.timeout,
            roster_at=roster_at,
            entered=self.state.firing + 1,
            extended=False,
        )

    def fire_fallback(self, *, due_at: datetime) -> None:
        """Page the fallback of an exhausted escalation; what it pages starts afresh."""
        self.change(due_at=due_at, entered=self.state.firing + 1, paged=frozenset())
        self.fire(Cause.FALLBACK, _fallback_roster(self.world), "fallback_paged")

    def fire_fallback_beside(self) -> None:
        """Page the fallback beside the current layer; it does not count among those the layer has called."""
        paged = self.state.paged
        self.fire(Cause.FALLBACK, _fallback_roster(self.world), "fallback_paged")
        self.change(paged=paged, fallback_beside=True)

    def fire_operator(self) -> None:
        """Page the operator of the installation: the last address there is."""
        self.fire(Cause.FALLBACK, _operator_roster(self.world), "fallback_paged")

    def fire(self, cause: Cause, found: Roster, kind: str) -> None:
        """Call everybody on ``found`` under the next number, and write it down as ``kind``."""
        recipients = [duty.user for duty in found.duties]
        self.change(firing=self.state.firing + 1, paged=self.state.paged | frozenset(recipients))
        self.effects.append(
            Fire(
                firing=self.state.firing,
                cause=cause,
                pass_no=self.state.pass_no,
                position=self.state.position,
                roster=found,
                due_at=self.state.due_at,
            )
        )
        facts = {"firing": self.state.firing, "cause": str(cause), "pass": self.state.pass_no, "recipients": recipients}
        self.note_layer(kind, **facts, **_missed(found), **_waived(found), dueAt=text(self.state.due_at))

    # Time

    def due_after(self, timeout: timedelta, previous: datetime | None) -> datetime:
        """Return the due time one ``timeout`` on: from the previous one if we are hardly late, else from now."""
        if previous is None or previous > self.now:
            return self.now + timeout
        late = self.now - previous
        if late <= min(LATENESS_ABSORBED, timeout / 10):
            return previous + timeout
        self.note_layer("timer_moved", reason="late", lateSeconds=round(late.total_seconds()))
        return self.now + timeout

    # Writing down

    def stop(self, *, spare: UserId | None = None) -> None:
        """Cancel what is unsent, but for ``spare``."""
        self.effects.append(Stop(spare=spare))

    def note(self, kind: str, **data: object) -> None:
        """Write an event into the timeline."""
        self.effects.append(Note(kind=kind, data=data))

    def note_layer(self, kind: str, **data: object) -> None:
        """Write an event about the current layer into the timeline."""
        layer_id = None if self.layer is None else str(self.layer.id)
        self.note(kind, layerId=layer_id, position=self.state.position or None, **data)


def text(at: datetime | None) -> str | None:
    """Return ``at`` as a timeline tells it: ISO 8601, UTC, milliseconds."""
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _fallback_roster(world: World) -> Roster:
    found = reach((Duty(user=user, source="fallback") for user in world.fallback), world)
    return found if found.duties else replace(_operator_roster(world), missed=found.missed)


def _operator_roster(world: World) -> Roster:
    return Roster(duties=(Duty(user=world.operator, source="fallback"),))


def _duty(duty: Duty) -> dict[str, object]:
    source_id = None if duty.source_id is None else str(duty.source_id)
    return {"source": duty.source, "sourceId": source_id, "until": text(duty.until)}


def _waived(found: Roster) -> dict[str, object]:
    """Say that a layer was fired although its working hours would have it skipped, as the last resort of its pass."""
    return {} if found.skipped is None else {"notSkippedFor": found.skipped}


def _missed(found: Roster) -> dict[str, object]:
    return {"missed": [{"userId": user, "reason": reason} for user, reason in found.missed]}
