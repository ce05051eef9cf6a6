"""What was found when the coverage of a policy or a schedule was last checked."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models.tenancy import TenantForeignKey, TenantModel, TenantQuerySet, tenant_reference
from escalation.models.policy import Policy
from escalation.models.schedule import Schedule


class CoverageMark(TenantModel):
    """The coverage of a policy, or of a schedule, as it was found by a worker; for lists and the dashboard.

    ``inputs`` stands for all that it is judged by, as it was when a worker last looked for edits; ``due_at`` is when it
    is to be checked again. A row without ``checked_at`` has not been checked, and says nothing about gaps.
    """

    policy = TenantForeignKey(Policy, on_delete=models.CASCADE, null=True)
    schedule = TenantForeignKey(Schedule, on_delete=models.CASCADE, null=True)
    inputs = models.CharField(max_length=32)
    due_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0, help_text="How often a check was begun since one last ended.")
    checked_at = models.DateTimeField(null=True, default=None)
    checked_until = models.DateTimeField(null=True, default=None)
    failure = models.CharField(max_length=500, blank=True, default="", help_text="Why it could not be checked.")
    gap_count = models.PositiveIntegerField(default=0, help_text="Gaps that nobody has declared.")
    gap_starts_at = models.DateTimeField(null=True, default=None)
    gap_ends_at = models.DateTimeField(null=True, default=None)
    gap_position = models.PositiveIntegerField(null=True, default=None, help_text="Of the layer; empty: the whole.")
    concern_count = models.PositiveIntegerField(default=0, help_text="People whom a page does not reach as it should.")

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["id"]
        constraints = [
            tenant_reference("policy", "escalation.Policy", "escalation_coveragemark_policy_fk"),
            tenant_reference("schedule", "escalation.Schedule", "escalation_coveragemark_schedule_fk"),
            models.UniqueConstraint(fields=["policy"], name="escalation_coveragemark_policy"),
            models.UniqueConstraint(fields=["schedule"], name="escalation_coveragemark_schedule"),
            models.CheckConstraint(
                condition=models.Q(policy__isnull=False, schedule__isnull=True)
                | models.Q(policy__isnull=True, schedule__isnull=False),
                name="escalation_coveragemark_of_one",
            ),
            models.CheckConstraint(
                condition=models.Q(checked_at__isnull=True, checked_until__isnull=True)
                | models.Q(checked_at__isnull=False, checked_until__isnull=False),
                name="escalation_coveragemark_checked",
            ),
            models.CheckConstraint(
                condition=models.Q(gap_count=0, gap_starts_at__isnull=True, gap_ends_at__isnull=True)
                | models.Q(gap_count__gt=0, gap_starts_at__isnull=False, gap_ends_at__isnull=False),
                name="escalation_coveragemark_first_gap",
            ),
        ]
        indexes = [
            # Which are to be checked.
            models.Index(fields=["due_at", "id"], name="escalation_coveragemark_due"),
            # The next gaps of an organization.
            models.Index(
                fields=["organization", "gap_starts_at"],
                condition=models.Q(gap_count__gt=0),
                name="escalation_coveragemark_gaps",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id or self.schedule_id}"
