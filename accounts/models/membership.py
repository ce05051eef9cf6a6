"""A person in an organization."""

from __future__ import annotations

from typing import ClassVar, Self

from django.conf import settings
from django.db import models

from accounts.models.tenancy import TenantModel, TenantQuerySet, tenant_identity, unique_within
from scaling.audit.triggers import audited


class MembershipQuerySet(TenantQuerySet):
    """Memberships, filtered as sentences read."""

    def current(self) -> Self:
        """Keep the people who have not left."""
        return self.filter(ended_at__isnull=True)

    def admins(self) -> Self:
        """Keep the people who run their organization and have not left."""
        return self.current().filter(role=Membership.Role.ADMIN)

    def reachable(self) -> Self:
        """Keep the people who can be paged: active, not ended, with an active login."""
        return self.filter(is_active=True, ended_at__isnull=True, user__is_active=True)


class Membership(TenantModel):
    """One person in one organization. Ended, never deleted: history keeps naming them."""

    class Role(models.TextChoices):
        ADMIN = "admin", "Admin"
        MEMBER = "member", "Member"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.MEMBER)
    is_active = models.BooleanField(default=True, help_text="An inactive person is not paged.")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When the person left the organization.")
    created_at = models.DateTimeField(editable=False)
    shift_notices_since = models.DateTimeField(
        null=True, default=None, editable=False, help_text="Since when the person is told of shifts that begin."
    )

    objects: ClassVar[MembershipQuerySet] = MembershipQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        ordering = ["created_at", "id"]
        constraints = [
            tenant_identity("accounts_membership_tenant"),
            unique_within("user", name="accounts_membership_user"),
            models.CheckConstraint(condition=models.Q(role__in=["admin", "member"]), name="accounts_membership_role"),
        ]
        indexes = [
            # Looked for every minute: nothing to look at where nobody has asked for it.
            models.Index(
                fields=["organization"],
                condition=models.Q(shift_notices_since__isnull=False),
                name="accounts_membership_shifts",
            ),
        ]
        triggers = audited(
            "user",
            "first_name",
            "last_name",
            "role",
            "is_active",
            "ended_at",
            "shift_notices_since",
            name=("first_name", "last_name"),
        )

    def __str__(self) -> str:
        return self.name or self.user_id

    @property
    def name(self) -> str:
        """The name this organization shows for the person; empty when none was given."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def is_reachable(self) -> bool:
        """Whether the person can be paged, as ``MembershipQuerySet.reachable`` says; reads ``user``."""
        return self.is_active and self.ended_at is None and self.user.is_active
