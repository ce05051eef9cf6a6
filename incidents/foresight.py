"""What a command would bring about if it were given now: whom it pages at once, and where the escalation stands then.

It is what ``decide`` says about the command with the world as it is now, so the engine does the same, unless something
happens before; and then the command, which names the firing that was shown, is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from escalation.domain.model import UserId
from escalation.loaders import Needs, load_worlds
from incidents.domain.escalation import decide
from incidents.domain.model import Cause, Command, Decision, Fire, Trigger
from incidents.models import Escalation
from incidents.names import Names, named
from incidents.services.trigger import Start
from incidents.states import needs_of, needs_of_plan, plan_for_command, state_of
from incidents.wording import listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What a command would do: page ``recipients`` by ``cause`` (None: nobody), at ``position`` of so many ``layers``."""

    cause: Cause | None
    recipients: tuple[str, ...]
    position: int
    layers: int


def foresee(row: Escalation, commands: Sequence[Command], now: datetime) -> list[Foreseen]:
    """Return what each of the commands would do by itself. Needs ``holder`` and ``incident.owner``; two statements."""
    plan = plan_for_command(row)
    needs = needs_of(row, plan)
    for command in commands:
        needs |= needs_of(row, command.plan or plan)
    world = load_worlds({row.organization_id: needs}, since=now)[row.organization_id].world
    return [_foreseen(decide(plan, state_of(row), command, world, now)) for command in commands]


def foresee_trigger(organization_id: str, start: Start, now: datetime) -> Foreseen:
    """Return what opening an incident would do. Two statements at most."""
    owner = None if start.owner is None else UserId(start.owner.user_id)
    needs = needs_of_plan(start.plan) | Needs(users=set() if owner is None else {owner})
    world = load_worlds({organization_id: needs}, since=now)[organization_id].world
    return _foreseen(decide(start.plan, None, Trigger(owner=owner), world, now))


def paged_by(foreseen: Foreseen, names: Names) -> str:
    """Return whom it pages: "layer 2: Ada and Bob", "the fallback: ops@example.org", or "nobody"."""
    if foreseen.cause is None:
        return "nobody"
    what = "the fallback" if foreseen.cause is Cause.FALLBACK else f"layer {foreseen.position}"
    return f"{what}: {listing([named(one, names) for one in foreseen.recipients])}"


def _foreseen(decision: Decision) -> Foreseen:
    fires = [effect for effect in decision.effects if isinstance(effect, Fire) and effect.roster.duties]
    last = next(reversed(fires), None)
    return Foreseen(
        cause=None if last is None else last.cause,
        recipients=() if last is None else tuple(str(duty.user) for duty in last.roster.duties),
        position=decision.state.position,
        layers=len(decision.plan.layers),
    )
