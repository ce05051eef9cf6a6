"""Schedules with their rotations and overrides, and working hours, as the domain knows them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from django.db import connection

from escalation.domain.model import Override, Rotation, Schedule, UserId, Window, WorkingHours

_SCHEDULE = """
SELECT schedule.organization_id, schedule.id, schedule.timezone, schedule.paging_mode, (
  SELECT coalesce(json_agg(json_build_object(
    'id', rotation.id, 'position', rotation.position, 'handoff', rotation.handoff_time,
    'length_days', rotation.length_days, 'from', rotation.effective_from, 'until', rotation.effective_until,
    'restrictions', rotation.restrictions, 'participants', (
      SELECT coalesce(json_agg(member.user_id ORDER BY turn.position), '[]')
      FROM escalation_rotationparticipant turn JOIN accounts_membership member ON member.id = turn.membership_id
      WHERE turn.rotation_id = rotation.id
    )) ORDER BY rotation.position), '[]')
  FROM escalation_rotation rotation WHERE rotation.schedule_id = schedule.id
), (
  SELECT coalesce(json_agg(json_build_object(
    'id', override.id, 'rotation', override.rotation_id, 'user', member.user_id,
    'from', override.starts_at, 'until', override.ends_at) ORDER BY override.starts_at, override.id), '[]')
  FROM escalation_override override JOIN accounts_membership member ON member.id = override.membership_id
  WHERE override.schedule_id = schedule.id AND (%(since)s::timestamptz IS NULL OR override.ends_at > %(since)s)
)
"""

_NEEDED = f"""{_SCHEDULE}
FROM unnest(%(organizations)s::text[], %(ids)s::uuid[]) AS needed (organization_id, id)
JOIN escalation_schedule schedule USING (organization_id, id)
"""

_OF_ORGANIZATION = f"""{_SCHEDULE}
FROM escalation_schedule schedule
WHERE schedule.organization_id = %(organization)s AND (%(ids)s::uuid[] IS NULL OR schedule.id = ANY(%(ids)s::uuid[]))
ORDER BY schedule.created_at, schedule.id
"""

# As json: of a jsonb column Django's connection gives the text.
_HOURS = """
SELECT hours.organization_id, hours.id, hours.timezone, hours.windows::json
FROM unnest(%(organizations)s::text[], %(ids)s::uuid[]) AS needed (organization_id, id)
JOIN escalation_workinghours hours USING (organization_id, id)
"""

Wanted = Collection[tuple[str, UUID]]
"""Rows by their organization and their id."""


def load_schedules(
    organization_id: str, schedule_ids: Collection[UUID] | None = None, *, since: datetime | None = None
) -> Mapping[UUID, Schedule]:
    """Return these schedules of an organization, or all of them, oldest first.

    They come with every override there ever was, or without those that had ended by ``since``. What the organization
    does not have is absent. One statement.
    """
    ids = None if schedule_ids is None else list(schedule_ids)
    with connection.cursor() as cursor:
        cursor.execute(_OF_ORGANIZATION, {"organization": organization_id, "ids": ids, "since": since})
        rows = cursor.fetchall()
    return {schedule_id: _schedule(schedule_id, *rest) for _, schedule_id, *rest in rows}


def load_wanted_schedules(wanted: Wanted, since: datetime | None) -> Mapping[str, Mapping[UUID, Schedule]]:
    """Return schedules of any number of organizations, without the overrides that had ended by ``since``.

    One statement; none if nothing is wanted.
    """
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_NEEDED, {**columns_of(wanted), "since": since})
        rows = cursor.fetchall()
    found: dict[str, dict[UUID, Schedule]] = {}
    for organization_id, schedule_id, *rest in rows:
        found.setdefault(organization_id, {})[schedule_id] = _schedule(schedule_id, *rest)
    return found


def load_wanted_hours(wanted: Wanted) -> Mapping[str, Mapping[UUID, WorkingHours]]:
    """Return working hours of any number of organizations. One statement; none if nothing is wanted."""
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_HOURS, columns_of(wanted))
        rows = cursor.fetchall()
    found: dict[str, dict[UUID, WorkingHours]] = {}
    for organization_id, hours_id, timezone, windows in rows:
        found.setdefault(organization_id, {})[hours_id] = working_hours(hours_id, timezone, windows)
    return found


def working_hours(hours_id: UUID | str, timezone: str, windows: Iterable[Mapping[str, Any]]) -> WorkingHours:
    """Return hours by what their row holds; ``windows`` as it keeps them."""
    return WorkingHours(id=UUID(str(hours_id)), timezone=timezone, windows=windows_of(windows))


def columns_of(wanted: Wanted) -> dict[str, list[Any]]:
    """Return what is wanted as the parameters ``organizations`` and ``ids`` of a statement."""
    return {
        "organizations": [organization_id for organization_id, _ in wanted],
        "ids": [row_id for _, row_id in wanted],
    }


def _schedule(
    schedule_id: UUID,
    timezone: str,
    paging_mode: Any,
    rotations: Iterable[Mapping[str, Any]],
    overrides: Iterable[Mapping[str, Any]],
) -> Schedule:
    return Schedule(
        id=schedule_id,
        timezone=timezone,
        paging_mode=paging_mode,
        rotations=tuple(_rotation(row) for row in rotations),
        overrides=tuple(_override(row) for row in overrides),
    )


def _rotation(row: Mapping[str, Any]) -> Rotation:
    until = row["until"]
    return Rotation(
        id=UUID(row["id"]),
        position=row["position"],
        handoff=time.fromisoformat(row["handoff"]),
        length_days=row["length_days"],
        starts_at=_instant(row["from"]),
        ends_at=None if until is None else _instant(until),
        participants=tuple(UserId(user_id) for user_id in row["participants"]),
        restrictions=windows_of(row["restrictions"]),
    )


def _override(row: Mapping[str, Any]) -> Override:
    rotation = row["rotation"]
    return Override(
        id=UUID(row["id"]),
        rotation=None if rotation is None else UUID(rotation),
        user=UserId(row["user"]),
        starts_at=_instant(row["from"]),
        ends_at=_instant(row["until"]),
    )


def windows_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Window, ...]:
    """Return windows as a row keeps them."""
    return tuple(
        Window(
            days=frozenset(row["days"]),
            start=time.fromisoformat(row["start"]),
            end=time.fromisoformat(row["end"]),
        )
        for row in rows
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
