"""The only writer of organizations, people and keys.

Everything is told by id within its organization, so a service handed a foreign id answers as for an unknown one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from accounts import keys
from accounts.models import ApiKey, ContactMethod, Membership, Organization, User
from accounts.models.organization import MAX_ACK_TIMEOUT_MINUTES
from accounts.validation import (
    checked_choice,
    checked_email,
    checked_minutes,
    checked_name,
    checked_optional_email,
    checked_password,
    checked_person_name,
)
from scaling.errors import InvalidInput, NameConflict, NotFound
from scaling.text import name_key

LAST_USED_RESOLUTION = timedelta(minutes=1)
_ORGANIZATION_NAME = "accounts_organization_name"


@transaction.atomic
def create_organization(*, name: str, fallback_email: str = "", now: datetime) -> Organization:
    """Create a tenant without members or keys. Without ``fallback_email`` its admins are the fallback.

    Raises:
        InvalidInput: the name or the address is unusable.
        NameConflict: another organization of the installation bears the name.
    """
    organization = Organization(
        name=checked_name("name", name),
        fallback_email=checked_optional_email("fallback_email", fallback_email),
        created_at=now,
    )
    _save_organization(organization)
    return organization


@transaction.atomic
def update_organization(
    *, organization_id: str, name: str, fallback_email: str, default_ack_timeout_minutes: int, is_active: bool
) -> Organization:
    """Change an organization's settings. The keys of an inactive one are refused from the next request on.

    Raises:
        NotFound: there is no such organization.
        InvalidInput: a value is unusable.
        NameConflict: another organization of the installation bears the name.
    """
    organization = _locked_organization(organization_id)
    organization.name = checked_name("name", name)
    organization.fallback_email = checked_optional_email("fallback_email", fallback_email)
    organization.default_ack_timeout_minutes = checked_minutes(
        "default_ack_timeout_minutes", default_ack_timeout_minutes, most=MAX_ACK_TIMEOUT_MINUTES
    )
    organization.is_active = is_active
    _save_organization(organization)
    return organization


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
    _locked_organization(organization_id)
    user = _login(email, password)
    person = {
        "first_name": checked_person_name("first_name", first_name),
        "last_name": checked_person_name("last_name", last_name),
        "role": checked_choice("role", role, Membership.Role.values),
    }
    membership, added = Membership.objects.get_or_create(
        organization_id=organization_id, user=user, defaults={**person, "created_at": now}
    )
    if added:
        return membership
    if membership.ended_at is None:
        raise InvalidInput([("email", f"{user.email} is a member of this organization already.")])
    return _reopen(membership, person)


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
        InvalidInput: a value is unusable, somebody changes their own role, or nobody else is an admin.
    """
    _locked_organization(organization_id)
    membership = _member(organization_id, membership_id)
    if role != membership.role:
        _refuse_own(membership, by_user_id)
        _refuse_last_admin(membership)
    membership.first_name = checked_person_name("first_name", first_name)
    membership.last_name = checked_person_name("last_name", last_name)
    membership.role = checked_choice("role", role, Membership.Role.values)
    membership.is_active = is_active
    membership.save(update_fields=["first_name", "last_name", "role", "is_active"])
    return membership


@transaction.atomic
def end_membership(
    *, organization_id: str, membership_id: object, by_user_id: str | None = None, now: datetime
) -> Membership:
    """Let a person leave: from now on they are not paged by this organization and see nothing of it.

    Ended already: no change. History keeps naming them.

    Raises:
        NotFound: no such membership.
        InvalidInput: somebody ends their own membership, or nobody else is an admin.
    """
    _locked_organization(organization_id)
    membership = _membership(organization_id, membership_id)
    if membership.ended_at is not None:
        return membership
    _refuse_own(membership, by_user_id)
    _refuse_last_admin(membership)
    membership.ended_at = now
    membership.save(update_fields=["ended_at"])
    return membership


@transaction.atomic
def create_login(*, email: str, is_operator: bool = False) -> User:
    """Create a login without a password and without memberships.

    Raises:
        InvalidInput: the email is unusable or has a login already.
    """
    user = User(email=checked_email("email", email), is_superuser=is_operator)
    user.set_unusable_password()
    _save_login(user)
    return user


@transaction.atomic
def update_login(*, user_id: str, email: str, is_active: bool, is_operator: bool) -> User:
    """Change a login. An inactive one can neither sign in nor be paged, in any organization.

    Raises:
        NotFound: there is no such login.
        InvalidInput: the email is unusable or another login's.
    """
    user = User.objects.select_for_update(no_key=True).filter(id=user_id).first()
    if user is None:
        raise NotFound("No login with that id.")
    user.email = checked_email("email", email)
    user.is_active = is_active
    user.is_superuser = is_operator
    _save_login(user)
    return user


@transaction.atomic
def set_contact_method(
    *, organization_id: str, membership_id: object, address: str, in_use: bool, now: datetime
) -> ContactMethod:
    """Page a person at one more email address, or no longer at it. The account's address always pages.

    An address set by an admin needs no other proof, so it counts as verified. History keeps naming a method that
    has been used, so none is ever deleted.

    Raises:
        NotFound: no such member.
        InvalidInput: the address is unusable.
    """
    membership = _member(organization_id, membership_id)
    method, _ = ContactMethod.objects.get_or_create(
        organization_id=organization_id,
        membership=membership,
        channel=ContactMethod.Channel.EMAIL,
        address=checked_email("address", address),
        defaults={"created_at": now},
    )
    if in_use != (method.verified_at is not None):
        method.verified_at = now if in_use else None
        method.save(update_fields=["verified_at"])
    return method


@transaction.atomic
def create_api_key(
    *,
    organization_id: str,
    name: str,
    scope: str = ApiKey.Scope.WRITE,
    expires_at: datetime | None = None,
    now: datetime,
) -> tuple[ApiKey, str]:
    """Create a key and return it with its full text, which is stored nowhere and cannot be had again.

    Raises:
        NotFound: there is no such organization.
        InvalidInput: a value is unusable, or the expiry is not in the future.
    """
    _locked_organization(organization_id)
    if expires_at is not None and expires_at <= now:
        raise InvalidInput([("expires_at", "must be in the future.")])
    text = keys.make_key()
    key = ApiKey.objects.create(
        organization_id=organization_id,
        name=checked_name("name", name),
        digest=keys.digest(text),
        prefix=keys.shown_prefix(text),
        scope=checked_choice("scope", scope, ApiKey.Scope.values),
        created_at=now,
        expires_at=expires_at,
    )
    return key, text


@transaction.atomic
def revoke_api_key(*, organization_id: str, key_id: str, now: datetime) -> ApiKey:
    """Make a key fail from the very next request on. Revoked already: no change.

    Raises:
        NotFound: the organization has no such key.
    """
    key = ApiKey.objects.select_for_update(no_key=True).filter(organization_id=organization_id, id=key_id).first()
    if key is None:
        raise NotFound("No API key with that id in this organization.")
    if key.revoked_at is None:
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
    return key


@transaction.atomic
def mark_key_used(*, key_id: str, now: datetime) -> None:
    """Note that a key was used, at most once a minute; whoever finds the row locked leaves it to the holder.

    Best effort, after the answer was made: nothing waits for it and no page depends on it. One statement.
    """
    stale = ApiKey.objects.unused_since(now - LAST_USED_RESOLUTION).filter(id=key_id)
    ApiKey.objects.filter(id__in=stale.select_for_update(skip_locked=True, no_key=True).values("id")).update(
        last_used_at=now
    )


def _locked_organization(organization_id: str) -> Organization:
    organization = Organization.objects.select_for_update(no_key=True).filter(id=organization_id).first()
    if organization is None:
        raise NotFound("No organization with that id.")
    return organization


def _save_organization(organization: Organization) -> None:
    try:
        with transaction.atomic():
            organization.save()
    except IntegrityError as error:
        if _ORGANIZATION_NAME not in str(error):
            raise
        raise NameConflict(f"An organization named {organization.name} exists already.") from error


def _login(email: str, password: str | None) -> User:
    address = checked_email("email", email)
    fresh = User(email=address)
    if password is not None:
        checked_password("password", password, fresh)
    user, added = User.objects.get_or_create(
        email_key=name_key(address), defaults={"email": address, "password": make_password(password)}
    )
    if password is not None and not added:
        raise InvalidInput([("password", f"{user.email} has a login already, whose password stays as it is.")])
    return user


def _save_login(user: User) -> None:
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise InvalidInput([("email", f"{user.email} has a login already.")]) from error


def _membership(organization_id: str, membership_id: object) -> Membership:
    membership: Membership | None = (
        Membership.objects.for_organization(organization_id).filter(id=membership_id).first()
    )
    if membership is None:
        raise NotFound("No member with that id in this organization.")
    return membership


def _member(organization_id: str, membership_id: object) -> Membership:
    membership = _membership(organization_id, membership_id)
    if membership.ended_at is not None:
        raise NotFound("That person has left this organization.")
    return membership


def _reopen(membership: Membership, person: dict[str, str]) -> Membership:
    for field, value in person.items():
        setattr(membership, field, value)
    membership.is_active = True
    membership.ended_at = None
    membership.save()
    return membership


def _refuse_own(membership: Membership, by_user_id: str | None) -> None:
    if membership.user_id == by_user_id:
        raise InvalidInput([("role", "another admin has to change your role or end your membership.")])


def _refuse_last_admin(membership: Membership) -> None:
    """Refuse to lose the last admin; the organization's row lock keeps two admins from leaving at once."""
    others = Membership.objects.for_organization(membership.organization_id).admins().exclude(id=membership.id)
    if membership.role == Membership.Role.ADMIN and not others.exists():
        raise InvalidInput([("role", "the organization needs at least one admin.")])
