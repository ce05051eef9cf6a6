"""Where an organization wants to be told what happens."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models.tenancy import TenantModel, TenantQuerySet, tenant_identity
from scaling.audit.triggers import audited
from scaling.outbound import masked_url

MAX_WEBHOOKS = 10
"""How many an organization may have."""


class Webhook(TenantModel):
    """An endpoint of an organization that is told its events, signed by Standard Webhooks 1.0.

    URL and secrets are read by the sender alone; people, logs and the API get ``shown_url``. A removed one stays
    without them, for what was sent to it names it.
    """

    class Disabled(models.TextChoices):
        BY_HAND = "by_hand", "By hand"
        GONE = "gone", "The endpoint answered 410"
        NOT_FOUND = "not_found", "The endpoint answered 404 for days"

    url = models.CharField(max_length=2000, blank=True, editable=False)
    description = models.TextField(null=True, blank=True)  # noqa: DJ001 - the API tells null, as elsewhere
    events = ArrayField(
        models.CharField(max_length=60),
        null=True,
        blank=True,
        default=None,
        help_text="The types, and families of types, that are sent. Null: all, also those to come.",
    )
    secret = models.CharField(max_length=120, blank=True, editable=False)
    previous_secret = models.CharField(max_length=120, blank=True, default="", editable=False)
    previous_secret_until = models.DateTimeField(null=True, default=None, editable=False)
    disabled_at = models.DateTimeField(null=True, default=None)
    disabled_reason = models.CharField(max_length=20, choices=Disabled.choices, blank=True, default="")
    removed_at = models.DateTimeField(null=True, default=None)

    failures = models.PositiveIntegerField(default=0, help_text="Failed attempts since the last that succeeded.")
    rest_until = models.DateTimeField(null=True, default=None, help_text="Until when nothing is sent to it.")
    failing_told_at = models.DateTimeField(null=True, default=None, help_text="When its admins were told.")

    version = models.PositiveIntegerField(default=1, editable=False, help_text="Counts every change of a setting.")
    created_by = models.CharField(max_length=40, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            tenant_identity("incidents_webhook_tenant"),
            models.CheckConstraint(
                condition=models.Q(disabled_at__isnull=True, disabled_reason="")
                | models.Q(disabled_at__isnull=False, disabled_reason__in=["by_hand", "gone", "not_found"]),
                name="incidents_webhook_disabled",
            ),
            models.CheckConstraint(
                condition=models.Q(previous_secret="", previous_secret_until__isnull=True)
                | (~models.Q(previous_secret="") & models.Q(previous_secret_until__isnull=False)),
                name="incidents_webhook_previous_secret",
            ),
            models.CheckConstraint(
                condition=models.Q(removed_at__isnull=False, url="", secret="", previous_secret="")
                | (models.Q(removed_at__isnull=True) & ~models.Q(url="") & ~models.Q(secret="")),
                name="incidents_webhook_removed_is_empty",
            ),
        ]
        indexes = [
            # Whoever writes a timeline asks whom it is to be told (incidents.notices.outbox).
            models.Index(
                fields=["organization"],
                condition=models.Q(disabled_at__isnull=True, removed_at__isnull=True),
                name="incidents_webhook_listening",
            ),
            # Every claim asks which endpoints rest (incidents.notices.queue).
            models.Index(fields=["rest_until"], condition=models.Q(failures__gt=0), name="incidents_webhook_failing"),
        ]
        triggers = audited(
            "description",
            "events",
            "disabled_at",
            "disabled_reason",
            "removed_at",
            "previous_secret_until",
            hidden=("url", "secret"),
            name=("description",),
            confidential=True,
        )

    def __str__(self) -> str:
        return self.shown_url

    @property
    def shown_url(self) -> str:
        """The URL as it may be shown."""
        return masked_url(self.url)
