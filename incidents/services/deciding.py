"""How a command is decided and written, whichever service it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from escalation.domain.model import UserId
from escalation.loaders import Needs, load_worlds
from incidents.decisions import Turn, write
from incidents.domain.escalation import decide
from incidents.domain.model import ActorId, Command, CommandKind, Refusal
from incidents.errors import EscalationMoved, IncidentResolved
from incidents.models import Escalation
from incidents.states import needs_of, plan_for_command, state_of
from incidents.wake import hint_after_commit
from scaling.errors import DomainError

_REFUSALS: Final[Mapping[Refusal, tuple[type[DomainError], str]]] = {
    Refusal.INCIDENT_RESOLVED: (IncidentResolved, "The incident is resolved."),
    Refusal.ESCALATION_MOVED: (EscalationMoved, "The escalation has moved on since that firing."),
}


def carry_out(
    row: Escalation,
    kind: CommandKind,
    actor_id: str,
    now: datetime,
    *,
    user_id: str | None = None,
    firing: int | None = None,
) -> None:
    """Decide and write one command for a locked escalation."""
    plan = plan_for_command(row)
    user = None if user_id is None else UserId(user_id)
    needs = needs_of(row, plan)
    if user is not None:
        needs |= Needs(users={user})
    loaded = load_worlds({row.organization_id: needs}, since=now)[row.organization_id]
    command = Command(kind=kind, actor=ActorId(actor_id), user=user, firing=firing)
    decision = decide(plan, state_of(row), command, loaded.world, now)
    if decision.refused is not None:
        error, message = _REFUSALS[decision.refused]
        raise error(message)
    if decision.effects:
        write([Turn(row=row, decision=decision, loaded=loaded, actor=actor_id)], now)
        hint_after_commit()
