"""What people and programs write about an incident while it runs."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models.tenancy import TenantForeignKey, TenantModel, TenantQuerySet, tenant_reference
from incidents.models.incident import Incident


class IncidentUpdate(TenantModel):
    """Words about an incident, a step of its status, or both. Appended; only redaction takes words out again.

    The words stand here and nowhere else: the timeline names the update by its id.
    """

    class Visibility(models.TextChoices):
        INTERNAL = "internal", "Internal"
        PUBLIC = "public", "Public"

    incident = TenantForeignKey(Incident, on_delete=models.PROTECT)
    body = models.TextField(null=True)  # noqa: DJ001 - null: a step without words, or words taken out
    status_change = models.CharField(  # noqa: DJ001 - null: the status stays
        max_length=20, choices=Incident.Status.choices[1:], null=True
    )
    visibility = models.CharField(max_length=20, choices=Visibility.choices)
    posted_by = models.CharField(max_length=40)
    posted_at = models.DateTimeField()
    redacted_by = models.CharField(max_length=40, null=True, default=None)  # noqa: DJ001 - null: not redacted
    redacted_at = models.DateTimeField(null=True, default=None)

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["posted_at", "id"]
        constraints = [
            tenant_reference("incident", "incidents.Incident", "incidents_incidentupdate_incident_fk"),
            models.CheckConstraint(
                condition=models.Q(visibility__in=["internal", "public"]), name="incidents_incidentupdate_visibility"
            ),
            models.CheckConstraint(
                condition=models.Q(status_change__isnull=True)
                | models.Q(status_change__in=["identified", "monitoring", "resolved"]),
                name="incidents_incidentupdate_status_change",
            ),
            # Redacted means without words, and by somebody at some time; otherwise it says something.
            models.CheckConstraint(
                condition=models.Q(redacted_at__isnull=False, redacted_by__isnull=False, body__isnull=True)
                | models.Q(redacted_at__isnull=True, redacted_by__isnull=True)
                & (models.Q(body__isnull=False) | models.Q(status_change__isnull=False)),
                name="incidents_incidentupdate_redaction",
            ),
        ]
        indexes = [
            # The updates of an incident, oldest first.
            models.Index(fields=["incident", "posted_at", "id"], name="incidents_update_order"),
        ]

    def __str__(self) -> str:
        return self.body or f"Status: {self.status_change}"
