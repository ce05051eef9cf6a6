"""People who come into an organization, or change in it, many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from accounts.models import ContactMethod, Invitation, Membership, User
from accounts.services.invitations import INVITATION_LIFETIME
from accounts.validation import checked_address, checked_email
from scaling.text import name_key

_AT_ONCE: Final = 1000


class Newcomer(NamedTuple):
    """Somebody who is to be a member; ``addresses`` are further ones of theirs, to be verified."""

    email: str
    first_name: str
    last_name: str
    is_active: bool
    addresses: tuple[str, ...] = ()


class Revision(NamedTuple):
    """What the organization is to say of a member."""

    first_name: str
    last_name: str
    is_active: bool


def admit_people(organization_id: str, newcomers: Sequence[Newcomer], *, actor_id: str, now: datetime) -> None:
    """Make people members, in a transaction that has locked the organization. At most eight statements a thousand.

    Their account's email pages from now on, verified or not. Whoever is active is invited by mail, so that they can
    sign in: as with any invitation, nobody learns whether an address has a login here. Somebody who left comes back as
    the member they were, under the name given.

    Raises:
        InvalidInput: an email address is none.
    """
    for start in range(0, len(newcomers), _AT_ONCE):
        _admit(organization_id, newcomers[start : start + _AT_ONCE], actor_id, now)


def revise_people(organization_id: str, revisions: Mapping[str, Revision]) -> None:
    """Change members, named by the key of their email, in a transaction that has locked the organization.

    Whoever is no member is passed over. Two statements a thousand.
    """
    rows = Membership.objects.for_organization(organization_id).select_related("user")
    members = list(rows.filter(user__email_key__in=revisions.keys()))
    for member in members:
        member.first_name, member.last_name, member.is_active = revisions[member.user.email_key]
    _write_again(members, Revision._fields)


def _admit(organization_id: str, newcomers: Sequence[Newcomer], actor_id: str, now: datetime) -> None:
    by_key = {name_key(each.email): each for each in newcomers}
    logins = _logins(by_key.values())
    members = _members(organization_id, by_key, logins, now)
    _invite(organization_id, [each for each in by_key.values() if each.is_active], actor_id, now)
    methods = (
        ContactMethod(
            organization_id=organization_id,
            membership=members[key],
            channel=ContactMethod.Channel.EMAIL,
            address=address,
            shown=address,
            created_at=now,
        )
        for key, each in by_key.items()
        for address in _addresses(each)
    )
    ContactMethod.objects.bulk_create(methods, ignore_conflicts=True)  # those who come back may have them already


def _addresses(newcomer: Newcomer) -> Iterable[str]:
    return dict.fromkeys(checked_address("address", ContactMethod.Channel.EMAIL, each) for each in newcomer.addresses)


def _logins(newcomers: Iterable[Newcomer]) -> Mapping[str, User]:
    """Return the logins of people by the keys of their addresses, made now without a password where there is none."""
    fresh = {name_key(each.email): User(email=checked_email("email", each.email)) for each in newcomers}
    known = User.objects.filter(email_key__in=fresh).values_list("email_key", flat=True)
    missing = [user for key, user in fresh.items() if key not in set(known)]
    for user in missing:
        user.set_unusable_password()
    User.objects.bulk_create(missing, ignore_conflicts=True)
    return {user.email_key: user for user in User.objects.filter(email_key__in=fresh)}


def _members(
    organization_id: str, newcomers: Mapping[str, Newcomer], logins: Mapping[str, User], now: datetime
) -> Mapping[str, Membership]:
    users = {logins[key].pk: key for key in newcomers}
    known = Membership.objects.for_organization(organization_id).filter(user_id__in=users)
    back = {users[member.user_id]: member for member in known}
    new = {
        key: Membership(organization_id=organization_id, user=logins[key], created_at=now)
        for key in newcomers
        if key not in back
    }
    for key, member in {**back, **new}.items():
        _, member.first_name, member.last_name, member.is_active, _ = newcomers[key]
        member.ended_at = None
    for member in back.values():
        member.role = Membership.Role.MEMBER
    _write_again(back.values(), [*Revision._fields, "ended_at", "role"])
    Membership.objects.bulk_create(new.values())
    return {**back, **new}


def _write_again(members: Iterable[Membership], fields: Collection[str]) -> None:
    """Write fields of members who are there: an insert that meets them writes over them."""
    Membership.objects.bulk_create(
        members, batch_size=_AT_ONCE, update_conflicts=True, unique_fields=["id"], update_fields=fields
    )


def _invite(organization_id: str, newcomers: Sequence[Newcomer], actor_id: str, now: datetime) -> None:
    invitations = Invitation.objects.for_organization(organization_id).open()
    invitations.filter(email_key__in=[name_key(each.email) for each in newcomers]).delete()
    Invitation.objects.bulk_create(
        Invitation(
            organization_id=organization_id,
            email=each.email,
            created_by=actor_id,
            created_at=now,
            expires_at=now + INVITATION_LIFETIME,
            next_at=now,
        )
        for each in newcomers
    )
