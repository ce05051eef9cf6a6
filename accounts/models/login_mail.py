"""Mails about logins."""

from __future__ import annotations

from django.db import models

from accounts.models.user import User
from scaling.models import UUIDModel

KINDS = [
    "password_reset",
    "password_changed",
    "second_factor_added",
    "second_factor_removed",
    "second_factor_reset",
    "recovery_codes_renewed",
]


class LoginMail(UUIDModel):
    """A mail to the owner of a login that has still to be sent; gone once it was."""

    class Kind(models.TextChoices):
        PASSWORD_RESET = "password_reset"  # noqa: S105 - the word for it
        PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the word for it
        SECOND_FACTOR_ADDED = "second_factor_added"
        SECOND_FACTOR_REMOVED = "second_factor_removed"
        SECOND_FACTOR_RESET = "second_factor_reset"
        RECOVERY_CODES_RENEWED = "recovery_codes_renewed"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=30, choices=Kind.choices)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField(help_text="When it is to be sent, or tried again.")
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=KINDS), name="accounts_loginmail_kind"),
            models.UniqueConstraint(fields=["user", "kind"], name="accounts_loginmail_once"),
        ]
        indexes = [
            # What is due, for whoever sends it.
            models.Index(fields=["next_at"], name="accounts_loginmail_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.user_id}"
