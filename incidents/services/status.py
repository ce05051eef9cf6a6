"""The way of an incident from ``investigating`` to ``resolved``."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from incidents.decisions import event
from incidents.domain.lifecycle import RESOLVED, next_status
from incidents.domain.model import CommandKind
from incidents.errors import InvalidStatusTransition
from incidents.models import Incident, TimelineEvent
from incidents.services.deciding import carry_out
from incidents.services.locking import lock_escalation
from scaling.api.preconditions import require_match


@transaction.atomic
def change_status(
    *,
    organization_id: str,
    incident_id: UUID,
    actor_id: str,
    status: str,
    resolution_note: str | None = None,
    if_match: str | None = None,
    now: datetime,
) -> Incident:
    """Take the incident one step forward; ``resolved`` ends its escalation.

    Raises:
        NotFound: the organization has no such incident.
        PreconditionFailed: ``if_match`` does not name the incident's current version.
        InvalidStatusTransition: ``status`` is not the next one.
    """
    row = lock_escalation(organization_id, incident_id)
    incident = row.incident
    require_match(if_match, row)
    if status != next_status(incident.status):
        raise InvalidStatusTransition(_only_way(incident.status))
    incident.status = status
    incident.updated_at = now
    incident.save(update_fields=["status", "updated_at"])
    TimelineEvent.objects.bulk_create(
        [event(row, now, "status_changed", actorId=actor_id, status=status, resolutionNote=resolution_note)]
    )
    if status == RESOLVED:
        carry_out(row, CommandKind.RESOLVE, actor_id, now)
    else:
        row.version += 1
        row.save(update_fields=["version"])
    return incident


def _only_way(status: str) -> str:
    following = next_status(status)
    if following is None:
        return "The incident is resolved: its status does not change any more."
    return f"From {status} an incident goes to {following}, one step at a time."
