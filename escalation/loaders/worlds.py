"""What decisions may look at: schedules, working hours and people, and beside them where each person is reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain, repeat
from typing import Any, Literal, TypeVar
from uuid import UUID

import tzdata
from django.conf import settings
from django.db import connection

from escalation.domain.model import (
    ACCOUNT_EMAIL,
    ACCOUNT_EMAIL_AT_ONCE,
    Address,
    MethodId,
    Person,
    Recipient,
    Rule,
    Schedule,
    UserId,
    WorkingHours,
    World,
)
from escalation.loaders.schedules import load_wanted_hours, load_wanted_schedules, working_hours
from scaling.messengers import LOUD

EMAIL: Literal["email"] = "email"

Id = TypeVar("Id", UUID, UserId)


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the decisions about one organization's escalations may look at, beside its fallback.

    The people a schedule brings on call come with it: its participants, and those who override them.
    """

    users: AbstractSet[UserId] = field(default_factory=frozenset)
    schedules: AbstractSet[UUID] = field(default_factory=frozenset)
    hours: AbstractSet[UUID] = field(default_factory=frozenset)

    def __or__(self, other: Needs) -> Needs:
        """Return what both need."""
        return Needs(
            users=self.users | other.users,
            schedules=self.schedules | other.schedules,
            hours=self.hours | other.hours,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A contact method: its channel, and its address as it may be shown, which senders look up for themselves."""

    channel: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachable:
    """How to reach one person. ``methods`` holds every verified method, and the account's email as ACCOUNT_EMAIL.

    ``unverified`` are the channels of the methods that their rules name and that nothing may be sent over yet.
    """

    membership_id: UUID
    email: str
    name: str
    methods: Mapping[MethodId, Method]
    unverified: Mapping[MethodId, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """An organization's world, and the directory of the people in it."""

    world: World
    directory: Mapping[UserId, Reachable]


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
    SELECT coalesce(json_agg(json_build_array(method.id, method.channel, method.shown)
                             ORDER BY method.created_at, method.id), '[]')
    FROM accounts_contactmethod method
    WHERE method.membership_id = found.id AND method.verified_at IS NOT NULL
  ) AS methods, (
    SELECT coalesce(json_agg(json_build_object(
      'method', rule.contact_method_id, 'after', rule.delay_seconds, 'every', rule.repeat_seconds,
      'severities', rule.severities, 'channel', method.channel,
      'usable', rule.contact_method_id IS NULL OR method.verified_at IS NOT NULL
    ) ORDER BY rule.position), '[]')
    FROM accounts_notificationrule rule LEFT JOIN accounts_contactmethod method ON method.id = rule.contact_method_id
    WHERE rule.membership_id = found.id
  ) AS rules, (
    SELECT json_build_object('hours_id', quiet.id, 'timezone', quiet.timezone, 'windows', quiet.windows)
    FROM escalation_quiethours quiet WHERE quiet.membership_id = found.id
  ) AS quiet
  FROM found JOIN accounts_user account ON account.id = found.user_id
)
SELECT organization.id, organization.fallback_email, organization.default_ack_timeout_minutes, (
  SELECT coalesce(json_agg(json_build_object(
    'user', person.user_id, 'membership', person.id, 'email', person.email, 'admin', person.role = 'admin',
    'active', person.is_active AND person.ended_at IS NULL AND person.may_sign_in,
    'first_name', person.first_name, 'last_name', person.last_name, 'methods', person.methods,
    'rules', person.rules, 'quiet', person.quiet
  ) ORDER BY person.created_at, person.id), '[]')
  FROM person WHERE person.organization_id = organization.id
)
FROM accounts_organization organization
WHERE organization.id = ANY(%(ids)s::text[])
"""


def load_worlds(needs: Mapping[str, Needs], *, since: datetime | None = None) -> Mapping[str, Loaded]:
    """Return the world of each organization of ``needs``, by its id.

    Overrides that had ended by ``since`` are left out: who decides for now and later need not read the past. What the
    organization does not have is absent, and so is an organization that does not exist. One statement, and one more
    each if any schedule or any working hours are needed, whatever the number of organizations.
    """
    schedules = load_wanted_schedules(_wanted((owner, need.schedules) for owner, need in needs.items()), since)
    hours = load_wanted_hours(_wanted((owner, need.hours) for owner, need in needs.items()))
    users = {owner: need.users | _people_of(schedules.get(owner, {}).values()) for owner, need in needs.items()}
    rows = _load_people(list(needs), _wanted(users.items()))
    return {
        owner: _loaded(*row, schedules=schedules.get(owner, {}), hours=hours.get(owner, {})) for owner, *row in rows
    }


def _wanted(ids: Iterable[tuple[str, AbstractSet[Id]]]) -> list[tuple[str, Id]]:
    return list(chain.from_iterable(zip(repeat(owner), of_owner) for owner, of_owner in ids))


def _people_of(schedules: Iterable[Schedule]) -> set[UserId]:
    """Return everybody whom the schedules may bring on call."""
    people: set[UserId] = set()
    for schedule in schedules:
        people.update(override.user for override in schedule.overrides)
        people.update(*(rotation.participants for rotation in schedule.rotations))
    return people


def _load_people(organization_ids: list[str], wanted: Sequence[tuple[str, UserId]]) -> list[tuple[Any, ...]]:
    """Return each organization's id, fallback, timeout and people: those wanted, and those the fallback needs."""
    parameters: dict[str, list[Any]] = {
        "ids": organization_ids,
        "organizations": [owner for owner, _ in wanted],
        "users": [user for _, user in wanted],
    }
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _loaded(
    fallback_email: str,
    default_minutes: int,
    people: Iterable[Mapping[str, Any]],
    *,
    schedules: Mapping[UUID, Schedule],
    hours: Mapping[UUID, WorkingHours],
) -> Loaded:
    operator = Address(settings.OPERATOR_EMAIL)
    admins = tuple(UserId(row["user"]) for row in people if row["admin"] and row["active"])
    fallback: tuple[Recipient, ...] = (Address(fallback_email),) if fallback_email else admins
    return Loaded(
        world=World(
            schedules=schedules,
            hours=hours,
            people={UserId(row["user"]): _person(row) for row in people},
            fallback=fallback or (operator,),
            operator=operator,
            default_timeout=timedelta(minutes=default_minutes),
            tzdata=tzdata.IANA_VERSION,
        ),
        directory={UserId(row["user"]): _reachable(row) for row in people},
    )


def _person(row: Mapping[str, Any]) -> Person:
    rules = [_rule(rule) for rule in row["rules"]] or [
        _at_once(method_id, channel) for method_id, channel, _ in row["methods"]
    ]
    return Person(
        user=UserId(row["user"]),
        active=row["active"],
        rules=(*rules, ACCOUNT_EMAIL_AT_ONCE),
        quiet=None if row["quiet"] is None else working_hours(**row["quiet"]),
    )


def _at_once(method_id: str, channel: str) -> Rule:
    """Return the rule of a verified method of somebody who has set up none."""
    return replace(ACCOUNT_EMAIL_AT_ONCE, method=MethodId(UUID(method_id)), loud=channel in LOUD)


def _rule(row: Mapping[str, Any]) -> Rule:
    every = row["every"]
    return Rule(
        method=_method_id(row),
        after=timedelta(seconds=row["after"]),
        every=None if every is None else timedelta(seconds=every),
        severities=frozenset(row["severities"]),
        usable=row["usable"],
        loud=row["channel"] in LOUD,
    )


def _method_id(rule: Mapping[str, Any]) -> MethodId:
    return ACCOUNT_EMAIL if rule["method"] is None else MethodId(UUID(rule["method"]))


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
        unverified={_method_id(rule): rule["channel"] for rule in row["rules"] if not rule["usable"]},
    )
