"""What an organization's webhook is told: a timeline's event as a Standard Webhooks event.

Names and shapes are those of the HTTP API. New fields may come; receivers ignore what they do not know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from incidents.models import Incident, Notice, TimelineEvent
from incidents.names import Names, load_names
from incidents.summaries import ids_in, summary
from scaling.api.timestamps import timestamp

MAX_BYTES: Final = 20_000
_DESCRIPTION_LENGTH: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A signed call to be made: the message's id, where it goes, and what it says."""

    key: UUID
    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    body: bytes


def compose_calls(notices: Sequence[Notice], now: datetime) -> Mapping[UUID, Call]:
    """Return the call of each notice by its id. Needs ``webhook`` and ``incident`` loaded.

    What is no longer in the timeline is left out. At most four statements, whatever the number of notices.
    """
    events = {event.pk: event for event in _load_events(notices)}
    names = load_names(_ids(events.values()))
    return {
        notice.pk: _call(notice, events[notice.event_id], names.get(notice.organization_id, {}), now)
        for notice in notices
        if notice.event_id in events
    }


def _load_events(notices: Sequence[Notice]) -> Sequence[TimelineEvent]:
    found = TimelineEvent.objects.filter(
        pk__in=[notice.event_id for notice in notices],
        incident_id__in={notice.incident_id for notice in notices},
        organization_id__in={notice.organization_id for notice in notices},
    )
    return list(found) if notices else []


def _ids(events: Any) -> Mapping[str, set[str | None]]:
    wanted: dict[str, set[str | None]] = {}
    for event in events:
        wanted.setdefault(event.organization_id, set()).update(ids_in(event))
    return wanted


def _call(notice: Notice, event: TimelineEvent, names: Names, now: datetime) -> Call:
    webhook = notice.webhook
    until = webhook.previous_secret_until
    secrets = (webhook.secret, webhook.previous_secret) if until is not None and now < until else (webhook.secret,)
    body = event_body(notice.event_type, event, notice.incident, names)
    return Call(key=event.pk, url=webhook.url, secrets=secrets, body=body)


def event_body(event_type: str, event: TimelineEvent, incident: Incident, names: Names) -> bytes:
    """Return the body, under 20 KB: if ``details`` would make it longer they are left out, for the API tells them."""
    body = orjson.dumps(_body(event_type, event, incident, names, event.details))
    if len(body) >= MAX_BYTES:
        body = orjson.dumps(_body(event_type, event, incident, names, None))
    return body


def _body(
    event_type: str, event: TimelineEvent, incident: Incident, names: Names, details: Mapping[str, Any] | None
) -> dict[str, Any]:
    return {
        "type": event_type,
        "timestamp": timestamp(event.at),
        "data": {
            "organizationId": event.organization_id,
            "eventId": str(event.pk),
            "incident": _incident(incident),
            "actorId": event.actor_id,
            "layerId": event.layer_id and str(event.layer_id),
            "position": event.position,
            "userId": event.user_id,
            "details": details,
            "summary": None if details is None else summary(event, names),
        },
    }


def _incident(incident: Incident) -> dict[str, Any]:
    description = incident.description
    return {
        "id": str(incident.pk),
        "title": incident.title,
        "description": description and description[:_DESCRIPTION_LENGTH],
        "severity": incident.severity,
        "createdAt": timestamp(incident.created_at),
    }
