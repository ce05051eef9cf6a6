"""The floor under the engine: the same rows as fast as PostgreSQL can be told to write them.

One statement a batch, without a model, a decision or a plan: it knows that every escalation it claims stands at a
layer whose page arrived and which has a next layer of people who can all be paged.
"""

from __future__ import annotations

import time
from datetime import datetime
from functools import cache
from typing import Final

import psycopg
from django.db import connection

BATCH: Final = 50

STEP: Final = """
WITH due AS (
  SELECT id, organization_id, firing + 1 AS number, pass_no, position + 1 AS position, due_at AS was_due,
    plan->'layers'->(position - 1) AS left_layer, plan->'layers'->position AS layer,
    due_at + make_interval(secs => (plan->'layers'->position->>'timeoutSeconds')::float) AS next_due
  FROM incidents_escalation
  WHERE wake_at <= %(now)s ORDER BY wake_at, id LIMIT %(batch)s FOR NO KEY UPDATE SKIP LOCKED
),
moved AS (
  UPDATE incidents_escalation AS escalation
  SET position = due.position, firing = due.number, entered = due.number, reached = true, due_at = due.next_due,
    wake_at = due.next_due, paged = due.layer->'users', version = version + 1
  FROM due WHERE escalation.id = due.id
),
fired AS (
  INSERT INTO incidents_firing
    (id, organization_id, escalation_id, number, cause, pass_no, position, fired_at, due_at)
  SELECT {uuid}, organization_id, id, number, 'layer', pass_no, position, %(now)s, next_due FROM due
  RETURNING id, organization_id, escalation_id
),
person AS MATERIALIZED (
  SELECT {uuid} AS page_id, fired.id AS firing_id, due.id, due.organization_id, named.place, due.layer->>'id' AS layer_id,
    member.id AS membership_id, account.email
  FROM due JOIN fired ON fired.escalation_id = due.id
  CROSS JOIN LATERAL jsonb_array_elements_text(due.layer->'users') WITH ORDINALITY AS named (user_id, place)
  JOIN accounts_membership AS member ON member.organization_id = due.organization_id AND member.user_id = named.user_id
  JOIN accounts_user AS account ON account.id = member.user_id
),
paged AS (
  INSERT INTO incidents_page
    (id, organization_id, escalation_id, firing_id, membership_id, address, rules, reason, started_at)
  SELECT page_id, organization_id, id, firing_id, membership_id, '', %(rules)s::jsonb,
    jsonb_build_object('source', 'named', 'sourceId', layer_id, 'until', NULL), %(now)s
  FROM person
),
delivered AS (
  INSERT INTO incidents_delivery
    (id, organization_id, escalation_id, page_id, round, turn, channel, destination, status, attempts, created_at,
     next_at, last_error)
  SELECT {uuid}, organization_id, id, page_id, 1, place - 1, 'email', email, 'pending', 0, %(now)s, %(now)s, ''
  FROM person
),
told AS (
  INSERT INTO incidents_timelineevent (id, organization_id, incident_id, at, type, layer_id, position, details)
  SELECT {uuid}, organization_id, id, %(now)s, 'layer_timed_out', (left_layer->>'id')::uuid, position - 1,
    '{{"reason": "timeout"}}'::jsonb
  FROM due
  UNION ALL
  SELECT {uuid}, organization_id, id, %(now)s, 'layer_paged', (layer->>'id')::uuid, position,
    jsonb_build_object('firing', number, 'cause', 'layer', 'pass', pass_no, 'recipients', layer->'users',
                       'missed', '[]'::jsonb, 'dueAt', next_due)
  FROM due
)
SELECT count(*) FROM due
"""

RULES: Final = """
[{"method": "00000000-0000-0000-0000-000000000000", "afterSeconds": 0, "everySeconds": null,
  "severities": ["critical", "high", "low", "medium"], "usable": true}]
"""

_CLAIM: Final = """
WITH due AS (
  SELECT id FROM incidents_escalation WHERE wake_at <= clock_timestamp()
  ORDER BY wake_at, id LIMIT %(batch)s FOR NO KEY UPDATE SKIP LOCKED
),
moved AS (
  UPDATE incidents_escalation AS escalation
  SET firing = firing + 1, due_at = due_at + '5 minutes', wake_at = wake_at + '5 minutes'
  FROM due WHERE escalation.id = due.id
  RETURNING escalation.*
)
INSERT INTO incidents_firing (id, organization_id, escalation_id, number, cause, pass_no, position, fired_at, due_at)
SELECT {uuid}, organization_id, id, firing, 'handoff', pass_no, position, clock_timestamp(), due_at FROM moved
"""
_PAUSE: Final = """
SELECT extract(epoch FROM min(wake_at) - clock_timestamp())::float FROM incidents_escalation WHERE wake_at IS NOT NULL
"""


def step_floor(now: datetime) -> int:
    """Handle at most one batch of what is due at ``now``; return how many that were. One statement."""
    row = _driver().execute(_step(), {"now": now, "batch": BATCH, "rules": RULES}, prepare=True).fetchone()
    return 0 if row is None else int(row[0])  # type: ignore[call-overload]  # a driver's row


def uuid_function(server_version: int) -> str:
    """Return the SQL of a new id: those that grow with time keep the indexes as warm as the product's do."""
    return "uuidv7()" if server_version >= 180_000 else "gen_random_uuid()"


@cache
def _step() -> str:
    return STEP.format(uuid=uuid_function(_driver().info.server_version))


def _driver() -> psycopg.Connection[tuple[object, ...]]:
    connection.ensure_connection()
    own: psycopg.Connection[tuple[object, ...]] = connection.connection
    return own


def claim_for_ever() -> None:
    """Move on what is due and write a firing for each, and nothing else; sleep until the next, at most a second."""
    driver = _driver()
    claim = _CLAIM.format(uuid=uuid_function(driver.info.server_version))
    while True:
        if driver.execute(claim, {"batch": BATCH}, prepare=True).rowcount == 0:
            row = driver.execute(_PAUSE, prepare=True).fetchone()
            time.sleep(min(max(row[0], 0.0), 1.0) if row and row[0] is not None else 1.0)  # type: ignore[call-overload]  # a driver's row


if __name__ == "__main__":
    claim_for_ever()
