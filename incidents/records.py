"""Writing down what decisions looked at, and reading it back.

A record is written in the transaction of what was decided, and once for all decisions of an organization that saw the
same, which on most nights is one row for each policy. Its id is a digest of its text and of the organization's id.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from hashlib import blake2b
from typing import Final, NamedTuple
from uuid import UUID

import structlog
from django.db import connection

from escalation.domain.model import Plan, World
from escalation.domain.record import Record, record_from_json, record_to_json
from incidents.models import RecordedWorld
from scaling.rows import json_text

_log = structlog.get_logger(__name__)


class Seen(NamedTuple):
    """What one decision looked at."""

    organization_id: str
    plan: Plan
    world: World


# Sorted, so that two transactions that write the same new records wait for each other in one order only.
_RECORD: Final = """
INSERT INTO incidents_recordedworld (id, organization_id, world)
SELECT id, organization_id, world::jsonb
FROM json_to_recordset(%s::json) AS new (id uuid, organization_id text, world json)
WHERE NOT EXISTS (SELECT FROM incidents_recordedworld AS known WHERE known.id = new.id)
ORDER BY id
ON CONFLICT DO NOTHING
"""


def record(seen: Sequence[Seen]) -> Sequence[UUID]:
    """Write down what decisions looked at, as far as it is new; return the id of the record of each.

    One statement; none without decisions. All decisions about one organization were made in one world.
    """
    if not seen:
        return []
    by_plan: dict[tuple[str, Plan], UUID] = {}
    rows: dict[UUID, dict[str, object]] = {}
    ids = []
    for organization_id, plan, world in seen:
        known = by_plan.get((organization_id, plan))
        if known is None:
            value = record_to_json(plan, world)
            known = by_plan[organization_id, plan] = _digest(organization_id, value)
            rows[known] = {"id": known, "organization_id": organization_id, "world": value}
        ids.append(known)
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, [json_text(list(rows.values()))])
    return ids


def load_records(organization_id: str, ids: Collection[UUID]) -> Mapping[UUID, Record]:
    """Return these records of an organization, but for those of a newer release. One statement."""
    found = RecordedWorld.objects.for_organization(organization_id).filter(pk__in=ids)
    records: dict[UUID, Record] = {}
    for row in found:
        try:
            records[row.pk] = record_from_json(row.world)
        except ValueError:
            _log.warning("record_unreadable", organization_id=organization_id, record_id=str(row.pk))
    return records


def _digest(organization_id: str, value: Mapping[str, object]) -> UUID:
    text = json_text([organization_id, value])
    return UUID(bytes=blake2b(text.encode(), digest_size=16).digest())
