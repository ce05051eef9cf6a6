"""Gaps that are there on purpose."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models.tenancy import TenantForeignKey, TenantModel, TenantQuerySet, tenant_reference
from escalation.models.policy import Layer, Policy
from escalation.models.schedule import Schedule
from scaling.audit.triggers import audited

MAX_INTENDED_GAPS = 50
REASON_LENGTH = 1000


class IntendedGap(TenantModel):
    """A declaration that a policy, one of its layers, or a schedule reaches nobody on purpose, and why.

    It changes nothing about who is paged, and so is no change of the policy or the schedule.
    """

    policy = TenantForeignKey(Policy, on_delete=models.CASCADE, null=True, blank=True)
    layer = TenantForeignKey(
        Layer, on_delete=models.CASCADE, null=True, blank=True, help_text="Empty: the policy with all its layers."
    )
    schedule = TenantForeignKey(Schedule, on_delete=models.CASCADE, null=True, blank=True)
    reason = models.CharField(max_length=REASON_LENGTH)
    timezone = models.CharField(
        max_length=64, blank=True, help_text="Of the windows: a name of the IANA database, such as Europe/Berlin."
    )
    windows = models.JSONField(
        default=list,
        blank=True,
        help_text='Empty: at any time. [{"days": [7], "start": "00:00", "end": "00:00"}] is every Sunday.',
    )
    starts_at = models.DateTimeField(null=True, blank=True, help_text="Empty: it has always been so.")
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty: for ever.")
    created_by = models.CharField(max_length=40, editable=False)
    created_at = models.DateTimeField(editable=False)

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            tenant_reference("policy", "escalation.Policy", "escalation_intendedgap_policy_fk"),
            tenant_reference("layer", "escalation.Layer", "escalation_intendedgap_layer_fk"),
            tenant_reference("schedule", "escalation.Schedule", "escalation_intendedgap_schedule_fk"),
            models.CheckConstraint(
                condition=models.Q(policy__isnull=False, schedule__isnull=True)
                | models.Q(policy__isnull=True, schedule__isnull=False, layer__isnull=True),
                name="escalation_intendedgap_of_one",
            ),
            models.CheckConstraint(
                condition=models.Q(windows=[]) | ~models.Q(timezone=""), name="escalation_intendedgap_timezone"
            ),
            models.CheckConstraint(
                condition=models.Q(starts_at__isnull=True)
                | models.Q(ends_at__isnull=True)
                | models.Q(starts_at__lt=models.F("ends_at")),
                name="escalation_intendedgap_lasts",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="escalation_intendedgap_reason"),
        ]
        indexes = [
            # What is declared for a policy, or for a schedule; deleting one of them, or a layer, deletes what is.
            models.Index(fields=["policy"], name="escalation_intendedgap_policy"),
            models.Index(fields=["schedule"], name="escalation_intendedgap_sched"),
            models.Index(
                fields=["layer"], condition=models.Q(layer__isnull=False), name="escalation_intendedgap_layer"
            ),
        ]
        triggers = audited(
            "policy",
            "layer",
            "schedule",
            "reason",
            "timezone",
            "windows",
            "starts_at",
            "ends_at",
            subject=("policy", "schedule"),
        )

    def __str__(self) -> str:
        return self.reason
