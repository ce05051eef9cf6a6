"""A whole run, told ahead or replayed: a fold of ``decide`` (design, "The pure core").

Example: unfolding a plan of one five-minute layer from 10:00 to 11:00 with an empty script yields the trigger at
10:00, the exhaustion at 10:05, and the fallback again at 10:35.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from escalation.domain.model import Plan, World
from incidents.domain.escalation import decide
from incidents.domain.model import Decision, Due, Event, Reach, Trigger

_ALL_ARRIVES: Final = Reach(heard=True, trying=False, pass_heard=True, pass_trying=False)


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
    while True:
        at, event = _next(decision, given)
        if at is None or at >= end:
            return
        decision = decide(decision.plan, decision.state, event, world, at)
        yield at, decision


def _next(decision: Decision, given: list[tuple[datetime, Event]]) -> tuple[datetime | None, Event]:
    wake_at = decision.state.wake_at
    if given and (wake_at is None or given[0][0] <= wake_at):
        return given.pop(0)
    return wake_at, Due(reach=_ALL_ARRIVES)
