"""The way of an incident from ``investigating`` to ``resolved``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from incidents.decisions import event
from incidents.domain.lifecycle import RESOLVED, next_status, statuses_after
from incidents.domain.model import ActorId, Command, CommandKind
from incidents.errors import InvalidStatusTransition
from incidents.models import Escalation, Incident, TimelineEvent
from incidents.services.deciding import decide_and_write
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
    require_match(if_match, row)
    if status != next_status(row.incident.status):
        raise InvalidStatusTransition(_only_way(row.incident.status))
    _take_steps(row, [status], actor_id, resolution_note, now)
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

    Each step is one row of the history; the note goes with the last.

    Raises:
        NotFound: the organization has no such incident.
        EscalationMoved: ``firing`` is given and is not the last one any more.
    """
    row = lock_escalation(organization_id, incident_id)
    left = statuses_after(row.incident.status)
    if left:
        _take_steps(row, left, actor_id, resolution_note, now, firing)
    return row.incident


def _take_steps(
    row: Escalation,
    statuses: Sequence[str],
    actor_id: str,
    resolution_note: str | None,
    now: datetime,
    firing: int | None = None,
) -> None:
    """Write the steps down, and end the escalation with the last status there is.

    Raises:
        EscalationMoved: the last status is reached, and ``firing`` is given and is not the last one any more.
    """
    incident = row.incident
    incident.status = statuses[-1]
    incident.updated_at = now
    incident.save(update_fields=["status", "updated_at"])
    notes = {statuses[-1]: resolution_note}
    TimelineEvent.objects.bulk_create(
        event(row, now, "status_changed", actorId=actor_id, status=status, resolutionNote=notes.get(status))
        for status in statuses
    )
    if incident.status == RESOLVED:
        decide_and_write(row, Command(kind=CommandKind.RESOLVE, actor=ActorId(actor_id), firing=firing), now)
    else:
        row.version += 1
        row.save(update_fields=["version"])


def _only_way(status: str) -> str:
    following = next_status(status)
    if following is None:
        return "The incident is resolved: its status does not change any more."
    return f"From {status} an incident goes to {following}, one step at a time."
