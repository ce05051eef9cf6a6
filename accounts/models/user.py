"""The login."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from scaling import ids
from scaling.audit.triggers import audited
from scaling.models import NameKeyField
from scaling.text import name_key


class UserManager(BaseUserManager["User"]):
    """Makes and finds logins; emails compare without case."""

    def create_user(self, email: str, password: str | None = None) -> User:
        """Create a login; without a password it cannot sign in, but it can be paged."""
        user = self.model(email=email.strip())
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None) -> User:
        """Create an operator of the installation."""
        user = self.create_user(email, password)
        user.is_superuser = True
        user.save(using=self._db, update_fields=["is_superuser"])
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email_key=name_key(username or ""))


class User(AbstractBaseUser):
    """A login and nothing else: what an organization knows about a person hangs on the membership.

    There are no Django groups and permissions: what somebody may do, the membership says (design D11).
    """

    id = models.CharField(primary_key=True, max_length=ids.PREFIXED_ID_LENGTH, default=ids.new_user_id, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    email_key = NameKeyField(of="email", unique=True)
    is_active = models.BooleanField(default=True, help_text="An inactive person can neither sign in nor be paged.")
    is_superuser = models.BooleanField("operator", default=False, help_text="Runs this installation.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["created_at", "id"]
        triggers = audited("email", "is_active", "is_superuser", hidden=("password",), name=("email",))

    def __str__(self) -> str:
        return self.email

    @property
    def is_staff(self) -> bool:
        """Whether the admin lets the login in at all; what it may do there, its membership says (design D11)."""
        return self.is_active

    def has_perm(self, _permission: str, _subject: object = None) -> bool:
        """Answer pages that ask Django's way, which ours never do: only operators may."""
        return self.is_active and self.is_superuser

    def has_module_perms(self, _app_label: str) -> bool:
        """As ``has_perm``."""
        return self.is_active and self.is_superuser
