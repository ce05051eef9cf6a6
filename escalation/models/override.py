"""Overrides: somebody else for a limited time."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.db import models

from accounts.models import Membership
from accounts.models.tenancy import TenantForeignKey, TenantModel, TenantQuerySet, tenant_reference
from escalation.models.rotation import Rotation
from escalation.models.schedule import Schedule
from scaling.audit.triggers import audited


class OverrideQuerySet(TenantQuerySet):
    """Overrides, filtered as sentences read."""

    def reaching_into(self, start: datetime | None, end: datetime | None) -> Self:
        """Keep those that are in force at some instant from ``start`` until before ``end``; None is no bound."""
        ending = self if start is None else self.filter(ends_at__gt=start)
        return ending if end is None else ending.filter(starts_at__lt=end)


class Override(TenantModel):
    """Somebody who serves in a schedule instead of a rotation's participant, for a limited time."""

    schedule = TenantForeignKey(Schedule, on_delete=models.CASCADE, related_name="overrides")
    rotation = TenantForeignKey(
        Rotation,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        help_text="Whose participant is displaced. Empty: whichever rotation is first.",
    )
    membership = TenantForeignKey(Membership, on_delete=models.PROTECT)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="From this instant on the rotation counts again.")
    created_by = models.CharField(max_length=40, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects: ClassVar[OverrideQuerySet] = OverrideQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["schedule_id", "starts_at", "id"]
        constraints = [
            tenant_reference("schedule", "escalation.Schedule", "escalation_override_schedule_fk"),
            tenant_reference("rotation", "escalation.Rotation", "escalation_override_rotation_fk"),
            tenant_reference("membership", "accounts.Membership", "escalation_override_membership_fk"),
            models.CheckConstraint(
                condition=models.Q(starts_at__lt=models.F("ends_at")), name="escalation_override_lasts"
            ),
        ]
        indexes = [
            # Which overrides of a schedule have not ended.
            models.Index(fields=["schedule", "ends_at"], name="escalation_override_ends"),
            # Deleting a rotation deletes its overrides.
            models.Index(
                fields=["rotation"], condition=models.Q(rotation__isnull=False), name="escalation_override_rotation"
            ),
        ]
        triggers = audited("schedule", "rotation", "membership", "starts_at", "ends_at", subject=("schedule",))

    def __str__(self) -> str:
        return f"{self.membership} from {self.starts_at:%Y-%m-%d %H:%M} UTC"
