"""People who administer an organization at the same moment."""

from __future__ import annotations

import pytest

from accounts import services
from accounts.errors import InvitationClosed, LastAdmin
from accounts.models import Invitation, Membership, Organization, User
from scaling.errors import DomainError, NameConflict, NotFound
from tests.concurrency.threads import together
from tests.factories.accounts import EPOCH, InvitationFactory, MembershipFactory, OrganizationFactory

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 20


def refusal_of(call):
    """Return what refused ``call``, or nothing."""

    def attempt():
        try:
            call()
        except (DomainError, InvitationClosed) as refusal:
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
        assert sorted(together(*calls), key=str) == [LastAdmin, None]
    assert Membership.objects.admins().count() == ROUNDS


def test_two_admins_cannot_demote_each_other():
    for _ in range(ROUNDS):
        organization = OrganizationFactory()
        calls = [
            refusal_of(
                lambda admin=admin: services.change_role(
                    organization_id=admin.organization_id, user_id=admin.user_id, role="member"
                )
            )
            for admin in MembershipFactory.create_batch(2, organization=organization, admin=True)
        ]
        assert sorted(together(*calls), key=str) == [LastAdmin, None]
    assert Membership.objects.admins().count() == ROUNDS


def accepting(invitation):
    return refusal_of(
        lambda: services.accept_invitation(
            invitation_id=invitation.pk, first_name="", last_name="", password="correct horse battery", now=EPOCH
        )
    )


def test_an_invitation_is_accepted_once():
    for _ in range(ROUNDS):
        invitation = InvitationFactory()
        assert sorted(together(accepting(invitation), accepting(invitation)), key=str) == [InvitationClosed, None]
    assert Membership.objects.count() == ROUNDS


def test_an_invitation_is_deleted_or_accepted_and_never_both():
    for _ in range(ROUNDS):
        invitation = InvitationFactory()
        deleting = refusal_of(
            lambda invitation=invitation: services.delete_invitation(
                organization_id=invitation.organization_id, invitation_id=invitation.pk
            )
        )
        refused = together(accepting(invitation), deleting)
        assert refused in ([None, NotFound], [InvitationClosed, None])
        joined = Membership.objects.filter(organization_id=invitation.organization_id).exists()
        assert joined == (refused[0] is None)


def test_a_person_invited_twice_at_once_has_one_open_invitation():
    for number in range(ROUNDS):
        organization = OrganizationFactory()
        calls = [
            refusal_of(
                lambda email=email, to=organization: services.invite_member(
                    organization_id=to.pk, email=email, role="member", actor_id="key_test", now=EPOCH
                )
            )
            for email in (f"a{number}@b.example", f"A{number}@b.example")
        ]
        assert together(*calls) == [None, None]
    assert Invitation.objects.count() == ROUNDS
