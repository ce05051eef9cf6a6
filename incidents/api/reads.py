"""The hot reads of incidents: each one statement, its rows named like the fields they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, Self
from uuid import UUID

import orjson

from incidents.api.filters import IncidentFilter
from incidents.models import Incident, IncidentUpdate, TimelineEvent, affected_components
from scaling.api.pagination import START, Page, Place, behind, newest_first
from scaling.api.reads import compile_sql, fetch


class IncidentRow(NamedTuple):
    """An incident; ``owner_id`` is the owner's user id, ``affected`` id and name of each component it affects."""

    id: UUID
    organization_id: str
    title: str
    description: str | None
    severity: str
    status: str
    owner_id: str | None
    policy_id: UUID | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    affected: Sequence[Sequence[str]]

    @classmethod
    def of(cls, incident: Incident) -> Self:
        """Return the row of an incident that has its ``owner``, ``escalation`` and ``affected`` loaded."""
        return cls(
            id=incident.id,
            organization_id=incident.organization_id,
            title=incident.title,
            description=incident.description,
            severity=incident.severity,
            status=incident.status,
            owner_id=None if incident.owner is None else incident.owner.user_id,
            policy_id=incident.escalation.policy_id,
            created_by=incident.created_by,
            created_at=incident.created_at,
            updated_at=incident.updated_at,
            affected=incident.affected,
        )

    @classmethod
    def read(cls, columns: Sequence[Any]) -> Self:
        """Return the row that a statement has read; Django has the driver hand out jsonb as text."""
        *rest, affected = columns
        return cls._make([*rest, [orjson.loads(one) for one in affected]])


class EscalationRow(NamedTuple):
    """An escalation; ``holder_id`` is the holder's user id."""

    state: str
    pass_no: int
    position: int
    firing: int
    due_at: datetime | None
    holder_id: str | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    version: int


class WholeRow(NamedTuple):
    """An incident, what the list of incidents does not show of it, and its escalation."""

    incident: IncidentRow
    number: int
    dedup_key: str | None
    escalation: EscalationRow


class EventRow(NamedTuple):
    """An event of a timeline."""

    id: UUID
    type: str
    at: datetime
    actor_id: str | None
    layer_id: UUID | None
    position: int | None
    user_id: str | None
    details: dict[str, Any]


def newest_incidents(
    organization_id: str, *, limit: int, cursor: str | None, **filters: object | None
) -> Page[IncidentRow]:
    """Return a page of the organization's incidents, newest first.

    ``filters`` are ``status``, ``severity``, ``since`` and ``until``, the last exclusive; None keeps all.

    Raises:
        InvalidInput: ``cursor`` was not given out for the incidents of this organization.
    """
    given = {name: filters[name] for name in IncidentFilter.base_filters if filters.get(name) is not None}
    sql = _newest(tuple(given))

    def page(after: Place, count: int) -> Sequence[IncidentRow]:
        place = (after.created_at, after.created_at, after.id)
        return [IncidentRow.read(row) for row in fetch(sql, organization_id, *given.values(), *place, count)]

    return newest_first(page, list_name="incidents", organization_id=organization_id, limit=limit, cursor=cursor)


def incident(organization_id: str, incident_id: UUID) -> WholeRow | None:
    """Return an incident and its escalation, or None if the organization has no such incident."""
    rows = fetch(_incident(), organization_id, incident_id)
    if not rows:
        return None
    number, dedup_key, *rest = rows[0]
    width = len(IncidentRow._fields)
    return WholeRow(IncidentRow.read(rest[:width]), number, dedup_key, EscalationRow(*rest[width:]))


def timeline(organization_id: str, incident_id: UUID) -> list[EventRow]:
    """Return all that happened to an incident, oldest first; of one the organization does not have, nothing."""
    rows = fetch(_timeline(), organization_id, incident_id)
    return [EventRow._make([*row[:-1], orjson.loads(row[-1])]) for row in rows]


def notes(organization_id: str, incident_id: UUID) -> Mapping[str, str]:
    """Return the words that came with the incident's changes of status, by the id of the update. One statement."""
    updates = IncidentUpdate.objects.for_organization(organization_id).filter(incident_id=incident_id)
    told = updates.filter(status_change__isnull=False, body__isnull=False)
    return {str(update_id): body for update_id, body in told.values_list("id", "body")}


_ANY_ORGANIZATION = "org_any"
_ANY_ID = UUID(int=0)
_ANY_VALUES = {
    "status": Incident.Status.RESOLVED,
    "severity": Incident.Severity.LOW,
    "since": START.created_at,
    "until": START.created_at,
}
_SOURCES = {"owner_id": "owner__user_id", "policy_id": "escalation__policy_id", "holder_id": "holder__user_id"}
_INCIDENT = [_SOURCES.get(field, field) for field in IncidentRow._fields]
_ESCALATION = [f"escalation__{_SOURCES.get(field, field)}" for field in EscalationRow._fields]


@cache
def _newest(filters: tuple[str, ...]) -> str:
    wanted = {name: _ANY_VALUES[name] for name in filters}
    rows = IncidentFilter(wanted, Incident.objects.for_organization(_ANY_ORGANIZATION)).qs
    rows = rows.annotate(affected=affected_components())
    rows = rows.filter(behind(START)).order_by("-created_at", "-id")
    return f"{compile_sql(rows.values_list(*_INCIDENT))} LIMIT %s"


@cache
def _incident() -> str:
    rows = Incident.objects.for_organization(_ANY_ORGANIZATION).filter(id=_ANY_ID).order_by()
    rows = rows.annotate(affected=affected_components())
    return compile_sql(rows.values_list("number", "dedup_key", *_INCIDENT, *_ESCALATION))


@cache
def _timeline() -> str:
    rows = TimelineEvent.objects.filter(organization_id=_ANY_ORGANIZATION).filter(incident_id=_ANY_ID)
    return compile_sql(rows.order_by("at", "id").values_list(*EventRow._fields))
