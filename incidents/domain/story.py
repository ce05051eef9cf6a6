"""A whole run, told ahead or replayed: a fold of ``decide`` (design, "The pure core").

Example: unfolding a plan of one five-minute layer from 10:00 to 11:00 with an empty script yields the trigger at
10:00, the exhaustion at 10:05, and the fallback again at 10:35. Resuming where the first of these left it, at 10:02,
yields the other two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from escalation.domain.model import Plan, World
from incidents.domain.escalation import decide
from incidents.domain.model import Decision, Due, Event, Reach, State, Trigger

ALL_ARRIVES: Final = Reach(heard=True, trying=False, pass_heard=True, pass_trying=False)
"""What becomes of pages in a story told ahead: every one of them is handed over."""

_Given = list[tuple[datetime, Event]]


def unfold(
    plan: Plan, world: World, start: datetime, script: Sequence[tuple[datetime, Event]], end: datetime
) -> Iterator[tuple[datetime, Decision]]:
    """Yield each instant at which something happens from ``start`` up to but not including ``end``, in order.

    ``script`` holds what people do, sorted by time; if it does not begin with a trigger, one without an owner is
    assumed. Between its events the escalation is woken when it asked to be, and every page is taken as delivered.
    An event of the script goes before a wake-up at the same instant.
    """
    given = list(script)
    first = given.pop(0)[1] if given and isinstance(given[0][1], Trigger) else Trigger(owner=None)
    decision = decide(plan, None, first, world, start)
    yield start, decision
    yield from _follow(decision, world, start, given, end)


def resume(plan: Plan, state: State, world: World, now: datetime, end: datetime) -> Iterator[tuple[datetime, Decision]]:
    """Yield what follows from where a run stands, unless somebody acts, from ``now`` up to but not including ``end``.

    What is overdue happens at ``now``. Every page is taken as delivered.
    """
    return _follow(Decision(plan=plan, state=state), world, now, [], end)


def _follow(
    decision: Decision, world: World, since: datetime, given: _Given, end: datetime
) -> Iterator[tuple[datetime, Decision]]:
    while True:
        at, event = _next(decision, given)
        if at is None or at >= end:
            return
        at = max(at, since)
        decision = decide(decision.plan, decision.state, event, world, at)
        yield at, decision


def _next(decision: Decision, given: _Given) -> tuple[datetime | None, Event]:
    wake_at = decision.state.wake_at
    if given and (wake_at is None or given[0][0] <= wake_at):
        return given.pop(0)
    return wake_at, Due(reach=ALL_ARRIVES)
