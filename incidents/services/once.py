"""A form that is sent twice opens one incident."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Unpack
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from incidents.models import Incident
from incidents.services.repeats import Opening, Triggered
from incidents.services.trigger import trigger_incident
from scaling.api.idempotency import KEPT
from scaling.errors import NotFound
from scaling.models import IdempotencyRecord

_ROUTE: Final = "trigger by hand"

# Whoever comes second waits here until the first commits. A record that is there and has expired counts no more.
_CLAIM: Final = """
INSERT INTO scaling_idempotencyrecord (organization_id, route, key, fingerprint, status, body, created_at)
VALUES (%(organization)s, %(route)s, %(key)s, '', 201, '', %(now)s)
ON CONFLICT (organization_id, route, key) DO UPDATE
SET created_at = excluded.created_at, body = ''
WHERE scaling_idempotencyrecord.created_at <= %(expired)s
"""


@transaction.atomic
def trigger_once(
    *, organization_id: str, actor_id: str, token: str, now: datetime, **opening: Unpack[Opening]
) -> Triggered:
    """Open an incident, unless one was opened with ``token`` within a day: then that one is returned as it is.

    A crash before the commit leaves neither. Two statements beside those of ``trigger_incident``.

    Raises:
        OwnerRequired, NotFound, DuplicateComponentId, InvalidComponentId: as ``trigger_incident``.
    """
    if not _claim(organization_id, token, now):
        return Triggered(incident=_opened_before(organization_id, token), is_new=False)
    incident = trigger_incident(organization_id=organization_id, actor_id=actor_id, now=now, **opening)
    _records(organization_id, token).update(body=incident.pk.bytes)
    return Triggered(incident=incident, is_new=True)


def _claim(organization_id: str, token: str, now: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM, {"organization": organization_id, "route": _ROUTE, "key": token, "now": now, "expired": now - KEPT}
        )
        is_ours: bool = cursor.rowcount == 1
    return is_ours


def _opened_before(organization_id: str, token: str) -> Incident:
    body = _records(organization_id, token).values_list("body", flat=True).get()
    found = Incident.objects.for_organization(organization_id).select_related("owner", "escalation")
    incident: Incident | None = found.filter(pk=UUID(bytes=bytes(body))).first()
    if incident is None:
        raise NotFound.of("incident")
    return incident


def _records(organization_id: str, token: str) -> QuerySet[IdempotencyRecord]:
    return IdempotencyRecord.objects.filter(organization_id=organization_id, route=_ROUTE, key=token)
