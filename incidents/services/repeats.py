"""The same thing goes wrong again: the open incident takes the trigger, and nobody is paged anew."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NotRequired, TypedDict, Unpack
from uuid import UUID

from django.db import connection, transaction

from incidents.decisions import event
from incidents.models import Incident, affected_components
from incidents.services.trigger import AlreadyOpen, trigger_incident
from incidents.timeline import append

BETWEEN_TOLD: Final = timedelta(minutes=1)
"""How often at most the timeline tells of repeats."""


class Opening(TypedDict):
    """What an incident opens with, as ``trigger_incident`` takes it."""

    title: str
    description: str | None
    severity: str
    owner_user_id: str | None
    policy_id: UUID | None
    owner_schedule_id: NotRequired[UUID | None]
    component_ids: NotRequired[Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Triggered:
    """The incident that took a trigger, with ``owner``, ``escalation`` and ``affected``; ``is_new`` if the trigger opened it."""

    incident: Incident
    is_new: bool


@transaction.atomic
def trigger_or_repeat(
    *, organization_id: str, actor_id: str, dedup_key: str | None, now: datetime, **opening: Unpack[Opening]
) -> Triggered:
    """Open an incident, unless one with ``dedup_key`` is open: then that one counts the trigger, and changes nothing else.

    Many at once open one incident, and each of the others is counted. A repeat takes the lock of the incident's own
    row, not that of its escalation (design D7): it touches nothing that the engine decides by, and a storm of them must
    not hold the engine up. Three statements for a repeat, four if the timeline tells of it.

    Raises:
        OwnerRequired, NotFound, DuplicateComponentId, InvalidComponentId: as ``trigger_incident``.
    """
    while True:
        repeated = None if dedup_key is None else _count_repeat(organization_id, dedup_key, actor_id, now)
        if repeated is not None:
            return Triggered(incident=repeated, is_new=False)
        with suppress(AlreadyOpen):  # somebody else opened it this moment, and it may be resolved the next
            incident = trigger_incident(
                organization_id=organization_id, actor_id=actor_id, dedup_key=dedup_key, now=now, **opening
            )
            return Triggered(incident=incident, is_new=True)


# Locked first: a repeat that waited for another sees what that one told.
_COUNT: Final = """
WITH open AS (
  SELECT id, repeat_told_at FROM incidents_incident
  WHERE organization_id = %(organization)s AND dedup_key = %(key)s AND status <> 'resolved'
  FOR NO KEY UPDATE
),
judged AS (SELECT id, coalesce(repeat_told_at <= %(told_before)s, true) AS is_told FROM open)
UPDATE incidents_incident AS incident
SET repeats = repeats + 1, repeat_told_at = CASE WHEN is_told THEN %(now)s ELSE repeat_told_at END
FROM judged WHERE incident.id = judged.id
RETURNING incident.id, incident.repeats, is_told
"""


def _count_repeat(organization_id: str, dedup_key: str, actor_id: str, now: datetime) -> Incident | None:
    """Count one more trigger of the open incident with ``dedup_key`` and return it, or None if there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT, {"organization": organization_id, "key": dedup_key, "now": now, "told_before": now - BETWEEN_TOLD}
        )
        row = cursor.fetchone()
    if row is None:
        return None
    incident_id, repeats, is_told = row
    annotated = Incident.objects.annotate(affected=affected_components())  # type: ignore[no-redef]  # it fills the attribute
    rows = annotated.select_related("owner", "escalation")
    incident: Incident = rows.get(pk=incident_id)
    if is_told:
        append([event(incident.escalation, now, "incident_repeated", actorId=actor_id, repeats=repeats)])
    return incident
