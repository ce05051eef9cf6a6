"""What went wrong, and the record of all that happened since."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from accounts.models import Membership, Organization
from accounts.models.tenancy import TenantForeignKey, TenantModel, TenantQuerySet, tenant_identity, tenant_reference

DEDUP_KEY_LENGTH = 255
DEDUP_CONSTRAINT = "incidents_incident_dedup"


class Incident(TenantModel):
    """Something that went wrong, and whose it is."""

    class Severity(models.TextChoices):
        CRITICAL = "critical", "Critical"
        HIGH = "high", "High"
        MEDIUM = "medium", "Medium"
        LOW = "low", "Low"

    class Status(models.TextChoices):
        INVESTIGATING = "investigating", "Investigating"
        IDENTIFIED = "identified", "Identified"
        MONITORING = "monitoring", "Monitoring"
        RESOLVED = "resolved", "Resolved"

    title = models.CharField(max_length=100)
    description = models.TextField(null=True, blank=True)  # noqa: DJ001 - the contract tells null (C19)
    severity = models.CharField(max_length=20, choices=Severity.choices)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.INVESTIGATING)
    owner = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True)
    number = models.PositiveIntegerField(
        null=True,
        editable=False,
        help_text="Counts the organization's incidents from 1. Null only within the transaction that opens one.",
    )
    dedup_key = models.CharField(  # noqa: DJ001 - null: every trigger of it is an incident of its own
        max_length=DEDUP_KEY_LENGTH,
        null=True,
        blank=True,
        help_text="While it is open, it takes all triggers of this key.",
    )
    repeats = models.PositiveIntegerField(default=0, editable=False, help_text="How often it was triggered again.")
    repeat_told_at = models.DateTimeField(null=True, editable=False, help_text="When the timeline last told that.")
    created_by = models.CharField(max_length=40)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    affected: list[list[str]]
    """Id and name of each component it affects, where ``affected_components`` was asked for them."""

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            tenant_identity("incidents_incident_tenant"),
            tenant_reference("owner", "accounts.Membership", "incidents_incident_owner_fk"),
            models.CheckConstraint(
                condition=models.Q(severity__in=["critical", "high", "medium", "low"]),
                name="incidents_incident_severity",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["investigating", "identified", "monitoring", "resolved"]),
                name="incidents_incident_status",
            ),
            models.UniqueConstraint(fields=["organization", "number"], name="incidents_incident_number"),
            # One open incident takes all triggers of a key; a resolved one gives the key back.
            models.UniqueConstraint(
                fields=["organization", "dedup_key"],
                condition=models.Q(dedup_key__isnull=False) & ~models.Q(status="resolved"),
                name=DEDUP_CONSTRAINT,
            ),
        ]
        indexes = [
            # GET /v1/incidents: newest first within the organization, by keyset.
            models.Index(fields=["organization", "-created_at", "-id"], name="incidents_incident_newest"),
            # What is open, on the board and the dashboard: few rows, however long the history.
            models.Index(
                fields=["organization", "severity", "created_at"],
                condition=~models.Q(status="resolved"),
                name="incidents_incident_open",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class IncidentNumbering(models.Model):
    """How far an organization has numbered its incidents. A table of its own, so that the lock on it is brief."""

    organization = models.OneToOneField(Organization, models.PROTECT, primary_key=True, related_name="+")
    last = models.PositiveIntegerField()

    def __str__(self) -> str:
        return str(self.last)


class TimelineEvent(TenantModel):
    """Something that happened to an incident. Appended, never changed."""

    incident = TenantForeignKey(Incident, on_delete=models.PROTECT, related_name="timeline")
    at = models.DateTimeField()
    type = models.CharField(max_length=40)
    actor_id = models.CharField(max_length=40, null=True)  # noqa: DJ001 - null: the engine itself
    layer_id = models.UUIDField(null=True)
    position = models.PositiveIntegerField(null=True)
    user_id = models.CharField(max_length=40, null=True)  # noqa: DJ001 - null: the event is about nobody
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "id"]
        constraints = [tenant_reference("incident", "incidents.Incident", "incidents_timelineevent_incident_fk")]
        indexes = [
            # The timeline of an incident, oldest first.
            models.Index(fields=["incident", "at", "id"], name="incidents_timeline_order"),
            # What happened in a span of time, to be told again: coarse, because it has to cost writers next to nothing.
            BrinIndex(fields=["at"], name="incidents_timeline_span", autosummarize=True),
        ]

    def __str__(self) -> str:
        return self.type
