"""Imports that wait in the admin."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models.tenancy import TenantModel, TenantQuerySet

TITLE_LENGTH = 200


class PlannedImport(TenantModel):
    """An import that somebody has planned in the admin, and what became of it; it is gone a day later.

    ``plan`` is the saved plan until it is applied, and then nothing; ``report`` says what it would do, and then what it
    did. ``totals`` count its parts by what is done with them. ``fingerprint`` is that of the organization it is for.
    """

    title = models.CharField(max_length=TITLE_LENGTH, help_text="What the files are called.")
    plan = models.TextField(blank=True)
    report = models.TextField()
    totals = models.JSONField()
    fingerprint = models.CharField(max_length=64)
    created_by = models.CharField(max_length=40, editable=False)
    created_at = models.DateTimeField("planned", editable=False)
    applied_by = models.CharField(max_length=40, blank=True, editable=False)
    applied_at = models.DateTimeField("applied", null=True, editable=False)

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "import"
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(applied_at__isnull=True, applied_by="") & ~models.Q(plan="")
                | models.Q(applied_at__isnull=False, plan="") & ~models.Q(applied_by=""),
                name="escalation_plannedimport_state",
            )
        ]
        indexes = [
            # Those of an organization, the newest first.
            models.Index(fields=["organization", "-created_at", "id"], name="escalation_plannedimport_new"),
        ]

    def __str__(self) -> str:
        return self.title
