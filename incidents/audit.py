"""The auditor: no escalation may end silently (invariant I11). One statement, no look-back window, no exemptions.

It relies on nothing the engine remembers: it asks the tables whether anything is overdue, and whether anybody is
still being called who should be.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection

OVERDUE: Final = timedelta(seconds=30)
"""How late a due row may be before it counts as forgotten."""

_MOST_TOLD: Final = 100

_VIOLATIONS: Final = """
(SELECT 'escalation_overdue' AS kind, organization_id, id AS incident_id, wake_at AS since
 FROM incidents_escalation WHERE wake_at < %(overdue)s)
UNION ALL
(SELECT 'page_overdue', organization_id, escalation_id, next_at FROM incidents_page WHERE next_at < %(overdue)s)
UNION ALL
(SELECT 'delivery_overdue', organization_id, escalation_id, next_at
 FROM incidents_delivery WHERE next_at < %(overdue)s)
UNION ALL
(SELECT 'nobody_called', escalation.organization_id, escalation.id, escalation.wake_at
 FROM incidents_escalation AS escalation
 WHERE escalation.wake_at IS NOT NULL AND escalation.state IN ('paging', 'exhausted') AND escalation.firing > 0
   AND NOT EXISTS (
     SELECT FROM incidents_page AS page
     JOIN incidents_firing AS firing ON firing.id = page.firing_id AND firing.number >= escalation.entered
     JOIN incidents_delivery AS delivery ON delivery.page_id = page.id
     WHERE page.escalation_id = escalation.id
       AND (delivery.status = 'pending' OR delivery.handed_over_at IS NOT NULL)
   ))
ORDER BY since, incident_id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A row that breaks the promise."""

    kind: str
    organization_id: str
    incident_id: UUID
    since: datetime


def violations(now: datetime) -> list[Violation]:
    """Return what breaks the promise at ``now``, longest first, at most a hundred. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_VIOLATIONS, {"overdue": now - OVERDUE, "limit": _MOST_TOLD})
        rows = cursor.fetchall()
    return [
        Violation(kind=kind, organization_id=organization_id, incident_id=incident_id, since=since)
        for kind, organization_id, incident_id, since in rows
    ]
