"""The tenant."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from scaling import ids
from scaling.audit.triggers import audited
from scaling.models import NameKeyField

MAX_ACK_TIMEOUT_MINUTES = 10_080


class Organization(models.Model):
    """A tenant: everything but a login belongs to exactly one."""

    id = models.CharField(
        primary_key=True, max_length=ids.PREFIXED_ID_LENGTH, default=ids.new_organization_id, editable=False
    )
    name = models.CharField(max_length=255)
    name_key = NameKeyField(of="name")
    is_active = models.BooleanField(default=True, help_text="Keys of an inactive organization are refused.")
    fallback_email = models.EmailField(
        blank=True,
        default="",
        help_text="Paged when nobody else can be reached. Empty: all admins of the organization.",
    )
    default_ack_timeout_minutes = models.PositiveIntegerField(
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_ACK_TIMEOUT_MINUTES)],
        help_text="The wait for an acknowledgement where no policy says it.",
    )
    created_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["name_key"], name="accounts_organization_name"),
            models.CheckConstraint(
                condition=models.Q(
                    default_ack_timeout_minutes__gte=1, default_ack_timeout_minutes__lte=MAX_ACK_TIMEOUT_MINUTES
                ),
                name="accounts_organization_default_ack_timeout",
            ),
        ]
        triggers = audited("name", "is_active", "fallback_email", "default_ack_timeout_minutes", name=("name",))

    def __str__(self) -> str:
        return self.name
