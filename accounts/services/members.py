"""The people of an organization: they join, change and leave."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.errors import CannotChangeOwnRole, LastAdmin
from accounts.models import Membership, User
from accounts.services.finding import (
    find_member,
    find_member_by_user,
    find_membership,
    locked_member,
    locked_organization,
)
from accounts.services.logins import find_or_add_login
from accounts.validation import checked_choice, checked_person_name
from scaling.errors import InvalidInput


@transaction.atomic
def add_member(
    *,
    organization_id: str,
    email: str,
    first_name: str = "",
    last_name: str = "",
    role: str = Membership.Role.MEMBER,
    password: str | None = None,
    now: datetime,
) -> Membership:
    """Make the person with that email a member, with a new login unless the installation knows the email already.

    A known login is never touched, so a password for it is refused. Without a password a new login cannot sign in,
    but the person can be paged. Somebody who left comes back as the member they were, under the name and role given.

    Raises:
        NotFound: there is no such organization.
        InvalidInput: a value is unusable, or the person is a member already.
    """
    locked_organization(organization_id)
    user = find_or_add_login(email, password)
    person = {
        "first_name": checked_person_name("first_name", first_name),
        "last_name": checked_person_name("last_name", last_name),
        "role": checked_choice("role", role, Membership.Role.values),
    }
    membership, joined = admit(organization_id, user, person, now)
    if not joined:
        raise InvalidInput([("email", f"{user.email} is a member of this organization already.")])
    return membership


@transaction.atomic
def update_member(
    *,
    organization_id: str,
    membership_id: object,
    first_name: str,
    last_name: str,
    role: str,
    is_active: bool,
    by_user_id: str | None = None,
) -> Membership:
    """Change what the organization knows about a person. ``by_user_id`` is whoever asks for it, if a person does.

    Raises:
        NotFound: no such member.
        InvalidInput: a value is unusable.
        CannotChangeOwnRole, LastAdmin: somebody changes their own role, or nobody else is an admin.
    """
    locked_organization(organization_id)
    membership = find_member(organization_id, membership_id)
    _give_role(membership, role, by_user_id)
    membership.first_name = checked_person_name("first_name", first_name)
    membership.last_name = checked_person_name("last_name", last_name)
    membership.is_active = is_active
    membership.save(update_fields=["first_name", "last_name", "role", "is_active"])
    return membership


@transaction.atomic
def change_role(*, organization_id: str, user_id: str, role: str, by_user_id: str | None = None) -> Membership:
    """Make a member an admin or an admin a member. ``by_user_id`` is whoever asks for it, if a person does.

    Raises:
        NotFound: no such member.
        InvalidInput: there is no such role.
        CannotChangeOwnRole, LastAdmin: somebody changes their own role, or nobody else is an admin.
    """
    locked_organization(organization_id)
    membership = find_member_by_user(organization_id, user_id)
    _give_role(membership, role, by_user_id)
    membership.save(update_fields=["role"])
    return membership


@transaction.atomic
def remove_member(*, organization_id: str, user_id: str, by_user_id: str | None = None, now: datetime) -> None:
    """Let a member leave, as ``end_membership`` does.

    Raises:
        NotFound: no such member.
        CannotChangeOwnRole, LastAdmin: somebody removes themselves, or nobody else is an admin.
    """
    membership = find_member_by_user(organization_id, user_id)
    end_membership(organization_id=organization_id, membership_id=membership.pk, by_user_id=by_user_id, now=now)


@transaction.atomic
def set_shift_notices(*, organization_id: str, membership_id: object, is_wanted: bool, now: datetime) -> Membership:
    """Have a person told of their shifts that begin from now on, or not any more. As it is already: no change.

    Raises:
        NotFound: no such member.
    """
    member = locked_member(organization_id, membership_id)
    if is_wanted != (member.shift_notices_since is not None):
        member.shift_notices_since = now if is_wanted else None
        member.save(update_fields=["shift_notices_since"])
    return member


@transaction.atomic
def end_membership(
    *, organization_id: str, membership_id: object, by_user_id: str | None = None, now: datetime
) -> Membership:
    """Let a person leave: from now on they are not paged by this organization and see nothing of it.

    Ended already: no change. History keeps naming them.

    Raises:
        NotFound: no such membership.
        CannotChangeOwnRole, LastAdmin: somebody ends their own membership, or nobody else is an admin.
    """
    locked_organization(organization_id)
    membership = find_membership(organization_id, membership_id)
    if membership.ended_at is not None:
        return membership
    _refuse_own(membership, by_user_id)
    _refuse_last_admin(membership)
    membership.ended_at = now
    membership.save(update_fields=["ended_at"])
    return membership


def admit(organization_id: str, user: User, person: dict[str, str], now: datetime) -> tuple[Membership, bool]:
    """Return the user's membership, which begins now or again, as ``person`` says; and whether it did."""
    membership, added = Membership.objects.get_or_create(
        organization_id=organization_id, user=user, defaults={**person, "created_at": now}
    )
    if added or membership.ended_at is None:
        return membership, added
    return _reopen(membership, person), True


def _reopen(membership: Membership, person: dict[str, str]) -> Membership:
    for field, value in person.items():
        setattr(membership, field, value)
    membership.is_active = True
    membership.ended_at = None
    membership.save()
    return membership


def _give_role(membership: Membership, role: str, by_user_id: str | None) -> None:
    if checked_choice("role", role, Membership.Role.values) != membership.role:
        _refuse_own(membership, by_user_id)
        _refuse_last_admin(membership)
        membership.role = role


def _refuse_own(membership: Membership, by_user_id: str | None) -> None:
    if membership.user_id == by_user_id:
        raise CannotChangeOwnRole("For this, another admin has to change your role or end your membership.")


def _refuse_last_admin(membership: Membership) -> None:
    """Refuse to lose the last admin; the organization's row lock keeps two admins from leaving at once."""
    others = Membership.objects.for_organization(membership.organization_id).admins().exclude(id=membership.id)
    if membership.role == Membership.Role.ADMIN and not others.exists():
        raise LastAdmin("An organization needs at least one admin.")
