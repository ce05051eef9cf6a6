"""How a command is decided and written, whichever service it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from escalation.loaders import Needs, load_worlds
from incidents.decisions import Turn, write
from incidents.domain.escalation import decide
from incidents.domain.model import Command, Refusal
from incidents.errors import EscalationMoved, IncidentResolved, NotAcknowledged
from incidents.models import Escalation
from incidents.states import needs_of, plan_for_command, state_of
from incidents.wake import hint_after_commit
from scaling.errors import DomainError

_REFUSALS: Final[Mapping[Refusal, tuple[type[DomainError], str]]] = {
    Refusal.INCIDENT_RESOLVED: (IncidentResolved, "The incident is resolved."),
    Refusal.NOT_ACKNOWLEDGED: (NotAcknowledged, "Nobody has acknowledged the incident."),
    Refusal.ESCALATION_MOVED: (EscalationMoved, "The escalation has moved on since that firing."),
}


def decide_and_write(row: Escalation, command: Command, now: datetime) -> None:
    """Decide and write one command for a locked escalation.

    Raises:
        IncidentResolved, NotAcknowledged, EscalationMoved: the command does not apply; nothing is written.
    """
    plan = plan_for_command(row)
    needs = needs_of(row, plan)
    if command.user is not None:
        needs |= Needs(users={command.user})
    if command.plan is not None:
        needs |= needs_of(row, command.plan)
    loaded = load_worlds({row.organization_id: needs}, since=now)[row.organization_id]
    decision = decide(plan, state_of(row), command, loaded.world, now)
    if decision.refused is not None:
        error, message = _REFUSALS[decision.refused]
        raise error(message)
    if decision.effects:
        write([Turn(row=row, decision=decision, loaded=loaded, actor=command.actor)], now)
        hint_after_commit()
