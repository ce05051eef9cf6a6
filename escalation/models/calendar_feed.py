"""Links by which calendar programs read shifts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models import Membership
from accounts.models.tenancy import TenantForeignKey, TenantModel, TenantQuerySet, tenant_reference
from escalation.models.schedule import Schedule
from scaling.audit.triggers import audited


class CalendarFeed(TenantModel):
    """A link that shows shifts to whoever holds it: of a schedule, of a person, or of a person in a schedule.

    Only the SHA-256 of its token is kept. A feed is never changed, and to revoke it is to delete it.
    """

    schedule = TenantForeignKey(
        Schedule, on_delete=models.CASCADE, null=True, blank=True, help_text="Empty: every schedule."
    )
    membership = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, help_text="Whose shifts. Empty: everybody's."
    )
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    created_by = models.CharField(max_length=40, editable=False)
    created_at = models.DateTimeField(editable=False)

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            tenant_reference("schedule", "escalation.Schedule", "escalation_calendarfeed_schedule_fk"),
            tenant_reference("membership", "accounts.Membership", "escalation_calendarfeed_membership_fk"),
            # The shifts of everybody everywhere are no calendar anybody reads.
            models.CheckConstraint(
                condition=models.Q(schedule__isnull=False) | models.Q(membership__isnull=False),
                name="escalation_calendarfeed_of_something",
            ),
        ]
        indexes = [
            # The feeds of an organization, oldest first.
            models.Index(fields=["organization", "created_at", "id"], name="escalation_calendarfeed_list"),
            # Deleting a schedule deletes its feeds.
            models.Index(
                fields=["schedule"], condition=models.Q(schedule__isnull=False), name="escalation_calendarfeed_sched"
            ),
        ]
        triggers = audited("schedule", "membership", subject=("schedule", "membership"), confidential=True)

    def __str__(self) -> str:
        return f"{self.id}"

    @property
    def version(self) -> int:
        """What ``If-Match`` compares; the one version there ever is."""
        return 1
