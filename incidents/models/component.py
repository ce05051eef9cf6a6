"""What an organization runs, and what of it an incident affects."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models

from accounts.models.tenancy import TenantForeignKey, TenantModel, TenantQuerySet, tenant_identity, tenant_reference
from incidents.models.incident import Incident
from scaling.audit.triggers import audited
from scaling.models import NameKeyField

COMPONENT_NAME_CONSTRAINT = "incidents_component_name"
COMPONENT_NAME_LENGTH = 100
MAX_ALIASES = 50
ALIAS_LENGTH = 255


class ComponentQuerySet(TenantQuerySet):
    """Components, filtered as sentences read."""

    def current(self) -> Self:
        """Keep those that have not been deleted."""
        return self.filter(deleted_at__isnull=True)


class Component(TenantModel):
    """Something an organization runs and watches. A deleted one is gone but for the incidents that name it."""

    class OperationalStatus(models.TextChoices):
        OPERATIONAL = "operational", "Operational"
        DEGRADED = "degraded", "Degraded"
        PARTIAL_OUTAGE = "partial_outage", "Partial outage"
        MAJOR_OUTAGE = "major_outage", "Major outage"
        MAINTENANCE = "maintenance", "Maintenance"

    name = models.CharField(max_length=COMPONENT_NAME_LENGTH)
    name_key = NameKeyField(of="name")
    description = models.TextField(null=True, blank=True)  # noqa: DJ001 - the contract tells null (C19)
    aliases = models.JSONField(default=list, help_text="Other names it goes by.")
    group_label = models.CharField(  # noqa: DJ001 - null: in no group
        max_length=COMPONENT_NAME_LENGTH, null=True, blank=True, help_text="What it is shown under."
    )
    operational_status = models.CharField(
        max_length=20, choices=OperationalStatus.choices, default=OperationalStatus.OPERATIONAL
    )
    maintenance_starts_at = models.DateTimeField(null=True, blank=True)
    maintenance_ends_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False, help_text="Counts every change.")
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[ComponentQuerySet] = ComponentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            tenant_identity("incidents_component_tenant"),
            models.UniqueConstraint(
                fields=["organization", "name_key"],
                condition=models.Q(deleted_at__isnull=True),
                name=COMPONENT_NAME_CONSTRAINT,
            ),
            models.CheckConstraint(
                condition=models.Q(
                    operational_status__in=["operational", "degraded", "partial_outage", "major_outage", "maintenance"]
                ),
                name="incidents_component_operational_status",
            ),
            models.CheckConstraint(
                condition=models.Q(maintenance_starts_at__isnull=True, maintenance_ends_at__isnull=True)
                | models.Q(
                    maintenance_starts_at__isnull=False,
                    maintenance_ends_at__isnull=False,
                    maintenance_starts_at__lt=models.F("maintenance_ends_at"),
                ),
                name="incidents_component_maintenance",
            ),
        ]
        indexes = [
            # GET /v1/components: newest first within the organization, by keyset.
            models.Index(
                fields=["organization", "-created_at", "-id"],
                condition=models.Q(deleted_at__isnull=True),
                name="incidents_component_newest",
            ),
        ]
        triggers = audited(
            "name",
            "description",
            "aliases",
            "group_label",
            "operational_status",
            "maintenance_starts_at",
            "maintenance_ends_at",
            "deleted_at",
            name=("name",),
        )

    def __str__(self) -> str:
        return self.name


class AffectedComponent(TenantModel):
    """That an incident affects a component."""

    incident = TenantForeignKey(Incident, on_delete=models.PROTECT)
    component = TenantForeignKey(Component, on_delete=models.PROTECT)

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["id"]
        constraints = [
            tenant_reference("incident", "incidents.Incident", "incidents_affectedcomponent_incident_fk"),
            tenant_reference("component", "incidents.Component", "incidents_affectedcomponent_component_fk"),
            # Serves the components of an incident, too.
            models.UniqueConstraint(fields=["incident", "component"], name="incidents_affectedcomponent_once"),
        ]

    def __str__(self) -> str:
        return f"{self.component_id}"


def affected_components() -> ArraySubquery:
    """Return the components an incident affects as pairs ``[id, name]``, by name; for ``annotate`` on incidents.

    Compiled, it takes no parameter.
    """
    pair = models.Func("component_id", "component__name", function="jsonb_build_array", output_field=models.JSONField())
    links = AffectedComponent.objects.filter(incident=models.OuterRef("pk")).order_by("component__name_key", "id")
    return ArraySubquery(links.values_list(pair))
