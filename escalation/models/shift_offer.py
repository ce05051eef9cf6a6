"""Shifts that somebody would like another to take."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.db import models

from accounts.models import Membership
from accounts.models.tenancy import TenantForeignKey, TenantModel, TenantQuerySet, tenant_reference
from escalation.models.rotation import Rotation
from escalation.models.schedule import Schedule
from scaling.audit.triggers import audited


class ShiftOfferQuerySet(TenantQuerySet):
    """Offers, filtered as sentences read."""

    def open_at(self, at: datetime) -> Self:
        """Keep those that can be taken at ``at``: neither taken nor withdrawn, and not begun."""
        return self.filter(state=ShiftOffer.State.OPEN, starts_at__gt=at)


class ShiftOffer(TenantModel):
    """Time on call that its person offers to somebody, or to everybody. It ends by itself when that time begins."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        TAKEN = "taken", "Taken"
        WITHDRAWN = "withdrawn", "Withdrawn"

    schedule = TenantForeignKey(Schedule, on_delete=models.CASCADE)
    rotation = TenantForeignKey(
        Rotation, on_delete=models.CASCADE, null=True, help_text="For which the person serves. Empty: there is none."
    )
    membership = TenantForeignKey(Membership, on_delete=models.PROTECT, help_text="Whose time it is.")
    offered_to = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, help_text="Empty: everybody.")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=State.choices, default=State.OPEN)
    taken_by = models.CharField(max_length=40, null=True, default=None)  # noqa: DJ001 - null: nobody
    settled_at = models.DateTimeField(null=True, default=None, help_text="When it was taken or withdrawn.")
    created_at = models.DateTimeField(editable=False)

    objects: ClassVar[ShiftOfferQuerySet] = ShiftOfferQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            tenant_reference("schedule", "escalation.Schedule", "escalation_shiftoffer_schedule_fk"),
            tenant_reference("rotation", "escalation.Rotation", "escalation_shiftoffer_rotation_fk"),
            tenant_reference("membership", "accounts.Membership", "escalation_shiftoffer_membership_fk"),
            tenant_reference("offered_to", "accounts.Membership", "escalation_shiftoffer_offered_to_fk"),
            models.CheckConstraint(
                condition=models.Q(starts_at__lt=models.F("ends_at")), name="escalation_shiftoffer_lasts"
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", settled_at__isnull=True, taken_by__isnull=True)
                | models.Q(state="taken", settled_at__isnull=False, taken_by__isnull=False)
                | models.Q(state="withdrawn", settled_at__isnull=False, taken_by__isnull=True),
                name="escalation_shiftoffer_state",
            ),
        ]
        indexes = [
            # What can be taken in an organization, next first.
            models.Index(
                fields=["organization", "starts_at"],
                condition=models.Q(state="open"),
                name="escalation_shiftoffer_open",
            ),
            # Deleting a schedule, or a rotation, deletes what is offered of it.
            models.Index(fields=["schedule"], name="escalation_shiftoffer_schedule"),
            models.Index(
                fields=["rotation"], condition=models.Q(rotation__isnull=False), name="escalation_shiftoffer_rotation"
            ),
        ]
        triggers = audited(
            "schedule",
            "rotation",
            "membership",
            "offered_to",
            "starts_at",
            "ends_at",
            "state",
            "taken_by",
            subject=("schedule",),
        )

    def __str__(self) -> str:
        return f"{self.id}"
