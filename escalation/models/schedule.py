"""On-call schedules."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models.tenancy import TenantModel, TenantQuerySet, tenant_identity, unique_within
from scaling.audit.triggers import audited
from scaling.models import NameKeyField

SCHEDULE_NAME_CONSTRAINT = "escalation_schedule_name"
# By this constraint a running escalation holds on to a schedule of its plan; it lies in ``incidents``, which this app
# never imports, so the two agree on the name here.
SCHEDULE_IN_USE_CONSTRAINT = "incidents_scheduleuse_schedule_fk"


class Schedule(TenantModel):
    """An on-call schedule: who is on call when, in one time zone."""

    class PagingMode(models.TextChoices):
        ALL = "all", "Everybody on call"
        FIRST = "first", "Only the first rotation that has somebody"

    name = models.CharField(max_length=255)
    name_key = NameKeyField(of="name")
    description = models.TextField(null=True, blank=True)  # noqa: DJ001 - the contract tells null (C19)
    timezone = models.CharField(max_length=64, help_text="A name of the IANA database, such as Europe/Berlin.")
    paging_mode = models.CharField(
        max_length=20,
        choices=PagingMode.choices,
        default=PagingMode.ALL,
        help_text="Whether all who are on call are paged, or only who serves for the first rotation with somebody.",
    )
    version = models.PositiveIntegerField(
        default=1, editable=False, help_text="Counts every change, rotations and overrides included."
    )
    created_by = models.CharField(max_length=40, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            tenant_identity("escalation_schedule_tenant"),
            unique_within("name_key", name=SCHEDULE_NAME_CONSTRAINT),
            models.CheckConstraint(
                condition=models.Q(paging_mode__in=["all", "first"]), name="escalation_schedule_paging_mode"
            ),
        ]
        triggers = audited("name", "description", "timezone", "paging_mode", name=("name",))

    def __str__(self) -> str:
        return self.name
