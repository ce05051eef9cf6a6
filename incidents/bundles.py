"""Storms: over one loud method a person gets at most one message a minute, however many incidents call them.

The first page goes out at once. What follows within a minute waits, and then all of it goes as one message, led by the
most severe and newest incident; the rest ride along and are told in its digest (``incidents.digests``). So while
incidents keep coming there is one message a minute, and each has its page and its link all the same. Mail, chats and
webhooks are never bundled: they wake nobody.

There is nothing to remember beside the rows: a message has gone out when a delivery of the method was handed over, is
going out while one is in hand, and ``begun_at`` says since when. The row of the method is the lock under which that is
looked up, so two workers never send side by side. All rows are taken as they are free, and nothing is waited for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

LEASE: Final = timedelta(seconds=10)
"""How long a claim holds a delivery; a send gives up after 8 seconds, so it never outlives its lease."""

PACE: Final = timedelta(seconds=60)
"""How far apart two messages over one loud method begin, at least."""

MOST_TOGETHER: Final = 100
"""How many deliveries one message carries: so many are recorded within a lease. The others follow in the next."""

_LOCK: Final = "SELECT id FROM accounts_contactmethod WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"

# What was cancelled in flight may still arrive, until its attempt gives up.
_BUSY_UNTIL: Final = """
SELECT contact_method_id, max(until) FROM (
  SELECT contact_method_id, CASE
    WHEN handed_over_at IS NOT NULL THEN begun_at + %(pace)s
    WHEN status = 'cancelled' THEN begun_at + %(lease)s
    WHEN token IS NOT NULL THEN next_at
  END AS until
  FROM incidents_delivery
  WHERE contact_method_id = ANY(%(methods)s) AND (begun_at > %(now)s - %(pace)s OR next_at IS NOT NULL)
) AS message
WHERE until > %(now)s GROUP BY contact_method_id
"""

_POSTPONE: Final = """
UPDATE incidents_delivery AS delivery SET next_at = waiting.until, token = NULL FROM (
  SELECT due.id, busy.until FROM unnest(%s::uuid[], %s::timestamptz[]) AS busy (method_id, until)
  JOIN incidents_delivery AS due ON due.contact_method_id = busy.method_id AND due.next_at <= %s
  FOR NO KEY UPDATE OF due SKIP LOCKED
) AS waiting
WHERE delivery.id = waiting.id
"""

_TOGETHER: Final = """
SELECT method.id, waiting.id FROM unnest(%(methods)s::uuid[]) AS method (id) CROSS JOIN LATERAL (
  SELECT delivery.id, incident.created_at,
    array_position(ARRAY['critical', 'high', 'medium', 'low'], incident.severity::text) AS rank
  FROM incidents_delivery AS delivery JOIN incidents_incident AS incident ON incident.id = delivery.escalation_id
  WHERE delivery.contact_method_id = method.id AND (delivery.next_at <= %(now)s OR delivery.token IS NULL)
    AND delivery.next_at IS NOT NULL
  ORDER BY rank, incident.created_at DESC, delivery.id DESC LIMIT %(most)s
  FOR NO KEY UPDATE OF delivery SKIP LOCKED
) AS waiting
ORDER BY method.id, waiting.rank, waiting.created_at DESC, waiting.id DESC
"""


def bundle(methods: Collection[UUID], now: datetime) -> Mapping[UUID, Sequence[UUID]]:
    """Return, by loud method, the deliveries that go out in one message now, who leads first.

    All of them are locked until the transaction ends. A method over which a message is going out, or went out less than
    a minute ago, is absent, and what is due over it has been put off until it is free. Retries that are not due yet come
    along. At most four statements; none for no methods.
    """
    if not methods:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(methods)])
        ours = [method_id for (method_id,) in cursor.fetchall()]
        told: dict[str, Any] = {"methods": ours, "now": now, "pace": PACE, "lease": LEASE}
        cursor.execute(_BUSY_UNTIL, told)
        busy: dict[UUID, datetime] = dict(cursor.fetchall())
        if busy:
            cursor.execute(_POSTPONE, [list(busy), list(busy.values()), now])
        return _together([method_id for method_id in ours if method_id not in busy], now)


def _together(methods: Sequence[UUID], now: datetime) -> Mapping[UUID, Sequence[UUID]]:
    if not methods:
        return {}
    found: dict[UUID, list[UUID]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TOGETHER, {"methods": list(methods), "now": now, "most": MOST_TOGETHER})
        for method_id, delivery_id in cursor.fetchall():
            found.setdefault(method_id, []).append(delivery_id)
    return found
