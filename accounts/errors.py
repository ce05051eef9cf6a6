"""Errors of organizations and their people, by their codes in contract 1.2."""

from __future__ import annotations

from scaling.errors import DomainError, InvalidRequest


class CannotChangeOwnRole(DomainError):
    """An admin changes their own role or ends their own membership."""

    status = 400
    code = "cannot_change_own_role"


class LastAdmin(DomainError):
    """The organization would be left without an admin."""

    status = 400
    code = "last_admin"


class AlreadyMember(InvalidRequest):
    """Somebody is invited who is a member already."""


class InvitationClosed(Exception):
    """The invitation was accepted, is not there any more, has expired, or its organization is switched off."""
