"""The one way to write timelines: whoever appends an event also lays out who is to be told of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from incidents.domain.published import NEWS, is_any_published, published_type
from incidents.models import TimelineEvent
from incidents.notices.outbox import events_sql, tell_people
from scaling.rows import insert_rows

_TELL_WEBHOOKS = events_sql("inserted", "published.at")


def append(events: Sequence[TimelineEvent]) -> None:
    """Append unsaved events, and in the same transaction what webhooks and people are told of them.

    One statement, and one more for news to people (somebody took the incident, or resolved it); none without events.
    """
    then = _TELL_WEBHOOKS if is_any_published(event.type for event in events) else ""
    insert_rows(events, then=then)
    tell_people(list(_news(events)))


def _news(events: Sequence[TimelineEvent]) -> Iterable[dict[str, Any]]:
    for event in events:
        event_type = published_type(event.type, event.details)
        if event_type is not None and event_type in NEWS:
            yield {
                "id": event.pk,
                "organization_id": event.organization_id,
                "incident_id": event.incident_id,
                "at": event.at,
                "kind": NEWS[event_type],
                "event_type": event_type,
                "actor_id": event.actor_id,
                "user_id": event.user_id,
            }
