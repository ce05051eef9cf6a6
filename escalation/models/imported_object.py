"""Where what was imported comes from."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models.tenancy import TenantForeignKey, TenantModel, TenantQuerySet, tenant_reference
from escalation.models.policy import Policy
from escalation.models.schedule import Schedule

IMPORTED_ONCE_CONSTRAINT = "escalation_importedobject_once"


class ImportedObject(TenantModel):
    """What another product calls a policy or a schedule: by it the next import finds it again, whatever its name.

    One object may have come from several products; one of theirs is one here at most.
    """

    source = models.CharField(max_length=40, help_text="The product.")
    account = models.CharField(max_length=500, blank=True, help_text="Whose objects these are there.")
    type = models.CharField(max_length=40, help_text="What kind of an object it is there.")
    external_id = models.CharField(max_length=255)
    policy = TenantForeignKey(Policy, on_delete=models.CASCADE, null=True)
    schedule = TenantForeignKey(Schedule, on_delete=models.CASCADE, null=True)
    created_at = models.DateTimeField(editable=False)

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            tenant_reference("policy", "escalation.Policy", "escalation_importedobject_policy_fk"),
            tenant_reference("schedule", "escalation.Schedule", "escalation_importedobject_schedule_fk"),
            models.UniqueConstraint(
                fields=["organization", "source", "type", "external_id"], name=IMPORTED_ONCE_CONSTRAINT
            ),
            models.CheckConstraint(
                condition=models.Q(policy__isnull=False, schedule__isnull=True)
                | models.Q(policy__isnull=True, schedule__isnull=False),
                name="escalation_importedobject_of_one",
            ),
        ]
        indexes = [
            # Deleting a policy, or a schedule, forgets where it came from.
            models.Index(
                fields=["policy"], condition=models.Q(policy__isnull=False), name="escalation_imported_policy"
            ),
            models.Index(
                fields=["schedule"], condition=models.Q(schedule__isnull=False), name="escalation_imported_schedule"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.type} {self.external_id}"
