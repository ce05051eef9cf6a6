"""Which of a person's contact methods to use when they are paged."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models.contact_method import ContactMethod
from accounts.models.membership import Membership
from accounts.models.tenancy import TenantForeignKey, TenantModel, TenantQuerySet, tenant_reference
from scaling.audit.triggers import audited
from scaling.constraints import CompositeForeignKey

MAX_RULES = 20
MAX_DELAY_SECONDS = 24 * 60 * 60
MIN_REPEAT_SECONDS = 60
MAX_REPEAT_SECONDS = 24 * 60 * 60
SEVERITIES = ("critical", "high", "medium", "low")


class NotificationRule(TenantModel):
    """One step of how a person is paged: over which method, how long after the page began, and whether again.

    Without a method it is about the account's address, which pages at once whatever the rules say: such a rule only
    adds repetition. A person without any rule is paged over all verified methods at once.
    """

    membership = TenantForeignKey(Membership, on_delete=models.CASCADE, related_name="notification_rules")
    contact_method = TenantForeignKey(ContactMethod, on_delete=models.CASCADE, null=True, blank=True)
    position = models.PositiveSmallIntegerField(help_text="Its place among the person's rules, from 1.")
    delay_seconds = models.PositiveIntegerField(help_text="How long after the page began it is used.")
    repeat_seconds = models.PositiveIntegerField(
        null=True, blank=True, help_text="After how long it is used again; never, if empty."
    )
    severities = ArrayField(
        models.CharField(max_length=20, choices=[(severity, severity.capitalize()) for severity in SEVERITIES]),
        help_text="The incidents it counts for.",
    )

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["membership_id", "position"]
        constraints = [
            tenant_reference("membership", "accounts.Membership", "accounts_notificationrule_membership_fk"),
            tenant_reference("contact_method", "accounts.ContactMethod", "accounts_notificationrule_method_fk"),
            # Nobody is paged over somebody else's method.
            CompositeForeignKey(
                fields=["membership", "contact_method"],
                to="accounts.ContactMethod",
                to_fields=["membership", "pk"],
                name="accounts_notificationrule_own_method_fk",
            ),
            models.UniqueConstraint(fields=["membership", "position"], name="accounts_notificationrule_position"),
            models.CheckConstraint(
                condition=models.Q(position__gte=1, position__lte=MAX_RULES), name="accounts_notificationrule_number"
            ),
            models.CheckConstraint(
                condition=models.Q(delay_seconds__lte=MAX_DELAY_SECONDS), name="accounts_notificationrule_delay"
            ),
            models.CheckConstraint(
                condition=models.Q(repeat_seconds__isnull=True)
                | models.Q(repeat_seconds__gte=MIN_REPEAT_SECONDS, repeat_seconds__lte=MAX_REPEAT_SECONDS),
                name="accounts_notificationrule_repeat",
            ),
            models.CheckConstraint(
                condition=models.Q(severities__contained_by=list(SEVERITIES)) & ~models.Q(severities=[]),
                name="accounts_notificationrule_severities",
            ),
        ]
        triggers = audited(
            "membership",
            "contact_method",
            "position",
            "delay_seconds",
            "repeat_seconds",
            "severities",
            subject=("membership",),
            confidential=True,
        )

    def __str__(self) -> str:
        return f"Rule {self.position}"
