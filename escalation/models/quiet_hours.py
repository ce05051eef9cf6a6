"""When a person's phone is to stay silent."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models import Membership
from accounts.models.tenancy import TenantForeignKey, TenantModel, TenantQuerySet, tenant_reference
from scaling.audit.triggers import audited


class QuietHours(TenantModel):
    """The weekly windows in which a person's loud methods are left out, in their own time zone; no row, no such hours.

    They concern incidents of severity low and medium alone, and never the account's address.
    """

    membership = TenantForeignKey(Membership, on_delete=models.CASCADE)
    timezone = models.CharField(max_length=64, help_text="A name of the IANA database, such as Europe/Berlin.")
    windows = models.JSONField(help_text='As the API tells them: [{"days": [1], "start": "22:00", "end": "07:00"}].')

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "quiet hours"
        constraints = [
            tenant_reference("membership", "accounts.Membership", "escalation_quiethours_membership_fk"),
            models.UniqueConstraint(fields=["membership"], name="escalation_quiethours_of_person"),
        ]
        triggers = audited("membership", "timezone", "windows", subject=("membership",), confidential=True)

    def __str__(self) -> str:
        return f"Quiet hours in {self.timezone}"
