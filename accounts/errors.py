"""What can go wrong with organizations, people and keys."""

from __future__ import annotations

from scaling.errors import DomainError


class LastAdmin(DomainError):
    """The organization would be left without an admin."""

    status = 400
    code = "last_admin"


class CannotChangeOwnRole(DomainError):
    """An admin changes or removes themselves; another admin has to."""

    status = 400
    code = "cannot_change_own_role"
