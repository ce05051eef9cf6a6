"""On-call schedules."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models.tenancy import TenantModel, TenantQuerySet, tenant_identity
from scaling.models import NameKeyField


class Schedule(TenantModel):
    """An on-call schedule: who is on call when, in one time zone."""

    name = models.CharField(max_length=255)
    name_key = NameKeyField(of="name")
    description = models.TextField(null=True, blank=True)  # noqa: DJ001 - the contract tells null (C19)
    timezone = models.CharField(max_length=64, help_text="A name of the IANA database, such as Europe/Berlin.")
    version = models.PositiveIntegerField(default=1, editable=False, help_text="Counts every change.")
    created_by = models.CharField(max_length=40, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            tenant_identity("escalation_schedule_tenant"),
            models.UniqueConstraint(fields=["organization", "name_key"], name="escalation_schedule_name"),
        ]

    def __str__(self) -> str:
        return self.name
