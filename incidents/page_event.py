"""What a page says to a program that is paged over a webhook: a Standard Webhooks event of type ``page.fired``.

Names and shapes are those of the HTTP API. New fields may come; receivers ignore what they do not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from incidents.models import Delivery, Incident
from scaling.api.timestamps import timestamp

_DESCRIPTION_LENGTH: Final = 4000  # an event stays under 20 KB


def page_event(
    delivery: Delivery, *, why: str, next_step: str, until: datetime | None, answer_url: str
) -> Mapping[str, Any]:
    """Return the event of a delivery. ``until`` is when the next firing follows unless somebody acknowledges.

    Needs ``page.firing``, ``page.membership`` and ``page.escalation.incident`` loaded.
    """
    page = delivery.page
    return _event(
        delivery,
        {
            "organizationId": delivery.organization_id,
            "userId": None if page.membership is None else page.membership.user_id,
            "incident": _incident(page.escalation.incident),
            "cause": page.firing.cause,
            "layer": page.firing.position,
            "round": delivery.round,
            "why": why,
            "nextStep": next_step,
            "until": None if until is None else timestamp(until),
            "answerUrl": answer_url,
        },
    )


def bare_event(delivery: Delivery, answer_url: str) -> Mapping[str, Any]:
    """Return the least that a program must be told. Needs ``page.escalation.incident`` loaded."""
    return _event(delivery, {"incident": _incident(delivery.page.escalation.incident), "answerUrl": answer_url})


def _event(delivery: Delivery, details: Mapping[str, Any]) -> Mapping[str, Any]:
    started_at = timestamp(delivery.page.started_at)
    return {"type": "page.fired", "timestamp": started_at, "data": {"pageId": str(delivery.page_id), **details}}


def _incident(incident: Incident) -> Mapping[str, Any]:
    return {
        "id": str(incident.pk),
        "title": incident.title,
        "description": incident.description and incident.description[:_DESCRIPTION_LENGTH],
        "severity": incident.severity,
        "status": incident.status,
        "createdAt": timestamp(incident.created_at),
    }
