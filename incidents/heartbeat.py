"""A worker's sign of life: a row for people and for ``/readyz``. No recovery depends on it."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from incidents.models import WorkerHeartbeat
from scaling import __version__

_FORGOTTEN_AFTER: Final = timedelta(days=1)


def beat(worker_id: UUID, started_at: datetime, now: datetime) -> None:
    """Write down that the worker ticked at ``now``. One statement."""
    sign = WorkerHeartbeat(
        id=worker_id,
        host=socket.gethostname()[:255],
        process=os.getpid(),
        version=__version__,
        started_at=started_at,
        ticked_at=now,
    )
    WorkerHeartbeat.objects.bulk_create(
        [sign], update_conflicts=True, unique_fields=["id"], update_fields=["ticked_at"]
    )


def forget_old_heartbeats(now: datetime) -> None:
    """Delete the signs of workers that have been silent for a day. One statement."""
    WorkerHeartbeat.objects.filter(ticked_at__lt=now - _FORGOTTEN_AFTER).delete()


def living_workers(now: datetime) -> list[WorkerHeartbeat]:
    """Return the signs of all workers that were heard of within a day, the latest first. One statement."""
    return list(WorkerHeartbeat.objects.filter(ticked_at__gt=now - _FORGOTTEN_AFTER).order_by("-ticked_at", "id"))
