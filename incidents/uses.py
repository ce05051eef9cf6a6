"""What a running escalation holds on to: the schedules and the working hours of its plan.

While it runs they cannot be deleted. And since who is on call counts as it is now (design D5), it has to look again
when one of them is edited. Whoever edits them knows nothing of incidents; so a use remembers the version that was seen,
and the workers look for those that an edit has passed by (docs/decisions/0007). No way of editing can forget to tell,
and an incident that is triggered beside an edit is found as well.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from incidents.models import HoursUse, ScheduleUse
from scaling.ids import new_uuid

BATCH: Final = 500
"""How many uses are brought up to date at a time; the others follow at the next look."""

# Locked where it stands: what is deleted at this moment is left out instead of refusing the incident.
_HOLD: Final = """
INSERT INTO {uses} (id, organization_id, escalation_id, {column}, version)
SELECT wanted.id, held.organization_id, %s, held.id, wanted.version
FROM unnest(%s::uuid[], %s::uuid[], %s::integer[]) AS wanted (id, held_id, version)
JOIN {held} AS held ON held.id = wanted.held_id
WHERE held.organization_id = %s
ORDER BY held.id FOR KEY SHARE OF held
"""

# A row that somebody else holds is being decided or commanded at this moment: it is left for the next look.
_WAKE: Final = """
WITH passed_by AS (
  SELECT used.id, used.escalation_id, held.version FROM {uses} AS used
  JOIN {held} AS held ON held.id = used.{column} AND held.version <> used.version
  ORDER BY used.escalation_id, used.id LIMIT %(limit)s
),
locked AS (
  SELECT id FROM incidents_escalation WHERE id IN (SELECT escalation_id FROM passed_by)
  ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
),
seen AS (
  UPDATE {uses} AS used SET version = passed_by.version FROM passed_by, locked
  WHERE used.id = passed_by.id AND passed_by.escalation_id = locked.id
)
UPDATE incidents_escalation AS escalation SET roster_at = %(now)s, wake_at = %(now)s FROM locked
WHERE escalation.id = locked.id AND escalation.state <> 'cancelled' AND escalation.firing > 0
  AND escalation.parked_at IS NULL
"""

_TABLES: Final = (
    {"uses": "incidents_scheduleuse", "column": "schedule_id", "held": "escalation_schedule"},
    {"uses": "incidents_hoursuse", "column": "hours_id", "held": "escalation_workinghours"},
)
_HOLD_SCHEDULES, _HOLD_HOURS = (_HOLD.format(**tables) for tables in _TABLES)
_WAKES: Final = tuple(_WAKE.format(**tables) for tables in _TABLES)


def hold(
    organization_id: str, escalation_id: UUID, *, schedules: Mapping[UUID, int], hours: Mapping[UUID, int]
) -> None:
    """Hold on to these, each with the version that was seen, until ``release``. A statement for each kind there is."""
    for statement, versions in ((_HOLD_SCHEDULES, schedules), (_HOLD_HOURS, hours)):
        if versions:
            ids = [new_uuid() for _ in versions]
            with connection.cursor() as cursor:
                cursor.execute(
                    statement, (escalation_id, ids, list(versions), list(versions.values()), organization_id)
                )


def release(escalation_ids: Collection[UUID]) -> None:
    """Let go of everything. Two statements; none without escalations."""
    if escalation_ids:
        ScheduleUse.objects.filter(escalation_id__in=escalation_ids).delete()
        HoursUse.objects.filter(escalation_id__in=escalation_ids).delete()


def wake_where_edited(now: datetime) -> int:
    """Have the engine look again at the escalations of which a schedule or working hours were edited; tell how many.

    Two statements. An escalation whose first page is still to come will see the edit by itself, and a
    parked one looks at nothing.
    """
    woken = 0
    for statement in _WAKES:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, {"now": now, "limit": BATCH})
            woken += cursor.rowcount
    return woken
