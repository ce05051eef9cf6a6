"""One run of a plan for an incident."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db import models

from accounts.models import Membership
from accounts.models.tenancy import TenantForeignKey, TenantModel, TenantQuerySet, tenant_reference
from escalation.models import (
    HOURS_IN_USE_CONSTRAINT,
    POLICY_IN_USE_CONSTRAINT,
    SCHEDULE_IN_USE_CONSTRAINT,
    Policy,
    Schedule,
    WorkingHours,
)
from incidents.models.incident import Incident


class Escalation(TenantModel):
    """The state of one incident's paging. It bears the incident's id, and its row is the incident's one lock (D7).

    The columns up to ``paged`` are ``incidents.domain.escalation.State``; only ``incidents.decisions`` writes them.
    """

    class State(models.TextChoices):
        PAGING = "paging", "Paging"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        SNOOZED = "snoozed", "Snoozed"
        EXHAUSTED = "exhausted", "Exhausted"
        CANCELLED = "cancelled", "Cancelled"

    incident = models.OneToOneField(Incident, models.PROTECT, primary_key=True, db_column="id", db_constraint=False)
    policy_id = models.UUIDField(null=True, help_text="The policy's id, kept for history.")
    active_policy = TenantForeignKey(Policy, on_delete=models.DO_NOTHING, null=True)
    plan = models.JSONField(help_text="The policy as it was when the incident was triggered (design D5).")

    state = models.CharField(max_length=20, choices=State.choices, default=State.PAGING)
    pass_no = models.PositiveIntegerField(default=1)
    position = models.PositiveIntegerField(default=0)
    firing = models.PositiveIntegerField(default=0, help_text="The number of the last firing.")
    entered = models.PositiveIntegerField(
        default=0, help_text="The number of the firing by which the layer was entered or handed off."
    )
    repeats_left = models.PositiveIntegerField(default=0)
    reached = models.BooleanField(default=False)
    repeating = models.BooleanField(default=False)
    extended = models.BooleanField(default=False)
    fallback_beside = models.BooleanField(default=False)
    due_at = models.DateTimeField(null=True)
    roster_at = models.DateTimeField(null=True)
    holder = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True)
    paged = models.JSONField(default=list, help_text="Whom the layer has paged since it was entered.")

    wake_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(
        default=1, help_text="Counts every change of the incident and its escalation: what an ETag names."
    )
    acknowledged_by = models.CharField(max_length=40, null=True)  # noqa: DJ001 - null: nobody yet
    acknowledged_at = models.DateTimeField(null=True)
    parked_at = models.DateTimeField(null=True)

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["incident_id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "incident"], name="incidents_escalation_tenant"),
            tenant_reference("incident", "incidents.Incident", "incidents_escalation_incident_fk"),
            tenant_reference("active_policy", "escalation.Policy", POLICY_IN_USE_CONSTRAINT),
            tenant_reference("holder", "accounts.Membership", "incidents_escalation_holder_fk"),
            models.CheckConstraint(
                condition=models.Q(state__in=["paging", "acknowledged", "snoozed", "exhausted", "cancelled"]),
                name="incidents_escalation_state",
            ),
            # Nothing ends silently: what pages, sleeps or is exhausted has a due time; what is cancelled has none.
            models.CheckConstraint(
                condition=models.Q(state="acknowledged")
                | models.Q(state="cancelled", due_at__isnull=True, roster_at__isnull=True, wake_at__isnull=True)
                | (models.Q(state__in=["paging", "snoozed", "exhausted"], due_at__isnull=False, wake_at__isnull=False)),
                name="incidents_escalation_has_due_time",
            ),
        ]
        indexes = [
            # The engine's claim: due rows of one organization, oldest first (incidents.claims).
            models.Index(
                fields=["organization", "wake_at", "incident"],
                condition=models.Q(wake_at__isnull=False),
                name="incidents_escalation_due",
            ),
            # Deleting a policy asks whether a running escalation holds on to it.
            models.Index(
                fields=["organization", "active_policy"],
                condition=models.Q(active_policy__isnull=False),
                name="incidents_escalation_policy",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state}, layer {self.position}"

    @property
    def id(self) -> UUID:  # type: ignore[override]
        """The incident's id: a row cannot be mistaken for another incident's."""
        return self.incident_id


class ScheduleUse(TenantModel):
    """A schedule that the snapshot of a running escalation names; gone once the incident is resolved."""

    escalation = TenantForeignKey(Escalation, on_delete=models.CASCADE)
    schedule = TenantForeignKey(Schedule, on_delete=models.DO_NOTHING)
    version = models.PositiveIntegerField(default=0, help_text="The version of the schedule that was seen last.")

    class Meta:
        ordering = ["id"]
        constraints = [
            tenant_reference("escalation", "incidents.Escalation", "incidents_scheduleuse_escalation_fk"),
            tenant_reference("schedule", "escalation.Schedule", SCHEDULE_IN_USE_CONSTRAINT),
            models.UniqueConstraint(fields=["escalation", "schedule"], name="incidents_scheduleuse_once"),
        ]
        indexes = [
            # An edit of a schedule wakes the escalations that use it; its deletion is refused while there are any.
            models.Index(fields=["organization", "schedule"], name="incidents_scheduleuse_schedule"),
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id}"


class HoursUse(TenantModel):
    """Working hours that the snapshot of a running escalation names; gone once the incident is resolved."""

    escalation = TenantForeignKey(Escalation, on_delete=models.CASCADE)
    hours = TenantForeignKey(WorkingHours, on_delete=models.DO_NOTHING)
    version = models.PositiveIntegerField(default=0, help_text="The version of the hours that was seen last.")

    class Meta:
        ordering = ["id"]
        constraints = [
            tenant_reference("escalation", "incidents.Escalation", "incidents_hoursuse_escalation_fk"),
            tenant_reference("hours", "escalation.WorkingHours", HOURS_IN_USE_CONSTRAINT),
            models.UniqueConstraint(fields=["escalation", "hours"], name="incidents_hoursuse_once"),
        ]
        indexes = [
            # An edit of working hours wakes the escalations that use them; their deletion is refused meanwhile.
            models.Index(fields=["organization", "hours"], name="incidents_hoursuse_hours"),
        ]

    def __str__(self) -> str:
        return f"{self.hours_id}"
