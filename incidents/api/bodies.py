"""What replies say about incidents: keys in the order of the contract, instants and ids as the renderer spells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from incidents.api.reads import EscalationRow, EventRow, IncidentRow, WholeRow
from incidents.models import Component, IncidentUpdate
from incidents.names import Names, named
from incidents.summaries import summary

Body = dict[str, Any]

_STATUS_EVENTS: Final = frozenset({"incident_triggered", "status_changed"})
_OF_THE_INCIDENT_ALONE: Final = frozenset({"status_changed", "update_posted", "update_redacted", "components_changed"})
"""The events that are not about paging (contract 7.5)."""


def incident_body(incident: IncidentRow) -> Body:
    """Return an incident as the contract documents it, and nothing beside."""
    return {
        "id": incident.id,
        "orgId": incident.organization_id,
        "title": incident.title,
        "description": incident.description,
        "severity": incident.severity,
        "status": incident.status,
        "ownerId": incident.owner_id,
        "escalationPolicyId": incident.policy_id,
        "affectedComponents": [{"id": one, "name": name} for one, name in incident.affected],
        "createdBy": incident.created_by,
        "createdAt": incident.created_at,
        "updatedAt": incident.updated_at,
    }


def whole_body(found: WholeRow) -> Body:
    """Return an incident with its number, its key, and where its paging stands."""
    return {**incident_body(found.incident), **_beyond_the_list(found)}


def history_body(found: WholeRow, events: Sequence[EventRow], notes: Mapping[str, str], names: Names) -> Body:
    """Return an incident with the statuses it took and every event of its paging."""
    return {
        **incident_body(found.incident),
        "statusHistory": status_history(events, notes),
        **_beyond_the_list(found),
        "pagingEvents": [event_body(event, names) for event in events if is_paging(event)],
    }


def _beyond_the_list(found: WholeRow) -> Body:
    return {
        "number": found.number,
        "dedupKey": found.dedup_key,
        "escalation": escalation_body(found.escalation),
    }


def update_body(update: IncidentUpdate, names: Names) -> Body:
    """Return an update; ``names`` is whose."""
    return {
        "id": update.pk,
        "incidentId": update.incident_id,
        "body": update.body,
        "statusChange": update.status_change,
        "visibility": update.visibility,
        "postedBy": {"id": update.posted_by, "name": named(update.posted_by, names)},
        "postedAt": update.posted_at,
        "redactedAt": update.redacted_at,
        "redactedBy": update.redacted_by,
    }


def component_body(component: Component) -> Body:
    """Return a component."""
    start, end = component.maintenance_starts_at, component.maintenance_ends_at
    return {
        "id": component.pk,
        "orgId": component.organization_id,
        "name": component.name,
        "description": component.description,
        "aliases": component.aliases,
        "operationalStatus": component.operational_status,
        "maintenanceWindow": None if start is None else {"startedAt": start, "endsAt": end},
        "groupLabel": component.group_label,
        "createdAt": component.created_at,
        "updatedAt": component.updated_at,
    }


def escalation_body(escalation: EscalationRow) -> Body:
    """Return where the paging of an incident stands."""
    return {
        "state": escalation.state,
        "pass": escalation.pass_no,
        "position": escalation.position,
        "firing": escalation.firing,
        "dueAt": escalation.due_at,
        "holderId": escalation.holder_id,
        "acknowledgedBy": escalation.acknowledged_by,
        "acknowledgedAt": escalation.acknowledged_at,
    }


def status_history(events: Sequence[EventRow], notes: Mapping[str, str]) -> list[Body]:
    """Return the statuses of an incident out of its timeline, beginning with its creation.

    ``notes`` are the words that came with them, by the id of the update.
    """
    return [
        {
            "id": event.id,
            "status": event.details["status"],
            "changedAt": event.at,
            "resolutionNote": notes.get(event.details.get("updateId", "")),
        }
        for event in events
        if event.type in _STATUS_EVENTS
    ]


def event_body(event: EventRow, names: Names) -> Body:
    """Return an event, with the sentence that tells it to people."""
    return {
        "id": event.id,
        "type": event.type,
        "at": event.at,
        "actorId": event.actor_id,
        "layerId": event.layer_id,
        "position": event.position,
        "userId": event.user_id,
        "details": event.details,
        "summary": summary(event, names),
    }


def is_paging(event: EventRow) -> bool:
    """Tell whether the event belongs to the paging trail."""
    return event.type not in _OF_THE_INCIDENT_ALONE
