"""The open incidents of a person: those they hold, and those that page them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q
from django.urls import reverse

from accounts.models import Membership
from incidents.answer.tokens import LIFETIME, make_token
from incidents.calls import STANDS
from incidents.models import Escalation, Page
from incidents.wording import moment_and_away

_MOST: Final = 50
_CALLING: Final = (Escalation.State.PAGING, Escalation.State.EXHAUSTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """An incident that waits for the person: where it stands and where they do something about it."""

    title: str
    severity: str
    severity_shown: str
    stands: str
    since: str
    path: str


def load_mine(member: Membership, now: datetime) -> tuple[Mine, ...]:
    """Return what ``member`` holds and what is paging them, newest first, fifty at most. Two statements."""
    calling = Q(state__in=_CALLING, paged__contains=[member.user_id])
    found = Escalation.objects.for_organization(member.organization_id).exclude(state=Escalation.State.CANCELLED)
    rows = [*found.filter(Q(holder=member) | calling).select_related("incident").order_by("-incident_id")[:_MOST]]
    pages = _latest_pages(member, rows, now)
    return tuple(_mine(row, pages.get(row.pk), now) for row in rows)


def _latest_pages(member: Membership, rows: Sequence[Escalation], now: datetime) -> dict[object, Page]:
    pages = Page.objects.filter(
        membership=member, escalation__in=[row.pk for row in rows], started_at__gt=now - LIFETIME
    )
    return {page.escalation_id: page for page in pages.order_by("pk")}


def _mine(row: Escalation, page: Page | None, now: datetime) -> Mine:
    incident = row.incident
    return Mine(
        title=incident.title,
        severity=incident.severity,
        severity_shown=incident.get_severity_display(),
        stands=STANDS[row.state],
        since=moment_and_away(incident.created_at, now),
        # Who holds what they were never paged about has no answer page.
        path=reverse("admin:incidents_incident_change", args=[row.pk])
        if page is None
        else reverse("answer", args=[make_token(page.pk)]),
    )
