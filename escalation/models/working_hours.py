"""Working hours, during or outside which layers count."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models.tenancy import TenantModel, TenantQuerySet, tenant_identity, unique_within
from scaling.audit.triggers import audited
from scaling.models import NameKeyField

MAX_WINDOWS = 50

WORKING_HOURS_NAME_CONSTRAINT = "escalation_workinghours_name"
# By this constraint a running escalation holds on to working hours of its plan; it lies in ``incidents``, which this
# app never imports, so the two agree on the name here.
HOURS_IN_USE_CONSTRAINT = "incidents_hoursuse_hours_fk"


class WorkingHours(TenantModel):
    """A named set of weekly windows in a time zone of its own."""

    name = models.CharField(max_length=255)
    name_key = NameKeyField(of="name")
    timezone = models.CharField(max_length=64, help_text="A name of the IANA database, such as Europe/Berlin.")
    windows = models.JSONField(help_text='As the API tells them: [{"days": [1], "start": "09:00", "end": "17:00"}].')
    version = models.PositiveIntegerField(default=1, editable=False, help_text="Counts every change.")
    created_by = models.CharField(max_length=40, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = "working hours"
        verbose_name_plural = "working hours"
        constraints = [
            tenant_identity("escalation_workinghours_tenant"),
            unique_within("name_key", name=WORKING_HOURS_NAME_CONSTRAINT),
        ]
        triggers = audited("name", "timezone", "windows", name=("name",))

    def __str__(self) -> str:
        return self.name
