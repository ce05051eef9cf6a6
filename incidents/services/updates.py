"""What is written about an incident, and how words are taken back.

Every change of status is an update too: ``change_status`` and ``resolve_incident`` write theirs by ``add_update``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from incidents.decisions import event
from incidents.domain.lifecycle import RESOLVED, next_status
from incidents.domain.model import ActorId, Command, CommandKind
from incidents.errors import IncidentResolved, InvalidStatusTransition, NoPublicSurface, RedactionNotPermitted
from incidents.models import Escalation, IncidentUpdate, TimelineEvent
from incidents.services.deciding import decide_and_write
from incidents.services.locking import lock_escalation
from incidents.timeline import append
from scaling.api.idempotency import take_out
from scaling.errors import NotFound

REDACTABLE_BY_AUTHOR: Final = timedelta(minutes=5)
"""How long after posting an author who is no admin may take their words back."""


@transaction.atomic
def post_update(
    *,
    organization_id: str,
    incident_id: UUID,
    actor_id: str,
    visibility: str,
    body: str | None,
    status_change: str | None,
    now: datetime,
) -> IncidentUpdate:
    """Write about an incident, or take it one step forward, or both; ``body`` or ``status_change`` is given.

    Raises:
        NotFound: the organization has no such incident.
        IncidentResolved: nothing is added to the record of a resolved incident.
        NoPublicSurface: the update is public, and no status page shows a component the incident affects.
        InvalidStatusTransition: ``status_change`` is not the next status.
    """
    row = lock_escalation(organization_id, incident_id)
    if row.incident.status == RESOLVED:
        raise IncidentResolved("The incident is resolved: its record takes no more updates.")
    if visibility == IncidentUpdate.Visibility.PUBLIC:
        raise NoPublicSurface("No published status page covers an affected component, so nobody would see it.")
    if status_change is not None:
        require_next_status(row, status_change)
    steps = [] if status_change is None else [status_change]
    return add_update(row, steps, actor_id=actor_id, body=body, now=now)


@transaction.atomic
def redact_update(
    *, organization_id: str, incident_id: UUID, update_id: UUID, actor_id: str, by_admin: bool, now: datetime
) -> IncidentUpdate:
    """Take the words of an update out, for good: the database keeps no copy. Its change of the status stays.

    An admin may at any time, also once the incident is resolved; whoever posted it within five minutes. Redacting
    again changes nothing.

    Raises:
        NotFound: the organization has no such incident, or the incident no such update.
        RedactionNotPermitted: the actor is neither an admin nor the author within five minutes.
    """
    row = lock_escalation(organization_id, incident_id)
    update = _find_update(row, update_id)
    is_own = update.posted_by == actor_id and now <= update.posted_at + REDACTABLE_BY_AUTHOR
    if not (by_admin or is_own):
        raise RedactionNotPermitted("Only an admin, or the author within five minutes, takes an update back.")
    if update.redacted_at is None:
        _take_words_out(row, update, actor_id, now)
    return update


def add_update(
    row: Escalation,
    steps: Sequence[str],
    *,
    actor_id: str,
    body: str | None,
    firing: int | None = None,
    now: datetime,
) -> IncidentUpdate:
    """Add an internal update to a locked incident and take it through ``steps``, the last of which the update tells.

    Each step is one row of the status history; the update's words go with the last. ``resolved`` ends the escalation.

    Raises:
        EscalationMoved: the incident is resolved, and ``firing`` is given and is not the last one any more.
    """
    update = IncidentUpdate(
        organization_id=row.organization_id,
        incident_id=row.pk,
        body=body,
        status_change=steps[-1] if steps else None,
        visibility=IncidentUpdate.Visibility.INTERNAL,
        posted_by=actor_id,
        posted_at=now,
    )
    update.save(force_insert=True)
    append(_told(row, update, steps))
    if steps:
        row.incident.status = steps[-1]
    row.incident.updated_at = now
    row.incident.save(update_fields=["status", "updated_at"])
    if row.incident.status == RESOLVED:
        decide_and_write(row, Command(kind=CommandKind.RESOLVE, actor=ActorId(actor_id), firing=firing), now)
    else:
        count_change(row)
    return update


def require_next_status(row: Escalation, status: str) -> None:
    """Let the one status that follows pass.

    Raises:
        InvalidStatusTransition: ``status`` is another one.
    """
    if status != next_status(row.incident.status):
        raise InvalidStatusTransition(_only_way(row.incident.status))


def count_change(row: Escalation) -> None:
    """Count a change of a locked incident that no decision about its escalation counts: its ETag is another one."""
    row.version += 1
    row.save(update_fields=["version"])


def _told(row: Escalation, update: IncidentUpdate, steps: Sequence[str]) -> list[TimelineEvent]:
    """Return the events of an update: that there are words, but not which, as words can be redacted; and each step."""
    by, at = {"actorId": update.posted_by}, update.posted_at
    named = {**by, "updateId": str(update.pk)}
    words = [] if update.body is None else [event(row, at, "update_posted", **named, visibility=update.visibility)]
    on_the_way = [event(row, at, "status_changed", **by, status=status) for status in steps[:-1]]
    last = [event(row, at, "status_changed", **named, status=status) for status in steps[-1:]]
    return [*words, *on_the_way, *last]


def _find_update(row: Escalation, update_id: UUID) -> IncidentUpdate:
    found: IncidentUpdate | None = (
        IncidentUpdate.objects.for_organization(row.organization_id).filter(incident_id=row.pk, pk=update_id).first()
    )
    if found is None:
        raise NotFound.of("update")
    return found


def _take_words_out(row: Escalation, update: IncidentUpdate, actor_id: str, now: datetime) -> None:
    update.body = None
    update.redacted_by = actor_id
    update.redacted_at = now
    update.save(update_fields=["body", "redacted_by", "redacted_at"])
    take_out("body", organization_id=row.organization_id, parent_id=row.pk, resource_id=update.pk)
    append([event(row, now, "update_redacted", actorId=actor_id, updateId=str(update.pk))])
    row.incident.updated_at = now
    row.incident.save(update_fields=["updated_at"])
    count_change(row)


def _only_way(status: str) -> str:
    following = next_status(status)
    if following is None:
        return "The incident is resolved: its status does not change any more."
    return f"From {status} an incident goes to {following}, one step at a time."
