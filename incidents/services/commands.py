"""What somebody tells a running escalation to do.

``firing`` is the number of the firing the caller saw; should the escalation have fired since, nothing happens.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Membership
from escalation.domain.model import UserId
from incidents.domain.model import ActorId, Command, CommandKind
from incidents.errors import InvalidTargetUser
from incidents.models import Incident
from incidents.services.deciding import decide_and_write
from incidents.services.locking import lock_escalation
from scaling.errors import InvalidInput


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
    user = None if user_id is None else UserId(_active_member(organization_id, user_id).user_id)
    decide_and_write(row, Command(kind=CommandKind.ACKNOWLEDGE, actor=ActorId(actor_id), user=user), now)
    return row.incident


@transaction.atomic
def unacknowledge_incident(
    *, organization_id: str, incident_id: UUID, actor_id: str, firing: int | None = None, now: datetime
) -> Incident:
    """Take an acknowledgement back: the current layer is paged again, with its full time.

    Raises:
        NotFound: the organization has no such incident.
        IncidentResolved: the incident is resolved.
        NotAcknowledged: there is nothing to take back.
        EscalationMoved: ``firing`` is given and is not the last one any more.
    """
    row = lock_escalation(organization_id, incident_id)
    decide_and_write(row, Command(kind=CommandKind.UNACKNOWLEDGE, actor=ActorId(actor_id), firing=firing), now)
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
    user = UserId(target.user_id)
    decide_and_write(row, Command(kind=CommandKind.HANDOFF, actor=ActorId(actor_id), user=user, firing=firing), now)
    incident = row.incident
    incident.owner = target
    incident.updated_at = now
    incident.save(update_fields=["owner", "updated_at"])
    return incident


@transaction.atomic
def escalate_incident(
    *, organization_id: str, incident_id: UUID, actor_id: str, firing: int | None = None, now: datetime
) -> Incident:
    """Call the next layer now; past the last one the first again while there are repeats, else the fallback.

    Raises:
        NotFound: the organization has no such incident.
        IncidentResolved: the incident is resolved.
        EscalationMoved: ``firing`` is given and is not the last one any more.
    """
    row = lock_escalation(organization_id, incident_id)
    decide_and_write(row, Command(kind=CommandKind.ESCALATE, actor=ActorId(actor_id), firing=firing), now)
    return row.incident


@transaction.atomic
def snooze_incident(
    *, organization_id: str, incident_id: UUID, actor_id: str, until: datetime, firing: int | None = None, now: datetime
) -> Incident:
    """Page nobody until ``until``; then the current layer is paged again.

    Raises:
        NotFound: the organization has no such incident.
        InvalidInput: ``until`` is not in the future.
        IncidentResolved: the incident is resolved.
        EscalationMoved: ``firing`` is given and is not the last one any more.
    """
    if until <= now:
        raise InvalidInput([("until", "Send an instant in the future.")])
    row = lock_escalation(organization_id, incident_id)
    command = Command(kind=CommandKind.SNOOZE, actor=ActorId(actor_id), until=until, firing=firing)
    decide_and_write(row, command, now)
    return row.incident


def _active_member(organization_id: str, user_id: str) -> Membership:
    found: Membership | None = (
        Membership.objects.reachable().for_organization(organization_id).filter(user_id=user_id).first()
    )
    if found is None:
        raise InvalidTargetUser("No active member with that id in this organization.")
    return found
