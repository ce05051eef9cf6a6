"""The calls for attention of an escalation, as people read them: what called, whom, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.db.models import Prefetch, QuerySet

from incidents.models import Delivery, Escalation, Firing, Page

STANDS: Final[Mapping[str, str]] = {
    Escalation.State.PAGING: "Waiting for an answer",
    Escalation.State.ACKNOWLEDGED: "Acknowledged",
    Escalation.State.SNOOZED: "Snoozed",
    Escalation.State.EXHAUSTED: "Nobody has answered",
    Escalation.State.CANCELLED: "Resolved",
}
"""Where an escalation of each state stands."""

_LABELS: Final[Mapping[str, str]] = {
    Firing.Cause.LAYER: "Layer {}",
    Firing.Cause.REPEAT: "Layer {}, again",
    Firing.Cause.HANDOFF: "Handed off",
    Firing.Cause.JOINED: "Layer {}, came on call",
    Firing.Cause.REPAGE: "Not resolved, paged again",
    Firing.Cause.UNACKNOWLEDGED: "Acknowledgement taken back",
    Firing.Cause.SNOOZE_ENDED: "Layer {}, after the snooze",
    Firing.Cause.ESCALATE: "Layer {}, called by hand",
    Firing.Cause.FALLBACK: "Fallback",
}


def load_latest_firings(row: Escalation, most: int) -> Sequence[Firing]:
    """Return the latest firings, newest first, with their pages and deliveries. Three statements."""
    return list(_firings(row).order_by("-number")[:most])


def load_firings(row: Escalation) -> Sequence[Firing]:
    """Return all firings, oldest first, with their pages and deliveries. Three statements."""
    return list(_firings(row).order_by("number"))


def _firings(row: Escalation) -> QuerySet[Firing]:
    deliveries = Prefetch("deliveries", queryset=Delivery.objects.order_by("pk"))
    pages = Page.objects.select_related("membership").prefetch_related(deliveries).order_by("pk")
    return Firing.objects.filter(escalation=row).prefetch_related(Prefetch("pages", queryset=pages))


def label(firing: Firing) -> str:
    """Return what called for attention: "Layer 2", "Handed off"; a cause of a newer release reads as "Paged"."""
    return label_of(firing.cause, firing.position)


def label_of(cause: str, position: int) -> str:
    """Return what ``cause`` is called where it calls for attention at a layer."""
    return _LABELS.get(cause, "Paged").format(position)


def recipient(page: Page) -> str:
    """Return the user id or the address of whom ``page`` calls. Needs ``membership`` loaded."""
    return page.address if page.membership is None else str(page.membership.user_id)


def fate(page: Page) -> str:
    """Tell the best of what became of a page's deliveries."""
    deliveries = list(page.deliveries.all())
    statuses = {delivery.status for delivery in deliveries}
    if Delivery.Status.HANDED_OVER in statuses:
        return "sent"
    if Delivery.Status.PENDING in statuses:
        return "still trying" if any(delivery.last_error for delivery in deliveries) else "on its way"
    return "called off" if Delivery.Status.CANCELLED in statuses else "could not be reached"
