"""What an organization has planned, read from the database into a document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from django.db import connection

from accounts.models import Organization
from escalation.transfer.document import (
    Condition,
    Document,
    Layer,
    Override,
    Policy,
    Rotation,
    Schedule,
    ScheduleTarget,
    User,
    UsersTarget,
    Window,
    WorkingHours,
    in_order,
    people_named,
)
from escalation.transfer.keys import key_of_email, key_of_name
from scaling.errors import InvalidInput

# One statement sees one state: what a schedule names is among the people, whoever changes what meanwhile.
# The people who have left come too, as turns may still name them. Of contact methods and rules there is nothing here:
# their addresses are secrets, and theirs alone to give away.
# Rows name each other by id, and Python puts in what these are called. Joined here for each list, people would be gone
# through anew for each layer: of tables just filled PostgreSQL does not know yet that there are many.
_WHOLE_PLAN = """
SELECT 'user', json_build_object(
  'id', member.id, 'email', login.email, 'first_name', member.first_name, 'last_name', member.last_name,
  'is_active', member.is_active, 'has_left', member.ended_at IS NOT NULL)
FROM accounts_membership member JOIN accounts_user login ON login.id = member.user_id
WHERE member.organization_id = %(organization)s
UNION ALL
SELECT 'working_hours', json_build_object(
  'id', hours.id, 'name', hours.name, 'timezone', hours.timezone, 'windows', hours.windows)
FROM escalation_workinghours hours
WHERE hours.organization_id = %(organization)s
UNION ALL
SELECT 'schedule', json_build_object(
  'id', schedule.id, 'name', schedule.name, 'description', schedule.description, 'timezone', schedule.timezone,
  'paging_mode', schedule.paging_mode,
  'rotations', (
    SELECT coalesce(json_agg(json_build_object(
      'id', rotation.id, 'name', rotation.name, 'type', rotation.rotation_type, 'length_days', rotation.length_days,
      'handoff', rotation.handoff_time, 'from', rotation.effective_from, 'until', rotation.effective_until,
      'restrictions', rotation.restrictions, 'participants', (
        SELECT coalesce(json_agg(turn.membership_id ORDER BY turn.position), '[]')
        FROM escalation_rotationparticipant turn WHERE turn.rotation_id = rotation.id
      )) ORDER BY rotation.position), '[]')
    FROM escalation_rotation rotation WHERE rotation.schedule_id = schedule.id
  ),
  'overrides', (
    SELECT coalesce(json_agg(json_build_object(
      'user', override.membership_id, 'from', override.starts_at, 'until', override.ends_at,
      'rotation', override.rotation_id)), '[]')
    FROM escalation_override override WHERE override.schedule_id = schedule.id
  ))
FROM escalation_schedule schedule
WHERE schedule.organization_id = %(organization)s
UNION ALL
SELECT 'policy', json_build_object(
  'name', policy.name, 'description', policy.description,
  'repeat_count', policy.repeat_count, 'repage', policy.repage_after_ack_minutes,
  'layers', (
    SELECT coalesce(json_agg(json_build_object(
      'timeout', layer.timeout_seconds, 'schedule', layer.schedule_id,
      'hours', layer.working_hours_id, 'condition', layer.condition, 'people', (
        SELECT coalesce(json_agg(named.membership_id ORDER BY named.position, named.id), '[]')
        FROM escalation_layeruser named WHERE named.layer_id = layer.id
      )) ORDER BY layer.position), '[]')
    FROM escalation_layer layer WHERE layer.policy_id = policy.id
  ))
FROM escalation_policy policy
WHERE policy.organization_id = %(organization)s
"""

_Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    user: User
    has_left: bool


def load_document(organization_id: str) -> Document:
    """Return the plan of an organization as it is at one instant: everything in it, and everybody it names.

    People who have left are in it where a turn, an override or a layer still names them, as inactive. Two statements,
    whatever the size.

    Raises:
        InvalidInput: there is no such organization; ``organization`` is named.
    """
    organization = Organization.objects.filter(id=organization_id).first()
    if organization is None:
        raise InvalidInput([("organization", "There is no organization with that id.")])
    rows = _rows(organization_id)
    reader = _Reader(rows)
    schedules = tuple(map(reader.schedule, rows["schedule"]))
    policies = tuple(map(reader.policy, rows["policy"]))
    named = frozenset(people_named(schedules, policies))
    people = map(_person, rows["user"])
    whole = Document(
        organization=organization.name,
        users=tuple(each.user for each in people if not each.has_left or each.user.key in named),
        working_hours=tuple(map(_working_hours, rows["working_hours"])),
        schedules=schedules,
        policies=policies,
    )
    return in_order(whole)


def _rows(organization_id: str) -> Mapping[str, Sequence[_Row]]:
    found: dict[str, list[_Row]] = {"user": [], "working_hours": [], "schedule": [], "policy": []}
    with connection.cursor() as cursor:
        cursor.execute(_WHOLE_PLAN, {"organization": organization_id})
        for kind, row in cursor:
            found[kind].append(row)
    return found


def _person(row: _Row) -> _Person:
    user = User(
        key=key_of_email(row["email"]),
        email=row["email"],
        first_name=row["first_name"],
        last_name=row["last_name"],
        active=row["is_active"] and not row["has_left"],
    )
    return _Person(user=user, has_left=row["has_left"])


def _working_hours(row: _Row) -> WorkingHours:
    return WorkingHours(
        key=key_of_name(row["name"]), name=row["name"], timezone=row["timezone"], windows=_windows(row["windows"])
    )


class _Reader:
    """Makes parts of rows that name others, which it knows by their ids."""

    def __init__(self, rows: Mapping[str, Sequence[_Row]]) -> None:
        self._people = {row["id"]: key_of_email(row["email"]) for row in rows["user"]}
        self._hours = {row["id"]: key_of_name(row["name"]) for row in rows["working_hours"]}
        self._schedules = {row["id"]: key_of_name(row["name"]) for row in rows["schedule"]}

    def schedule(self, row: _Row) -> Schedule:
        names = {each["id"]: each["name"] for each in row["rotations"]}
        return Schedule(
            key=self._schedules[row["id"]],
            name=row["name"],
            description=row["description"],
            timezone=row["timezone"],
            paging_mode=row["paging_mode"],
            rotations=tuple(map(self._rotation, row["rotations"])),
            overrides=tuple(self._override(each, names) for each in row["overrides"]),
        )

    def policy(self, row: _Row) -> Policy:
        return Policy(
            key=key_of_name(row["name"]),
            name=row["name"],
            description=row["description"],
            repeat_count=row["repeat_count"],
            repage_after_ack_minutes=row["repage"],
            layers=tuple(map(self._layer, row["layers"])),
        )

    def _rotation(self, row: _Row) -> Rotation:
        return Rotation(
            name=row["name"],
            rotation_type=row["type"],
            rotation_length_days=row["length_days"],
            handoff_time=time.fromisoformat(row["handoff"]),
            effective_from=_instant(row["from"]),
            effective_until=None if row["until"] is None else _instant(row["until"]),
            participants=self._users(row["participants"]),
            restrictions=_windows(row["restrictions"]),
        )

    def _override(self, row: _Row, rotations: Mapping[str, str]) -> Override:
        return Override(
            user=self._people[row["user"]],
            starts_at=_instant(row["from"]),
            ends_at=_instant(row["until"]),
            rotation=None if row["rotation"] is None else rotations[row["rotation"]],
        )

    def _layer(self, row: _Row) -> Layer:
        return Layer(
            ack_timeout_seconds=row["timeout"],
            target=self._target(row),
            condition=None
            if row["hours"] is None
            else Condition(working_hours=self._hours[row["hours"]], when=row["condition"]),
        )

    def _target(self, row: _Row) -> ScheduleTarget | UsersTarget:
        if row["schedule"] is None:
            return UsersTarget(users=self._users(row["people"]))
        return ScheduleTarget(schedule=self._schedules[row["schedule"]])

    def _users(self, ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(self._people[each] for each in ids)


def _windows(rows: Iterable[_Row]) -> tuple[Window, ...]:
    return tuple(
        Window(days=tuple(row["days"]), start=time.fromisoformat(row["start"]), end=time.fromisoformat(row["end"]))
        for row in rows
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
