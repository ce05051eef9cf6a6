"""How far the engine is behind: what is due and not done, and when any worker last said that it works."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max, Min

from incidents.models import Delivery, Escalation, Page, WorkerHeartbeat

MOST_LATE: Final = timedelta(seconds=30)
MOST_SILENT: Final = timedelta(seconds=30)


def oldest_due(now: datetime) -> timedelta:
    """Return for how long the row that is overdue most has waited for a worker. Three statements."""
    oldest = (
        Escalation.objects.aggregate(at=Min("wake_at"))["at"],
        Page.objects.aggregate(at=Min("next_at"))["at"],
        Delivery.objects.aggregate(at=Min("next_at"))["at"],
    )
    return max((now - at for at in oldest if at is not None and at < now), default=timedelta())


def oldest_undelivered(now: datetime) -> timedelta:
    """Return for how long the message that was tried first, and not handed over yet, has been under way.

    One statement.
    """
    tried = Delivery.objects.filter(next_at__isnull=False, attempts__gt=0)  # as the index of retries says
    begun: datetime | None = tried.aggregate(at=Min("created_at"))["at"]
    return timedelta() if begun is None else max(now - begun, timedelta())


def since_last_tick(now: datetime) -> timedelta | None:
    """Return how long ago any worker said that it works, None for never. One statement."""
    last = WorkerHeartbeat.objects.aggregate(at=Max("ticked_at"))["at"]
    return None if last is None else max(now - last, timedelta())


def is_at_work(silent: timedelta | None) -> bool:
    """Tell whether a worker that was ``silent`` for so long counts as working."""
    return silent is not None and silent <= MOST_SILENT
