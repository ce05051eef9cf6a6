"""How plans and worlds come out of the database: in a fixed number of statements, whatever the size of the batch.

``load_plan`` reads what a policy says now, for the snapshot of a new escalation. ``load_worlds`` reads, for a batch of
escalations of any number of organizations, all that their decisions may look at, and beside it where each person is
reached. Both are plain SQL: they run on the paging path, where building a queryset costs more than running it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

import tzdata
from django.conf import settings
from django.db import connection

from escalation.domain.model import (
    ACCOUNT_EMAIL,
    ALL_SEVERITIES,
    Address,
    Layer,
    MethodId,
    Person,
    Plan,
    Recipient,
    Rule,
    Schedule,
    UserId,
    World,
)
from escalation.domain.plan import PLAN_FORMAT

EMAIL: Literal["email"] = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPerson:
    """A person a layer names."""

    membership_id: UUID
    user_id: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPlan:
    """A policy's plan as of now, the schedules it targets, and who owns an incident that names nobody.

    ``first_person`` is the first person of the first layer (contract C11), None where that layer targets a schedule.
    """

    plan: Plan
    schedule_ids: frozenset[UUID]
    first_person: NamedPerson | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the decisions about one organization's escalations may look at, beside its fallback."""

    users: AbstractSet[UserId] = field(default_factory=frozenset)
    schedules: AbstractSet[UUID] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """Where a message over one contact method goes."""

    channel: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachable:
    """How to reach one person. ``methods`` holds every verified method, and the account's email as ACCOUNT_EMAIL."""

    membership_id: UUID
    email: str
    name: str
    methods: Mapping[MethodId, Method]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """An organization's world, and the directory of the people in it."""

    world: World
    directory: Mapping[UserId, Reachable]


_PLAN = """
SELECT policy.version, policy.repeat_count, policy.repage_after_ack_minutes, (
  SELECT coalesce(json_agg(json_build_object(
    'id', layer.id, 'timeout', layer.timeout_seconds, 'schedule', layer.schedule_id, 'people', (
      SELECT coalesce(json_agg(json_build_array(member.id, member.user_id) ORDER BY named.position, named.id), '[]')
      FROM escalation_layeruser named JOIN accounts_membership member ON member.id = named.membership_id
      WHERE named.layer_id = layer.id
    )) ORDER BY layer.position), '[]')
  FROM escalation_layer layer WHERE layer.policy_id = policy.id
)
FROM escalation_policy policy
WHERE policy.organization_id = %s AND policy.id = %s
"""

# The policy is locked where it stands: deleted at this moment, it is none, and the incident is paged without it.
_POLICY_OF_SCHEDULE = """
SELECT policy.id FROM escalation_layer layer JOIN escalation_policy policy ON policy.id = layer.policy_id
WHERE layer.organization_id = %s AND layer.schedule_id = %s
ORDER BY layer.position, policy.created_at, policy.id LIMIT 1
FOR KEY SHARE OF policy
"""

_PEOPLE = """
WITH needed (organization_id, user_id) AS (SELECT * FROM unnest(%(organizations)s::text[], %(users)s::text[])),
found AS (
  SELECT member.* FROM needed JOIN accounts_membership member USING (organization_id, user_id)
  UNION
  SELECT member.* FROM accounts_organization organization
  JOIN accounts_membership member ON member.organization_id = organization.id AND member.role = 'admin'
  WHERE organization.id = ANY(%(ids)s::text[]) AND organization.fallback_email = ''
),
person AS (
  SELECT found.*, account.email, account.is_active AS may_sign_in, (
    SELECT coalesce(json_agg(json_build_array(method.id, method.channel, method.address)
                             ORDER BY method.created_at, method.id), '[]')
    FROM accounts_contactmethod method
    WHERE method.membership_id = found.id AND method.verified_at IS NOT NULL
  ) AS methods
  FROM found JOIN accounts_user account ON account.id = found.user_id
)
SELECT organization.id, organization.fallback_email, organization.default_ack_timeout_minutes, (
  SELECT coalesce(json_agg(json_build_object(
    'user', person.user_id, 'membership', person.id, 'email', person.email, 'admin', person.role = 'admin',
    'active', person.is_active AND person.ended_at IS NULL AND person.may_sign_in,
    'first_name', person.first_name, 'last_name', person.last_name, 'methods', person.methods
  ) ORDER BY person.created_at, person.id), '[]')
  FROM person WHERE person.organization_id = organization.id
)
FROM accounts_organization organization
WHERE organization.id = ANY(%(ids)s::text[])
"""

_SCHEDULES = """
SELECT schedule.organization_id, schedule.id, schedule.timezone
FROM unnest(%s::text[], %s::uuid[]) AS needed (organization_id, id)
JOIN escalation_schedule schedule USING (organization_id, id)
"""


def load_plan(*, organization_id: str, policy_id: UUID) -> LoadedPlan | None:
    """Return the plan of a policy as it is now, or None if the organization has no such policy. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_PLAN, [organization_id, policy_id])
        row = cursor.fetchone()
    if row is None:
        return None
    version, repeat, repage_minutes, layers = row
    return LoadedPlan(
        plan=Plan(
            format=PLAN_FORMAT,
            policy_version=version,
            layers=tuple(_layer(position, layer) for position, layer in enumerate(layers, 1)),
            repeat=repeat,
            repage=None if repage_minutes is None else timedelta(minutes=repage_minutes),
        ),
        schedule_ids=frozenset(UUID(layer["schedule"]) for layer in layers if layer["schedule"]),
        first_person=_first_person(layers),
    )


def find_policy_of_schedule(*, organization_id: str, schedule_id: UUID) -> UUID | None:
    """Return the policy that goes with a schedule: one with a layer targeting it, or None if there is none.

    The smallest layer position wins, then the oldest policy (contract section 6). The policy cannot be deleted before
    the transaction ends. One statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(_POLICY_OF_SCHEDULE, [organization_id, schedule_id])
        row = cursor.fetchone()
    return None if row is None else row[0]


def load_worlds(needs: Mapping[str, Needs]) -> Mapping[str, Loaded]:
    """Return the world of each organization of ``needs``, by its id.

    People and schedules the organization does not have are absent, and so is an organization that does not exist.
    One statement, and one more if any schedule is needed, whatever the number of organizations.
    """
    schedules = _load_schedules(needs)
    wanted = [(organization_id, user) for organization_id, need in needs.items() for user in need.users]
    with connection.cursor() as cursor:
        cursor.execute(
            _PEOPLE,
            {
                "ids": list(needs),
                "organizations": [organization_id for organization_id, _ in wanted],
                "users": [user for _, user in wanted],
            },
        )
        rows = cursor.fetchall()
    return {
        organization_id: _loaded(fallback_email, default_minutes, people, schedules.get(organization_id, {}))
        for organization_id, fallback_email, default_minutes, people in rows
    }


def _layer(position: int, row: Mapping[str, Any]) -> Layer:
    schedule = row["schedule"]
    return Layer(
        id=UUID(row["id"]),
        position=position,
        timeout=timedelta(seconds=row["timeout"]),
        schedule=None if schedule is None else UUID(schedule),
        users=tuple(UserId(user_id) for _, user_id in row["people"]),
    )


def _first_person(layers: Iterable[Mapping[str, Any]]) -> NamedPerson | None:
    first_layer = next(iter(layers), None)
    if first_layer is None or not first_layer["people"]:
        return None
    membership_id, user_id = first_layer["people"][0]
    return NamedPerson(membership_id=UUID(membership_id), user_id=UserId(user_id))


def _load_schedules(needs: Mapping[str, Needs]) -> Mapping[str, Mapping[UUID, Schedule]]:
    wanted = [(organization_id, schedule) for organization_id, need in needs.items() for schedule in need.schedules]
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_SCHEDULES, [[owner for owner, _ in wanted], [schedule for _, schedule in wanted]])
        rows = cursor.fetchall()
    found: dict[str, dict[UUID, Schedule]] = {}
    for organization_id, schedule_id, timezone in rows:
        found.setdefault(organization_id, {})[schedule_id] = Schedule(id=schedule_id, timezone=timezone)
    return found


def _loaded(
    fallback_email: str,
    default_minutes: int,
    people: Iterable[Mapping[str, Any]],
    schedules: Mapping[UUID, Schedule],
) -> Loaded:
    operator = Address(settings.OPERATOR_EMAIL)
    admins = tuple(UserId(row["user"]) for row in people if row["admin"] and row["active"])
    fallback: tuple[Recipient, ...] = (Address(fallback_email),) if fallback_email else admins
    return Loaded(
        world=World(
            schedules=schedules,
            people={UserId(row["user"]): _person(row) for row in people},
            fallback=fallback or (operator,),
            operator=operator,
            default_timeout=timedelta(minutes=default_minutes),
            tzdata=tzdata.IANA_VERSION,
        ),
        directory={UserId(row["user"]): _reachable(row) for row in people},
    )


def _person(row: Mapping[str, Any]) -> Person:
    methods = [MethodId(UUID(method_id)) for method_id, _, _ in row["methods"]]
    return Person(
        user=UserId(row["user"]),
        active=row["active"],
        rules=tuple(_rule(method) for method in [*methods, ACCOUNT_EMAIL]),
    )


def _rule(method: MethodId) -> Rule:
    return Rule(method=method, after=timedelta(0), every=None, severities=ALL_SEVERITIES, usable=True)


def _reachable(row: Mapping[str, Any]) -> Reachable:
    methods = {
        MethodId(UUID(method_id)): Method(channel=channel, address=address)
        for method_id, channel, address in row["methods"]
    }
    return Reachable(
        membership_id=UUID(row["membership"]),
        email=row["email"],
        name=f"{row['first_name']} {row['last_name']}".strip(),
        methods={**methods, ACCOUNT_EMAIL: Method(channel=EMAIL, address=row["email"])},
    )
