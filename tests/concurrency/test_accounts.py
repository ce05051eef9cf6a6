"""People who administer an organization at the same moment."""

from __future__ import annotations

import pytest

from accounts import services
from accounts.models import Membership, Organization, User
from scaling.errors import DomainError, InvalidInput, NameConflict
from tests.concurrency.threads import together
from tests.factories.accounts import EPOCH, MembershipFactory, OrganizationFactory

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 20


def refusal_of(call):
    """Return what refused ``call``, or nothing."""

    def attempt():
        try:
            call()
        except DomainError as refusal:
            return type(refusal)
        return None

    return attempt


def test_of_two_equal_names_one_wins():
    for number in range(ROUNDS):
        calls = [
            refusal_of(lambda name=name: services.create_organization(name=name, now=EPOCH))
            for name in (f"Acme {number}", f"ACME {number}")
        ]
        assert sorted(together(*calls), key=str) == [NameConflict, None]
    assert Organization.objects.count() == ROUNDS


def test_two_organizations_add_the_same_new_person_and_share_the_login():
    organizations = OrganizationFactory.create_batch(2)
    for number in range(ROUNDS):
        calls = [
            lambda to=to, email=email: services.add_member(organization_id=to.id, email=email, now=EPOCH)
            for to, email in zip(organizations, (f"a{number}@b.example", f"A{number}@B.example"), strict=True)
        ]
        first, second = together(*calls)
        assert first.user_id == second.user_id
    assert (User.objects.count(), Membership.objects.count()) == (ROUNDS, 2 * ROUNDS)


def test_the_last_two_admins_cannot_both_leave():
    for _ in range(ROUNDS):
        organization = OrganizationFactory()
        calls = [
            refusal_of(
                lambda admin=admin: services.end_membership(
                    organization_id=admin.organization_id, membership_id=admin.id, now=EPOCH
                )
            )
            for admin in MembershipFactory.create_batch(2, organization=organization, admin=True)
        ]
        assert sorted(together(*calls), key=str) == [InvalidInput, None]
    assert Membership.objects.admins().count() == ROUNDS
