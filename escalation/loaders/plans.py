"""What policies say, as the domain knows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from escalation.domain.model import Layer, Plan, UserId
from escalation.domain.plan import PLAN_FORMAT
from escalation.loaders.schedules import Wanted, columns_of
from escalation.models import Layer as LayerRow

OUTSIDE = LayerRow.When.OUTSIDE.value


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPerson:
    """A person a layer names."""

    membership_id: UUID
    user_id: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPlan:
    """A policy's plan as of now, and who owns an incident that names nobody.

    ``schedule_versions`` and ``hours_versions`` hold the version of each schedule and of all working hours that its
    layers name, by id; both count every change of what they contain. ``first_person`` is the first person of the first
    layer (contract C11), None where that layer targets a schedule.
    """

    plan: Plan
    schedule_versions: Mapping[UUID, int]
    hours_versions: Mapping[UUID, int]
    first_person: NamedPerson | None


_COLUMNS = """
SELECT policy.organization_id, policy.id, policy.version, policy.repeat_count, policy.repage_after_ack_minutes, (
  SELECT coalesce(json_agg(json_build_object(
    'id', layer.id, 'timeout', layer.timeout_seconds,
    'schedule', layer.schedule_id, 'schedule_version', schedule.version,
    'hours', layer.working_hours_id, 'hours_version', hours.version, 'condition', layer.condition, 'people', (
      SELECT coalesce(json_agg(json_build_array(member.id, member.user_id) ORDER BY named.position, named.id), '[]')
      FROM escalation_layeruser named JOIN accounts_membership member ON member.id = named.membership_id
      WHERE named.layer_id = layer.id
    )) ORDER BY layer.position), '[]')
  FROM escalation_layer layer
  LEFT JOIN escalation_schedule schedule ON schedule.id = layer.schedule_id
  LEFT JOIN escalation_workinghours hours ON hours.id = layer.working_hours_id
  WHERE layer.policy_id = policy.id
)
"""

_PLAN = f"{_COLUMNS} FROM escalation_policy policy WHERE policy.organization_id = %s AND policy.id = %s"

_PLANS = f"""{_COLUMNS}
FROM unnest(%(organizations)s::text[], %(ids)s::uuid[]) AS needed (organization_id, id)
JOIN escalation_policy policy USING (organization_id, id)
"""

# The policy is locked where it stands: deleted at this moment, it is none, and the incident is paged without it.
_POLICY_OF_SCHEDULE = """
SELECT policy.id FROM escalation_layer layer JOIN escalation_policy policy ON policy.id = layer.policy_id
WHERE layer.organization_id = %s AND layer.schedule_id = %s
ORDER BY layer.position, policy.created_at, policy.id LIMIT 1
FOR KEY SHARE OF policy
"""


def load_plan(*, organization_id: str, policy_id: UUID) -> LoadedPlan | None:
    """Return the plan of a policy as it is now, or None if the organization has no such policy. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_PLAN, [organization_id, policy_id])
        row = cursor.fetchone()
    return None if row is None else _loaded(*row[2:])


def load_wanted_plans(wanted: Wanted) -> Mapping[UUID, LoadedPlan]:
    """Return the plans of policies of any number of organizations, by policy. One statement; none for none."""
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_PLANS, columns_of(wanted))
        rows = cursor.fetchall()
    return {policy_id: _loaded(*rest) for _, policy_id, *rest in rows}


def find_policy_of_schedule(*, organization_id: str, schedule_id: UUID) -> UUID | None:
    """Return the policy that goes with a schedule: one with a layer targeting it, or None if there is none.

    The smallest layer position wins, then the oldest policy (contract section 6). The policy cannot be deleted before
    the transaction ends. One statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(_POLICY_OF_SCHEDULE, [organization_id, schedule_id])
        row = cursor.fetchone()
    return None if row is None else row[0]


def _loaded(version: int, repeat: int, repage_minutes: int | None, layers: Sequence[Mapping[str, Any]]) -> LoadedPlan:
    return LoadedPlan(
        plan=Plan(
            format=PLAN_FORMAT,
            policy_version=version,
            layers=tuple(_layer(position, layer) for position, layer in enumerate(layers, 1)),
            repeat=repeat,
            repage=None if repage_minutes is None else timedelta(minutes=repage_minutes),
        ),
        schedule_versions=_versions(layers, "schedule"),
        hours_versions=_versions(layers, "hours"),
        first_person=_first_person(layers),
    )


def _layer(position: int, row: Mapping[str, Any]) -> Layer:
    return Layer(
        id=UUID(row["id"]),
        position=position,
        timeout=timedelta(seconds=row["timeout"]),
        schedule=_id(row["schedule"]),
        users=tuple(UserId(user_id) for _, user_id in row["people"]),
        hours=_id(row["hours"]),
        during=row["condition"] != OUTSIDE,
    )


def _id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


def _versions(layers: Iterable[Mapping[str, Any]], named: str) -> Mapping[UUID, int]:
    return {UUID(layer[named]): layer[f"{named}_version"] for layer in layers if layer[named] is not None}


def _first_person(layers: Iterable[Mapping[str, Any]]) -> NamedPerson | None:
    first_layer = next(iter(layers), None)
    if first_layer is None or not first_layer["people"]:
        return None
    membership_id, user_id = first_layer["people"][0]
    return NamedPerson(membership_id=UUID(membership_id), user_id=UserId(user_id))
