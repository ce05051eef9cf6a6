"""The way of an incident from ``investigating`` to ``resolved``."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from incidents.domain.lifecycle import statuses_after
from incidents.models import Incident
from incidents.services.locking import lock_escalation
from incidents.services.updates import add_update, require_next_status
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
    """Take the incident one step forward; ``resolved`` ends its escalation. The note becomes an internal update.

    Raises:
        NotFound: the organization has no such incident.
        PreconditionFailed: ``if_match`` does not name the incident's current version.
        InvalidStatusTransition: ``status`` is not the next one.
    """
    row = lock_escalation(organization_id, incident_id)
    require_match(if_match, row)
    require_next_status(row, status)
    add_update(row, [status], actor_id=actor_id, body=resolution_note, now=now)
    return row.incident


@transaction.atomic
def resolve_incident(
    *,
    organization_id: str,
    incident_id: UUID,
    actor_id: str,
    resolution_note: str | None = None,
    firing: int | None = None,
    now: datetime,
) -> Incident:
    """Take the incident through every status that is left to ``resolved``, at once; a resolved one stays as it is.

    Each step is one row of the history; the note becomes one internal update, which goes with the last.

    Raises:
        NotFound: the organization has no such incident.
        EscalationMoved: ``firing`` is given and is not the last one any more.
    """
    row = lock_escalation(organization_id, incident_id)
    left = statuses_after(row.incident.status)
    if left:
        add_update(row, left, actor_id=actor_id, body=resolution_note, firing=firing, now=now)
    return row.incident
