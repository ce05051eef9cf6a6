"""The hot reads of plans: SQL compiled once from its queryset and run with fresh parameters.

Building a queryset costs several times what running it does, and these are asked for all the time. Each read is one
statement and returns rows that bear the names of the models' fields.
"""

from __future__ import annotations

from datetime import datetime, time
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import OuterRef, QuerySet

from escalation.models import LayerUser, Policy, RotationParticipant, Schedule
from escalation.services.windows import StoredWindow


class PolicyRow(NamedTuple):
    """A policy."""

    id: UUID
    organization_id: str
    name: str
    description: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class LayerRow(NamedTuple):
    """A layer with the people it names."""

    id: UUID
    organization_id: str
    policy_id: UUID
    position: int
    timeout_seconds: int
    schedule_id: UUID | None
    working_hours_id: UUID | None
    condition: str
    created_at: datetime
    updated_at: datetime
    user_ids: list[str]


class ScheduleRow(NamedTuple):
    """A schedule."""

    id: UUID
    organization_id: str
    name: str
    description: str | None
    timezone: str
    paging_mode: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class RotationRow(NamedTuple):
    """A rotation with its participants."""

    id: UUID
    schedule_id: UUID
    name: str
    position: int
    rotation_type: str
    length_days: int
    handoff_time: time
    effective_from: datetime
    effective_until: datetime | None
    restrictions: list[StoredWindow]
    created_at: datetime
    updated_at: datetime
    user_ids: list[str]


def policies(organization_id: str) -> list[PolicyRow]:
    """Return the organization's policies, oldest first."""
    return [PolicyRow(*row) for row in _run(_policies(), organization_id)]


def policy_with_layers(organization_id: str, policy_id: UUID) -> tuple[PolicyRow, list[LayerRow]] | None:
    """Return a policy and its layers in order, or None if the organization has no such policy."""
    rows = _run(_policy_with_layers(), organization_id, policy_id)
    if not rows:
        return None
    width = len(PolicyRow._fields)
    layers = [LayerRow(*row[width:]) for row in rows if row[width] is not None]  # a policy without layers has one row
    return PolicyRow(*rows[0][:width]), layers


def schedules(organization_id: str) -> list[ScheduleRow]:
    """Return the organization's schedules, oldest first."""
    return [ScheduleRow(*row) for row in _run(_schedules(), organization_id)]


def schedule_with_rotations(organization_id: str, schedule_id: UUID) -> tuple[ScheduleRow, list[RotationRow]] | None:
    """Return a schedule and its rotations in order, or None if the organization has no such schedule."""
    rows = _run(_schedule_with_rotations(), organization_id, schedule_id)
    if not rows:
        return None
    width = len(ScheduleRow._fields)
    rotations = [_rotation(*row[width:]) for row in rows if row[width] is not None]
    return ScheduleRow(*rows[0][:width]), rotations


def _rotation(*columns: Any) -> RotationRow:
    row = RotationRow(*columns)
    # Of a jsonb column Django's connection gives the text.
    return row._replace(restrictions=orjson.loads(columns[RotationRow._fields.index("restrictions")]))


def _run(sql: str, *parameters: str | UUID) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


# Every parameter gets a value in the querysets below: None would compile to IS NULL and take no parameter.
_ANY_ORGANIZATION = "org_any"
_ANY_ID = UUID(int=0)


@cache
def _policies() -> str:
    return _compiled(Policy.objects.for_organization(_ANY_ORGANIZATION).values_list(*PolicyRow._fields))


@cache
def _policy_with_layers() -> str:
    named = LayerUser.objects.filter(layer_id=OuterRef("layers__id")).order_by("position", "id")
    columns = [f"layers__{field}" for field in LayerRow._fields if field != "user_ids"]
    rows = Policy.objects.for_organization(_ANY_ORGANIZATION).filter(id=_ANY_ID).order_by("layers__position")
    people = ArraySubquery(named.values("membership__user_id"))
    return _compiled(rows.values_list(*PolicyRow._fields, *columns, people))


@cache
def _schedules() -> str:
    return _compiled(Schedule.objects.for_organization(_ANY_ORGANIZATION).values_list(*ScheduleRow._fields))


@cache
def _schedule_with_rotations() -> str:
    turns = RotationParticipant.objects.filter(rotation_id=OuterRef("rotations__id")).order_by("position")
    columns = [f"rotations__{field}" for field in RotationRow._fields if field != "user_ids"]
    rows = Schedule.objects.for_organization(_ANY_ORGANIZATION).filter(id=_ANY_ID).order_by("rotations__position")
    people = ArraySubquery(turns.values("membership__user_id"))
    return _compiled(rows.values_list(*ScheduleRow._fields, *columns, people))


def _compiled(rows: QuerySet[Any, Any]) -> str:
    sql, _ = rows.query.sql_with_params()
    return sql
