"""The floor under the API: the same answers and the same rows from a bare WSGI application and a bare driver.

One prepared statement a request finds the key, reads or writes, and makes the JSON of the answer. Nothing is checked
but the key, nothing is decided or logged; an incident's rows are those of a policy whose first layer names people who
are all paged by the email of their account.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Final, NamedTuple

import orjson
import psycopg

from bench.engine_floor import RULES, uuid_function


def _instant(column: str) -> str:
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""


_ACTOR: Final = """
WITH actor AS MATERIALIZED (
  SELECT key.id, key.organization_id FROM accounts_apikey AS key
  JOIN accounts_organization AS organization ON organization.id = key.organization_id
  WHERE key.digest = %(digest)s AND key.revoked_at IS NULL AND (key.expires_at IS NULL OR key.expires_at > now())
    AND organization.is_active
)
"""
_POLICY: Final = f"""
  'id', policy.id, 'orgId', policy.organization_id, 'name', policy.name, 'description', policy.description,
  'createdBy', policy.created_by,
  'createdAt', {_instant("policy.created_at")}, 'updatedAt', {_instant("policy.updated_at")}
"""
_LAYER_STAMPS: Final = f"""
  'createdAt', {_instant("layer.created_at")}, 'updatedAt', {_instant("layer.updated_at")}
"""

LIST: Final = f"""
{_ACTOR}
SELECT json_build_object('data', (
  SELECT coalesce(json_agg(json_build_object({_POLICY}) ORDER BY policy.created_at, policy.id), '[]')
  FROM escalation_policy AS policy WHERE policy.organization_id = actor.organization_id
))::text FROM actor
"""  # noqa: S608 - built of the constants above

ONE: Final = f"""
{_ACTOR}
SELECT json_build_object('data', json_build_object({_POLICY}, 'layers', told.layers, 'steps', told.steps))::text
FROM actor JOIN escalation_policy AS policy ON policy.organization_id = actor.organization_id
CROSS JOIN LATERAL (
  SELECT
    json_agg(json_build_object(
      'id', layer.id, 'policyId', layer.policy_id, 'orgId', layer.organization_id, 'position', layer.position,
      'ackTimeoutMinutes', ceil(layer.timeout_seconds / 60.0),
      'target', json_build_object('type', 'users', 'userIds', people.ids), {_LAYER_STAMPS}) ORDER BY layer.position
    ) AS layers,
    json_agg(json_build_object(
      'id', layer.id, 'position', layer.position, 'targetType', 'users', 'targetId', people.ids->0,
      'targetIds', people.ids, 'escalateAfterSeconds', layer.timeout_seconds, 'condition', NULL,
      {_LAYER_STAMPS}) ORDER BY layer.position
    ) AS steps
  FROM escalation_layer AS layer
  CROSS JOIN LATERAL (
    SELECT json_agg(member.user_id ORDER BY named.position, named.id) AS ids
    FROM escalation_layeruser AS named JOIN accounts_membership AS member ON member.id = named.membership_id
    WHERE named.layer_id = layer.id
  ) AS people
  WHERE layer.policy_id = policy.id
) AS told
WHERE policy.id = %(policy)s
"""  # noqa: S608 - built of the constants above

TRIGGER: Final = f"""
{_ACTOR},
chosen AS MATERIALIZED (
  SELECT policy.id, policy.organization_id, actor.id AS actor_id, policy.repeat_count, clock_timestamp() AS at,
    layers.plan, layers.plan->0 AS first, jsonb_build_object(
      'format', 1, 'policyVersion', policy.version, 'repeat', policy.repeat_count,
      'repageSeconds', policy.repage_after_ack_minutes * 60, 'layers', layers.plan
    ) AS snapshot
  FROM actor JOIN escalation_policy AS policy ON policy.organization_id = actor.organization_id
  CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object(
      'id', layer.id, 'timeoutSeconds', layer.timeout_seconds, 'schedule', layer.schedule_id, 'users', (
        SELECT jsonb_agg(member.user_id ORDER BY named.position, named.id)
        FROM escalation_layeruser AS named JOIN accounts_membership AS member ON member.id = named.membership_id
        WHERE named.layer_id = layer.id
      )) ORDER BY layer.position) AS plan
    FROM escalation_layer AS layer WHERE layer.policy_id = policy.id
  ) AS layers
  WHERE policy.id = %(policy)s
),
person AS MATERIALIZED (
  SELECT {{uuid}} AS page_id, named.place, member.id AS membership_id, member.user_id, account.email
  FROM chosen
  CROSS JOIN LATERAL jsonb_array_elements_text(first->'users') WITH ORDINALITY AS named (user_id, place)
  JOIN accounts_membership AS member
    ON member.organization_id = chosen.organization_id AND member.user_id = named.user_id
  JOIN accounts_user AS account ON account.id = member.user_id
),
numbered AS (
  INSERT INTO incidents_incidentnumbering (organization_id, last) SELECT organization_id, 1 FROM chosen
  ON CONFLICT (organization_id) DO UPDATE SET last = incidents_incidentnumbering.last + 1
  RETURNING last
),
incident AS (
  INSERT INTO incidents_incident
    (id, organization_id, title, description, severity, status, owner_id, created_by, created_at, updated_at, number,
     repeats)
  SELECT {{uuid}}, organization_id, %(title)s, NULL, %(severity)s, 'investigating', membership_id, actor_id, at, at,
    last, 0
  FROM chosen JOIN person ON place = 1 CROSS JOIN numbered
  RETURNING *
),
escalation AS (
  INSERT INTO incidents_escalation
    (id, organization_id, policy_id, active_policy_id, plan, state, pass_no, position, firing, entered, repeats_left,
     reached, extended, fallback_beside, repeating, due_at, paged, wake_at, version)
  SELECT incident.id, chosen.organization_id, chosen.id, chosen.id, snapshot, 'paging', 1, 1, 1, 1, repeat_count,
    false, false, false, false, due.at, first->'users', due.at, 1
  FROM incident, chosen
  CROSS JOIN LATERAL (SELECT at + make_interval(secs => (first->>'timeoutSeconds')::float) AS at) AS due
  RETURNING id, due_at
),
firing AS (
  INSERT INTO incidents_firing
    (id, organization_id, escalation_id, number, cause, pass_no, position, fired_at, due_at)
  SELECT {{uuid}}, organization_id, escalation.id, 1, 'layer', 1, 1, at, due_at FROM escalation, chosen
  RETURNING id, organization_id, escalation_id, fired_at
),
paged AS (
  INSERT INTO incidents_page
    (id, organization_id, escalation_id, firing_id, membership_id, address, rules, reason, started_at)
  SELECT page_id, firing.organization_id, escalation_id, firing.id, membership_id, '', %(rules)s::jsonb,
    jsonb_build_object('source', 'named', 'sourceId', first->>'id', 'until', NULL), at
  FROM firing, chosen, person
),
delivered AS (
  INSERT INTO incidents_delivery
    (id, organization_id, escalation_id, page_id, round, turn, channel, destination, status, attempts, created_at,
     next_at, last_error)
  SELECT {{uuid}}, organization_id, escalation_id, page_id, 1, place - 1, 'email', email, 'pending', 0, fired_at,
    fired_at, ''
  FROM firing, person
),
told AS (
  INSERT INTO incidents_timelineevent
    (id, organization_id, incident_id, at, type, actor_id, layer_id, position, details)
  SELECT {{uuid}}, organization_id, id, created_at, 'incident_triggered', created_by, NULL, NULL,
    jsonb_build_object('status', status)
  FROM incident
  UNION ALL
  SELECT {{uuid}}, organization_id, escalation.id, at, 'layer_paged', NULL, (first->>'id')::uuid, 1,
    jsonb_build_object('firing', 1, 'cause', 'layer', 'pass', 1, 'recipients', first->'users', 'missed', '[]'::jsonb,
                       'dueAt', {_instant("due_at")})
  FROM escalation, chosen
)
SELECT json_build_object('data', json_build_object(
  'id', incident.id, 'orgId', incident.organization_id, 'title', title, 'description', description,
  'severity', severity, 'status', status, 'ownerId', person.user_id, 'escalationPolicyId', chosen.id,
  'affectedComponents', json_build_array(), 'createdBy', created_by,
  'createdAt', {_instant("created_at")}, 'updatedAt', {_instant("updated_at")}
))::text FROM incident, chosen, person WHERE place = 1
"""  # noqa: S608 - built of the constants above

_own = threading.local()


class _Work(NamedTuple):
    sql: str
    parameters: dict[str, Any]
    status: str = "200 OK"


def application(
    environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], object]
) -> Iterable[bytes]:
    """Answer the requests by which the product is measured."""
    work = _work(environ)
    key = environ["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    parameters = {"digest": hashlib.sha256(key.encode()).digest(), **work.parameters}
    row = driver().execute(work.sql, parameters, prepare=True).fetchone()
    body = b"" if row is None else row[0].encode()
    status = work.status if body else "401 Unauthorized"
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def driver() -> psycopg.Connection[Any]:
    """Return this thread's connection."""
    if not hasattr(_own, "driver"):
        _own.driver = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    own: psycopg.Connection[Any] = _own.driver
    return own


def _work(environ: dict[str, Any]) -> _Work:
    path = environ["PATH_INFO"]
    if environ["REQUEST_METHOD"] == "POST":
        sent = orjson.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        named = {"title": sent["title"], "severity": sent["severity"], "policy": sent["escalationPolicyId"]}
        return _Work(_trigger(), {**named, "rules": RULES}, "201 Created")
    if path == "/v1/escalation/policies":
        return _Work(LIST, {})
    return _Work(ONE, {"policy": path.rpartition("/")[2]})


@cache
def _trigger() -> str:
    return TRIGGER.format(uuid=uuid_function(driver().info.server_version))
