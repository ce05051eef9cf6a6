"""What somebody tells a running escalation to do."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Membership
from incidents.domain.model import CommandKind
from incidents.errors import InvalidTargetUser
from incidents.models import Incident
from incidents.services.deciding import carry_out
from incidents.services.locking import lock_escalation


@transaction.atomic
def acknowledge_incident(
    *, organization_id: str, incident_id: UUID, actor_id: str, user_id: str | None = None, now: datetime
) -> Incident:
    """Stop the escalation: somebody has it. Acknowledging twice, or a resolved incident, changes nothing.

    ``user_id`` names the person who holds it; without it, only the actor is known (contract 7.2).

    Raises:
        NotFound: the organization has no such incident.
        InvalidTargetUser: ``user_id`` is not an active member of the organization.
    """
    row = lock_escalation(organization_id, incident_id)
    if user_id is not None:
        _active_member(organization_id, user_id)
    carry_out(row, CommandKind.ACKNOWLEDGE, actor_id, now, user_id=user_id)
    return row.incident


@transaction.atomic
def hand_off_incident(
    *,
    organization_id: str,
    incident_id: UUID,
    actor_id: str,
    target_user_id: str,
    firing: int | None = None,
    now: datetime,
) -> Incident:
    """Make somebody else the owner, page them now and restart the current layer's timer (contract 7.3).

    Raises:
        NotFound: the organization has no such incident.
        InvalidTargetUser: the target is not an active member of the organization.
        IncidentResolved: there is nothing left to hand off.
        EscalationMoved: ``firing`` is given and is not the last one any more.
    """
    row = lock_escalation(organization_id, incident_id)
    target = _active_member(organization_id, target_user_id)
    carry_out(row, CommandKind.HANDOFF, actor_id, now, user_id=target_user_id, firing=firing)
    incident = row.incident
    incident.owner = target
    incident.updated_at = now
    incident.save(update_fields=["owner", "updated_at"])
    return incident


def _active_member(organization_id: str, user_id: str) -> Membership:
    found: Membership | None = (
        Membership.objects.reachable().for_organization(organization_id).filter(user_id=user_id).first()
    )
    if found is None:
        raise InvalidTargetUser("No active member with that id in this organization.")
    return found
