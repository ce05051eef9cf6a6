"""How far the engine is behind: what is due and not done, and when any worker last said that it works."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import DurationField, ExpressionWrapper, Max, Min
from django.db.models.functions import Now

from incidents.claims import next_due
from incidents.models import Delivery, WorkerHeartbeat

MOST_LATE: Final = timedelta(seconds=30)
MOST_SILENT: Final = timedelta(seconds=30)


def oldest_due(now: datetime) -> timedelta:
    """Return for how long the row that is overdue most has waited for a worker. One statement."""
    due = next_due()
    return timedelta() if due is None else max(now - due, timedelta())


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


def silence() -> timedelta | None:
    """Return what ``since_last_tick`` does, by the database's clock. One statement, also for the time."""
    found: timedelta | None = WorkerHeartbeat.objects.aggregate(
        silent=ExpressionWrapper(Now() - Max("ticked_at"), output_field=DurationField())
    )["silent"]
    return found


def is_at_work(silent: timedelta | None) -> bool:
    """Tell whether a worker that was ``silent`` for so long counts as working."""
    return silent is not None and silent <= MOST_SILENT
