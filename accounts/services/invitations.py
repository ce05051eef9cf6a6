"""People are invited into an organization, and join it.

Nobody learns from an invitation whether an address has a login here: not the inviter, who gets the same answer for
every address, and nobody else but its owner, as the link goes to that address alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.hashers import check_password
from django.db import transaction

from accounts.errors import AlreadyMember, InvitationClosed
from accounts.models import Invitation, Membership, User
from accounts.services.finding import locked_organization
from accounts.services.logins import find_or_add_login
from accounts.services.members import admit
from accounts.validation import checked_choice, checked_email, checked_password, checked_person_name
from scaling.errors import InvalidInput, NotFound
from scaling.text import name_key

INVITATION_LIFETIME: Final = timedelta(days=7)


@transaction.atomic
def invite_member(*, organization_id: str, email: str, role: str, actor_id: str, now: datetime) -> Invitation:
    """Invite whoever reads the mail of an address; a worker sends it. Inviting again voids the earlier link.

    Raises:
        NotFound: there is no such organization.
        InvalidInput: a value is unusable.
        AlreadyMember: the address belongs to a member.
    """
    locked_organization(organization_id)
    address = checked_email("email", email)
    members = Membership.objects.for_organization(organization_id).current()
    if members.filter(user__email_key=name_key(address)).exists():
        raise AlreadyMember(f"{address} belongs to a member already.")
    Invitation.objects.for_organization(organization_id).open().filter(email_key=name_key(address)).delete()
    return Invitation.objects.create(
        organization_id=organization_id,
        email=address,
        role=checked_choice("role", role, Membership.Role.values),
        created_by=actor_id,
        created_at=now,
        expires_at=now + INVITATION_LIFETIME,
        next_at=now,
    )


@transaction.atomic
def delete_invitation(*, organization_id: str, invitation_id: str) -> None:
    """Take an invitation back: from now on its link leads nowhere.

    Raises:
        NotFound: the organization has no such invitation that is open.
    """
    locked_organization(organization_id)
    deleted, _ = Invitation.objects.for_organization(organization_id).open().filter(pk=invitation_id).delete()
    if not deleted:
        raise NotFound.of("invitation")


@transaction.atomic
def accept_invitation(
    *, invitation_id: str, first_name: str, last_name: str, password: str, now: datetime
) -> Membership:
    """Let somebody join who holds the link.

    Their login is made now, with ``password``, unless the address has one: then ``password`` has to be its own. One
    that nobody has been able to sign in with so far, made for paging alone, gets the password now, as holding the
    link proves to own the address; an operator's never does.

    Raises:
        InvitationClosed: the invitation was accepted, was deleted or has expired, or its organization is switched off.
        InvalidInput: a name or a new password is unusable, or the password is not that of the login.
    """
    invitation = _locked(invitation_id, now)
    user = _login(invitation.email, password)
    person = {
        "first_name": checked_person_name("first_name", first_name),
        "last_name": checked_person_name("last_name", last_name),
        "role": invitation.role,
    }
    membership, _ = admit(invitation.organization_id, user, person, now)
    invitation.accepted_at = now
    invitation.next_at = None
    invitation.save(update_fields=["accepted_at", "next_at"])
    return membership


def _locked(invitation_id: str, now: datetime) -> Invitation:
    """Return an open invitation under its organization's lock, which whoever deletes it takes as well."""
    rows = Invitation.objects.open().filter(pk=invitation_id)
    organization_id = rows.values_list("organization_id", flat=True).first()
    if organization_id is None:
        raise InvitationClosed
    locked_organization(organization_id)
    invitation = rows.select_related("organization").first()
    if invitation is None or invitation.is_closed(now):
        raise InvitationClosed
    return invitation


def _login(email: str, password: str) -> User:
    user = find_or_add_login(email, None)
    if user.has_usable_password() or user.is_superuser:
        if not user.is_active or not check_password(password, user.password):
            raise InvalidInput([("password", "is not the one of the login this address has here.")])
        return user
    user.set_password(checked_password("password", password, user))
    user.save(update_fields=["password"])
    return user
