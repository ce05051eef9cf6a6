"""Invitations of people into an organization."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.db import models

from accounts.models.membership import Membership
from accounts.models.organization import Organization
from scaling import ids
from scaling.audit.triggers import audited
from scaling.models import NameKeyField


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations, filtered as sentences read."""

    def for_organization(self, organization_id: str) -> Self:
        """Keep the invitations of one organization."""
        return self.filter(organization_id=organization_id)

    def open(self) -> Self:
        """Keep those that nobody has accepted, expired ones among them."""
        return self.filter(accepted_at__isnull=True)

    def due(self, now: datetime) -> Self:
        """Keep those whose mail is to be sent now and still says something true."""
        return self.open().filter(next_at__lte=now, expires_at__gt=now, organization__is_active=True)


class Invitation(models.Model):
    """Somebody may join an organization by a link that is mailed to them; deleted, the link leads nowhere."""

    id = models.CharField(primary_key=True, max_length=40, default=ids.new_invitation_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    email = models.EmailField(max_length=254)
    email_key = NameKeyField(of="email")
    role = models.CharField(max_length=20, choices=Membership.Role.choices, default=Membership.Role.MEMBER)
    created_by = models.CharField(max_length=40)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True, help_text="When the mail is sent, or tried again; null: not any more.")
    attempts = models.PositiveIntegerField(default=0)

    objects: ClassVar[InvitationQuerySet] = InvitationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=["admin", "member"]), name="accounts_invitation_role"),
            # Whoever is invited again gets a new link, and the old one leads nowhere.
            models.UniqueConstraint(
                fields=["organization", "email_key"],
                condition=models.Q(accepted_at__isnull=True),
                name="accounts_invitation_open_once",
            ),
        ]
        indexes = [
            # The mails that are due (accounts.services.invitation_mails).
            models.Index(
                fields=["next_at", "id"], condition=models.Q(next_at__isnull=False), name="accounts_invitation_due"
            ),
        ]
        triggers = audited(
            "email",
            "role",
            "expires_at",
            "accepted_at",
            name=("email",),
            subject=("organization",),
            confidential=True,
        )

    def __str__(self) -> str:
        return self.email

    def is_closed(self, now: datetime) -> bool:
        """Whether the link leads nowhere any more; reads ``organization``."""
        return now >= self.expires_at or not self.organization.is_active
