"""Keys by which programs act for an organization."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now

from accounts.models.organization import Organization
from scaling import ids
from scaling.audit.triggers import audited


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Keys, filtered as sentences read."""

    def usable(self) -> Self:
        """Keep the keys that are neither revoked nor expired and whose organization is active, by the database clock."""
        unexpired = models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=Now())
        return self.filter(unexpired, revoked_at__isnull=True, organization__is_active=True)

    def unused_since(self, at: datetime) -> Self:
        """Keep the keys whose last noted use lies before ``at``, or that were never used."""
        return self.filter(models.Q(last_used_at__isnull=True) | models.Q(last_used_at__lt=at))


class ApiKey(models.Model):
    """A program's credential (contract 1.1). Only the SHA-256 of the text is kept; the text is shown once."""

    class Scope(models.TextChoices):
        READ = "read", "Read"
        TRIGGER = "trigger", "Trigger"
        WRITE = "write", "Write"

    id = models.CharField(primary_key=True, max_length=ids.PREFIXED_ID_LENGTH, default=ids.new_key_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=255)
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    prefix = models.CharField(max_length=20, editable=False, help_text="The start of the key, to tell keys apart.")
    scope = models.CharField(max_length=20, choices=Scope.choices, default=Scope.WRITE)
    created_by = models.CharField(  # noqa: DJ001 - null: nobody who has a login
        max_length=40, null=True, editable=False, help_text="The user who made it; none at the command line."
    )
    created_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="Sampled: at most one write a minute.")

    objects: ClassVar[ApiKeyQuerySet] = ApiKeyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "API key"
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scope__in=["read", "trigger", "write"]), name="accounts_apikey_scope"
            )
        ]
        triggers = audited(
            "name", "prefix", "scope", "created_by", "expires_at", "revoked_at", name=("name",), confidential=True
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
