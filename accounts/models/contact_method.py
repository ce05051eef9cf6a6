"""How to reach a person beside their account's address."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models.membership import Membership
from accounts.models.tenancy import TenantForeignKey, TenantModel, TenantQuerySet, tenant_identity, tenant_reference
from scaling.audit.triggers import audited
from scaling.messengers import LOUD


class ContactMethod(TenantModel):
    """One more way to reach a person, beside their account's address, which always pages.

    The address of anything but email is a URL, and a secret: whoever knows it can send in the person's name. It is
    read by senders alone; people, logs, the API and the admin get ``shown``. A removed method stays, as history names
    it, but keeps neither address nor secret.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", "Email"
        WEBHOOK = "webhook", "Webhook"
        CHAT = "chat", "Chat"
        SMS = "sms", "SMS"
        VOICE = "voice", "Voice"
        PUSH = "push", "Push"

    membership = TenantForeignKey(Membership, on_delete=models.CASCADE, related_name="contact_methods")
    channel = models.CharField(max_length=20, choices=Channel.choices, default=Channel.EMAIL)
    address = models.CharField(max_length=2000, blank=True, editable=False)
    shown = models.CharField(max_length=320, help_text="The address as it may be shown.")
    secret = models.CharField(
        max_length=120, blank=True, default="", editable=False, help_text="By which a webhook is signed."
    )
    verified_at = models.DateTimeField(null=True, blank=True, help_text="Unverified methods do not page.")
    removed_at = models.DateTimeField(null=True, blank=True, default=None)
    code_digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    code_expires_at = models.DateTimeField(null=True, blank=True, default=None, editable=False)
    code_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(editable=False)

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            tenant_identity("accounts_contactmethod_tenant"),
            tenant_reference("membership", "accounts.Membership", "accounts_contactmethod_membership_fk"),
            # What a person's notification rules reference, so that they name the person's own methods.
            models.UniqueConstraint(fields=["membership", "id"], name="accounts_contactmethod_of_person"),
            # By what is shown: a URL of full length is longer than an index entry may be, and what is shown holds
            # a hash of all of it.
            models.UniqueConstraint(
                fields=["membership", "channel", "shown"],
                condition=models.Q(removed_at__isnull=True),
                name="accounts_contactmethod_unique_address",
            ),
            models.CheckConstraint(
                condition=models.Q(channel__in=["email", "webhook", "chat", "sms", "voice", "push"]),
                name="accounts_contactmethod_channel",
            ),
            models.CheckConstraint(
                condition=models.Q(channel="webhook", removed_at__isnull=True) & ~models.Q(secret="")
                | (~models.Q(channel="webhook") | models.Q(removed_at__isnull=False)) & models.Q(secret=""),
                name="accounts_contactmethod_secret_of_webhooks",
            ),
            models.CheckConstraint(
                condition=(models.Q(removed_at__isnull=True) & ~models.Q(address=""))
                | models.Q(removed_at__isnull=False, address="", verified_at__isnull=True),
                name="accounts_contactmethod_removed_is_empty",
            ),
            models.CheckConstraint(
                condition=models.Q(code_digest="", code_expires_at__isnull=True)
                | (~models.Q(code_digest="") & models.Q(code_expires_at__isnull=False)),
                name="accounts_contactmethod_code",
            ),
        ]
        triggers = audited(
            "membership",
            "channel",
            "shown",
            "verified_at",
            "removed_at",
            hidden=("address", "secret"),
            name=("channel", "shown"),
            subject=("membership",),
            confidential=True,
        )

    def __str__(self) -> str:
        return f"{self.channel}: {self.shown}"

    @property
    def version(self) -> int:
        """What ``If-Match`` compares; the one version there ever is."""
        return 1

    @property
    def is_loud(self) -> bool:
        """Whether it rings or buzzes at night."""
        return self.channel in LOUD
