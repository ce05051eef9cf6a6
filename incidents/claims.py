"""Which rows are due, and whose turn it is: the one claim of the engine (design D2).

Fair over organizations: every organization's first due row goes before any organization's second, so ten thousand due
rows of one cannot hold back one row of another (invariant I13). The organizations are found by leaping through the
partial index, one probe each, and each gives at most ``limit`` rows, so a claim costs what it takes, not what is due.
Rows another worker holds are skipped, never waited for. The order is total.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

_CLAIM: Final = """
WITH RECURSIVE tenant (id) AS (
  (SELECT organization_id FROM {table} WHERE {open} ORDER BY organization_id LIMIT 1)
  UNION ALL
  SELECT (SELECT organization_id FROM {table} WHERE {open} AND organization_id > tenant.id
          ORDER BY organization_id LIMIT 1)
  FROM tenant WHERE tenant.id IS NOT NULL
)
SELECT due.id FROM tenant CROSS JOIN LATERAL (
  SELECT held.id, held.due_at, row_number() OVER (ORDER BY {order}, held.id) AS turn FROM (
    SELECT id, {due} AS due_at, {columns} FROM {table}
    WHERE organization_id = tenant.id AND {open} AND {due} <= %(now)s {more}
    ORDER BY {order}, id LIMIT %(limit)s
    FOR NO KEY UPDATE SKIP LOCKED
  ) AS held
) AS due
WHERE tenant.id IS NOT NULL
ORDER BY due.turn, due.due_at, due.id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Rows of a table that fall due: where, when, and in which order within an organization.

    Each has a partial index that begins with the organization and ends with ``order`` and the id.
    """

    table: str
    due: str
    open: str
    order: str
    more: str = ""

    def claim(self, now: datetime, limit: int, **parameters: list[str]) -> list[UUID]:
        """Return the ids of at most ``limit`` rows due at ``now``, locked until the transaction ends. One statement."""
        with connection.cursor() as cursor:
            cursor.execute(self._sql(), {"now": now, "limit": limit, **parameters})
            return [row_id for (row_id,) in cursor.fetchall()]

    def _sql(self) -> str:
        return _CLAIM.format(
            table=self.table, due=self.due, open=self.open, order=self.order, columns=self.order, more=self.more
        )


ESCALATIONS: Final = Queue(table="incidents_escalation", due="wake_at", open="wake_at IS NOT NULL", order="wake_at")
PAGES: Final = Queue(table="incidents_page", due="next_at", open="next_at IS NOT NULL", order="next_at")

# At most two sends at a time to one destination: what is being sent to already waits.
_CALM: Final = "AND destination <> ALL (%(busy)s::text[])"
FIRST_ATTEMPTS: Final = Queue(
    table="incidents_delivery",
    due="next_at",
    open="next_at IS NOT NULL AND attempts = 0",
    order="turn, next_at",
    more=_CALM,
)
RETRIES: Final = Queue(
    table="incidents_delivery",
    due="next_at",
    open="next_at IS NOT NULL AND attempts > 0",
    order="next_at",
    more=_CALM,
)

_NEXT_DUE: Final = """
SELECT least((SELECT min(wake_at) FROM incidents_escalation WHERE wake_at IS NOT NULL),
             (SELECT min(next_at) FROM incidents_page WHERE next_at IS NOT NULL),
             (SELECT min(next_at) FROM incidents_delivery WHERE next_at IS NOT NULL))
"""


def next_due() -> datetime | None:
    """Return when the earliest open row of any kind falls due, or None if there is none. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_DUE)
        row: tuple[datetime | None] = cursor.fetchone()
    return row[0]
