"""What workers write down about themselves and about rows they could not handle."""

from __future__ import annotations

from django.db import models


class WorkerHeartbeat(models.Model):
    """The last tick of one worker process. For people and ``/readyz``: no recovery depends on it."""

    id = models.UUIDField(primary_key=True)
    host = models.CharField(max_length=255)
    process = models.PositiveIntegerField()
    version = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    ticked_at = models.DateTimeField()

    class Meta:
        ordering = ["started_at", "id"]

    def __str__(self) -> str:
        return f"{self.host}:{self.process}"


class Strike(models.Model):
    """How often a row's handling failed or hung. Two strikes and the row is parked (design, way of an incident 4).

    No foreign key: the watchdog writes it while a hung transaction still holds the row it is about.
    """

    row_id = models.UUIDField(primary_key=True)
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    last_error = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["row_id"]

    def __str__(self) -> str:
        return f"{self.row_id}: {self.count}"
