"""Rows that services begin with: the organization and its people, by id within it."""

from __future__ import annotations

from accounts.models import Membership, Organization
from accounts.models.membership import MembershipQuerySet
from scaling.errors import NotFound


def locked_organization(organization_id: str) -> Organization:
    """Return the organization, its row locked until the transaction ends; raise ``NotFound`` if there is none."""
    organization = Organization.objects.select_for_update(no_key=True).filter(id=organization_id).first()
    if organization is None:
        raise NotFound("No organization with that id.")
    return organization


def find_membership(organization_id: str, membership_id: object) -> Membership:
    """Return a membership, also one that has ended; raise ``NotFound`` if the organization has no such one."""
    return _membership(Membership.objects.all(), organization_id, membership_id)


def find_member(organization_id: str, membership_id: object) -> Membership:
    """Return the membership of somebody who has not left; raise ``NotFound`` if the organization has no such member."""
    return _current(find_membership(organization_id, membership_id))


def locked_member(organization_id: str, membership_id: object) -> Membership:
    """Return what ``find_member`` does, its row locked until the transaction ends."""
    rows = Membership.objects.select_for_update(no_key=True)
    return _current(_membership(rows, organization_id, membership_id))


def current_member(organization_id: str, user_id: str) -> Membership | None:
    """Return the membership, with its login, of a user who has not left; None if there is none. One query."""
    members = Membership.objects.for_organization(organization_id).current().select_related("user")
    found: Membership | None = members.filter(user_id=user_id).first()
    return found


def find_member_by_user(organization_id: str, user_id: str) -> Membership:
    """Return what ``current_member`` does; raise ``NotFound`` if there is none."""
    found = current_member(organization_id, user_id)
    if found is None:
        raise NotFound.of("member")
    return found


def _membership(rows: MembershipQuerySet, organization_id: str, membership_id: object) -> Membership:
    membership: Membership | None = rows.for_organization(organization_id).filter(id=membership_id).first()
    if membership is None:
        raise NotFound("No member with that id in this organization.")
    return membership


def _current(membership: Membership) -> Membership:
    if membership.ended_at is not None:
        raise NotFound("That person has left this organization.")
    return membership
