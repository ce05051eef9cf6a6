"""Which rows are due, and whose turn it is: the one claim of the engine (design D2).

Fair over organizations: every organization's first due row goes before any organization's second, so ten thousand due
rows of one cannot hold back one row of another (invariant I13). The organizations are found by leaping through the
partial index, one probe each, and each that has something due gives its share of ``limit``, so a claim locks what it
takes, not what is due. Rows another worker holds are skipped, never waited for. The order is total.

No index of a queue begins with the due time. The planner would take one for a claim when most rows are due, and then
walk through everybody's rows to find those of one organization, for each organization.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

_LEAP: Final = """
  (SELECT organization_id, {due} FROM {table} WHERE {open} ORDER BY organization_id, {order} LIMIT 1)
  UNION ALL
  SELECT next.* FROM tenant CROSS JOIN LATERAL (
    SELECT organization_id, {due} FROM {table} WHERE {open} AND organization_id > tenant.id
    ORDER BY organization_id, {order} LIMIT 1
  ) AS next
"""
"""Each organization with an open row, and when the first of its rows falls due."""

_CLAIM: Final = """
WITH RECURSIVE tenant (id, due_at) AS ({leap}),
waiting (id, share) AS (
  SELECT id, ceil(%(limit)s::float / count(*) OVER ())::integer FROM tenant
  WHERE (SELECT id FROM {table} WHERE organization_id = tenant.id AND {open} AND {due} <= %(now)s {more}
         ORDER BY {order}, id LIMIT 1) IS NOT NULL
)
SELECT due.id FROM waiting CROSS JOIN LATERAL (
  SELECT held.id, held.due_at, row_number() OVER (ORDER BY {order}, held.id) AS turn FROM (
    SELECT id, {due} AS due_at, {order} FROM {table}
    WHERE organization_id = waiting.id AND {open} AND {due} <= %(now)s {more}
    ORDER BY {order}, id LIMIT waiting.share
    FOR NO KEY UPDATE SKIP LOCKED
  ) AS held
) AS due
ORDER BY due.turn, due.due_at, due.id LIMIT %(limit)s
"""

_NEXT_DUE: Final = "(WITH RECURSIVE tenant (id, due_at) AS ({leap}) SELECT min(due_at) FROM tenant)"


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
        """Return the ids of at most ``limit`` rows due at ``now``, locked until the transaction ends. One statement.

        It may be fewer than are due, but not none unless others hold them.
        """
        with connection.cursor() as cursor:
            cursor.execute(self.claim_sql(), {"now": now, "limit": limit, **parameters})
            return [row_id for (row_id,) in cursor.fetchall()]

    def claim_sql(self) -> str:
        """Return the SQL of a claim; its parameters are ``now``, ``limit`` and those of ``more``."""
        return self._sql(_CLAIM)

    def next_due_sql(self) -> str:
        """Return the SQL of when the first row falls due, as an expression."""
        return self._sql(_NEXT_DUE)

    def _sql(self, pattern: str) -> str:
        names = {"table": self.table, "due": self.due, "open": self.open, "order": self.order, "more": self.more}
        return pattern.format(leap=_LEAP.format(**names), **names)


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

QUEUES: Final = (ESCALATIONS, PAGES, FIRST_ATTEMPTS, RETRIES)


def next_due() -> datetime | None:
    """Return when the earliest open row of any kind falls due, or None if there is none. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT least({', '.join(queue.next_due_sql() for queue in QUEUES)})")
        row: tuple[datetime | None] = cursor.fetchone()
    return row[0]
