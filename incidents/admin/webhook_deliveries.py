"""What was sent to a webhook lately, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from django.utils.safestring import SafeString
from django.utils.text import capfirst

from accounts.admin.words import ago, mark
from escalation.admin.instants import shown_instant
from incidents.models import Incident, Notice, Webhook

MOST_SHOWN: Final = 50
"""How many of the newest deliveries a page shows."""

_MARKS: Final = {
    Notice.Status.SENT: ("taken", "good", "check_circle"),
    Notice.Status.FAILED: ("given up", "bad", "cancel"),
    Notice.Status.CANCELLED: ("called off", "", "block"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event on its way, or where it went; ``answer`` is what the endpoint said last, in our words."""

    delivery_id: UUID
    event: str
    incident: Incident
    at: datetime
    state: SafeString
    attempts: int
    answer: str


def load_deliveries(webhook: Webhook, now: datetime) -> list[Line]:
    """Return the newest events for ``webhook``, newest first, ``MOST_SHOWN`` at most. One statement."""
    rows = Notice.objects.for_organization(webhook.organization_id).filter(webhook=webhook, kind=Notice.Kind.EVENT)
    newest = rows.select_related("incident").order_by("-created_at", "-pk")[:MOST_SHOWN]
    return [_line(webhook, notice, now) for notice in newest]


def told_by(webhook: Webhook, error: str) -> str:
    """Return how an attempt failed, without the endpoint, which the page names already."""
    for start in (f"{webhook.shown_url} ", f"{webhook.shown_url}: "):
        error = error.removeprefix(start)
    return capfirst(error)


def _line(webhook: Webhook, notice: Notice, now: datetime) -> Line:
    return Line(
        delivery_id=notice.pk,
        event=notice.event_type,
        incident=cast("Incident", notice.incident),  # by the constraint incidents_notice_says_what_to_whom
        at=notice.created_at,
        state=_state(notice),
        attempts=notice.attempts,
        answer=_answer(webhook, notice, now),
    )


def _state(notice: Notice) -> SafeString:
    if notice.status in _MARKS:
        text, kind, symbol = _MARKS[Notice.Status(notice.status)]
        return mark(text, kind, symbol=symbol)
    return mark("tried again", "warn", symbol="replay") if notice.attempts else mark("waits", symbol="schedule")


def _answer(webhook: Webhook, notice: Notice, now: datetime) -> str:
    if notice.status == Notice.Status.SENT:
        return f"Taken {ago(notice.sent_at, now)}."
    said = told_by(webhook, notice.last_error) or "Nothing yet."
    if notice.next_at is None or notice.next_at <= now:
        return said
    return f"{said} Next attempt {shown_instant(notice.next_at, 'UTC')} UTC."
