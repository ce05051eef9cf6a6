"""Rows that cannot be handled: a strike for each failure, and with two the row is parked (invariant I12).

A parked row's fallback is paged by plain SQL that looks at nothing that could have been the trouble (its plan, its
people, ``decide``), and again every 30 minutes, until somebody acknowledges or resolves the incident. The operator is
alarmed once. Success clears the strikes. Example: a release that cannot read an old snapshot pages the organization's fallback instead of nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from incidents.alarms import alarm_operator
from incidents.models import Strike, TimelineEvent
from incidents.notices.outbox import events_sql
from incidents.timeline import append
from scaling.ids import new_uuid

MAX_STRIKES: Final = 2
_BACK_OFF: Final = timedelta(seconds=2)
_AGAIN: Final = timedelta(minutes=30)

STRIKE: Final = """
INSERT INTO incidents_strike (row_id, count, last_at, last_error) VALUES (%(row)s, 1, %(now)s, %(error)s)
ON CONFLICT (row_id) DO UPDATE SET count = incidents_strike.count + 1, last_at = %(now)s, last_error = %(error)s
"""
"""Write a row down. Touches no other table, so it never waits for the transaction that hangs on the row."""

_POSTPONE: Final = "UPDATE incidents_escalation SET wake_at = %s WHERE id = %s AND wake_at IS NOT NULL"

_STRIKE_PAGES: Final = """
WITH struck AS (
  INSERT INTO incidents_strike (row_id, count, last_at, last_error)
  SELECT id, 1, %(now)s, %(error)s FROM incidents_page WHERE escalation_id = %(row)s AND next_at <= %(now)s
  ON CONFLICT (row_id) DO UPDATE SET count = incidents_strike.count + 1, last_at = %(now)s, last_error = %(error)s
  RETURNING row_id, count
)
UPDATE incidents_page AS page SET next_at = CASE WHEN struck.count < %(most)s THEN %(later)s END
FROM struck WHERE page.id = struck.row_id RETURNING page.organization_id, struck.count
"""

_PAGE_FALLBACK: Final = (
    """
WITH parked AS (
  UPDATE incidents_escalation SET
    parked_at = coalesce(parked_at, %(now)s), firing = firing + 1, entered = firing + 1, version = version + 1,
    due_at = %(again)s, wake_at = %(again)s
  WHERE id = %(row)s
  RETURNING id, organization_id, firing, pass_no, position, parked_at
),
target AS (
  SELECT parked.*, coalesce(nullif(organization.fallback_email, ''), %(operator)s) AS address
  FROM parked JOIN accounts_organization AS organization ON organization.id = parked.organization_id
),
fired AS (
  INSERT INTO incidents_firing
    (id, organization_id, escalation_id, number, cause, pass_no, position, fired_at, due_at)
  SELECT %(firing)s, organization_id, id, firing, 'fallback', pass_no, position, %(now)s, %(again)s FROM target
),
paged AS (
  INSERT INTO incidents_page (id, organization_id, escalation_id, firing_id, address, rules, reason, started_at)
  SELECT %(page)s, organization_id, id, %(firing)s, address, '[]', '{"source": "fallback"}', %(now)s FROM target
),
delivered AS (
  INSERT INTO incidents_delivery
    (id, organization_id, escalation_id, page_id, round, turn, channel, destination, status, attempts, created_at,
     next_at, last_error)
  SELECT %(delivery)s, organization_id, id, %(page)s, 1, 0, 'email', address, 'pending', 0, %(now)s, %(now)s, '' FROM target
),
inserted AS (
  INSERT INTO incidents_timelineevent (id, organization_id, incident_id, at, type, details)
  SELECT event.id, target.organization_id, target.id, %(now)s, event.type,
    jsonb_build_object('firing', target.firing, 'recipients', jsonb_build_array(target.address))
  FROM target, (VALUES (%(parked_event)s::uuid, 'row_parked'), (%(paged_event)s::uuid, 'fallback_paged'))
    AS event (id, type)
  RETURNING *
),
laid_out AS (
"""  # noqa: S608 - built of constants
    + events_sql("inserted", "published.at")
    + """
)
SELECT parked_at = %(now)s FROM parked
"""
)
"""Returns whether the row is parked only now."""


@transaction.atomic(durable=True)
def strike(row_id: UUID, error: Exception, now: datetime) -> None:
    """Write down that handling ``row_id`` failed, and let it rest a moment."""
    with connection.cursor() as cursor:
        cursor.execute(STRIKE, {"row": row_id, "now": now, "error": f"{type(error).__name__}: {error}"})
        cursor.execute(_POSTPONE, [now + _BACK_OFF, row_id])


@transaction.atomic(durable=True)
def strike_pages(escalation_id: UUID, error: Exception, now: datetime) -> None:
    """Write down that stepping an incident's due pages failed; park those that failed before.

    A parked page takes no further steps. Its deliveries go on, and the escalation looks at once whether that is enough.
    """
    told: dict[str, Any] = {"row": escalation_id, "now": now, "error": f"{type(error).__name__}: {error}"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM incidents_escalation WHERE id = %s FOR NO KEY UPDATE", [escalation_id])
        cursor.execute(_STRIKE_PAGES, {**told, "later": now + _BACK_OFF, "most": MAX_STRIKES})
        parked = [organization_id for organization_id, count in cursor.fetchall() if count >= MAX_STRIKES]
        if parked:
            cursor.execute(_POSTPONE, [now, escalation_id])
    append(
        [
            TimelineEvent(organization_id=organization_id, incident_id=escalation_id, at=now, type="row_parked")
            for organization_id in parked
        ]
    )
    if parked:
        text = f"A page of incident {escalation_id} failed twice and is parked. See Parked rows in docs/operations.md."
        transaction.on_commit(lambda: alarm_operator("page_parked", text), robust=True)


def clear_strikes(ids: Sequence[UUID]) -> None:
    """Forget the strikes of rows that were handled after all."""
    if ids:
        Strike.objects.filter(row_id__in=ids).delete()


def page_fallback_of(row_id: UUID, now: datetime) -> None:
    """Park a locked escalation and page its organization's fallback, or the operator. Calls no domain code.

    The first time, the operator is alarmed once the transaction is committed.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _PAGE_FALLBACK,
            {
                "row": row_id,
                "now": now,
                "again": now + _AGAIN,
                "operator": settings.OPERATOR_EMAIL,
                "firing": new_uuid(),
                "page": new_uuid(),
                "delivery": new_uuid(),
                "parked_event": new_uuid(),
                "paged_event": new_uuid(),
            },
        )
        (is_new,) = cursor.fetchone()
    if is_new:
        text = f"Incident {row_id} failed twice and is parked. See Parked rows in docs/operations.md."
        transaction.on_commit(lambda: alarm_operator("row_parked", text), robust=True)
