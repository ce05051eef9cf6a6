"""The page of people: how each is reached, who is invited, and who leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.utils import timezone

from accounts.models import Invitation, Membership
from accounts.services import invite_member
from tests.admin_pages import statements
from tests.factories.accounts import ContactMethodFactory, MembershipFactory

PEOPLE = "/admin/accounts/membership/"
INVITE = f"{PEOPLE}invite/"


def text(client, path=PEOPLE):
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode().replace("\xa0", " ")


def invited(acme, email="eve@acme.example", at=None, **fields):
    return invite_member(
        organization_id=acme.pk, email=email, role="member", actor_id="user_a", now=at or timezone.now(), **fields
    )


def again(invitation):
    return f"{PEOPLE}invitations/{invitation.pk}/again/"


def withdraw(invitation):
    return f"{PEOPLE}invitations/{invitation.pk}/withdraw/"


class TestList:
    def test_it_says_how_somebody_is_reached_and_whether_they_are_paged(self, as_alice, acme, bob):
        for verified_at in (timezone.now(), None):
            ContactMethodFactory(membership=bob, verified_at=verified_at)
        MembershipFactory(organization=acme, is_active=False)
        MembershipFactory(organization=acme, ended=True)
        page = text(as_alice)
        for words in ("email and 1 more", "is paged", "is not paged", "left 2026-01-06"):
            assert words in page

    def test_admins_see_who_signs_in_with_a_second_factor(self, as_alice, as_bob, bob):
        assert "not set" in text(as_alice)
        for kind in ("recovery_codes", "totp"):
            Authenticator.objects.create(user=bob.user, type=kind, data={})
        assert "not set" in text(as_alice)  # Alice's own
        assert text(as_alice).count("not set") == 1
        assert "second factor" not in text(as_bob).lower()

    def test_titles_speak_of_people(self, as_alice, bob):
        assert "person" in text(as_alice, f"{PEOPLE}add/").lower()
        assert "membership to" not in text(as_alice)

    def test_it_costs_the_same_for_few_and_for_many(self, as_alice, acme):
        costs = []
        for more in (1, 15):
            for number in range(more):
                ContactMethodFactory(membership=MembershipFactory(organization=acme))
                invited(acme, f"{more}-{number}@acme.example")
            costs.append(statements(as_alice, PEOPLE))
        assert costs[0] == costs[1]
        assert costs[0] <= 10


class TestInvitations:
    def test_an_admin_invites_somebody(self, as_alice, alice, acme):
        assert as_alice.post(INVITE, {"email": "eve@acme.example", "role": "admin"}).status_code == 302
        made = Invitation.objects.get()
        assert (made.organization, made.email, made.role, made.created_by) == (
            acme,
            "eve@acme.example",
            "admin",
            alice.user_id,
        )
        page = text(as_alice)
        assert "its mail is not out yet; the link ends in" in page
        assert "eve@acme.example" in page

    @pytest.mark.parametrize(
        ("sent", "field", "words"),
        [
            ({"email": "BOB@acme.example", "role": "member"}, "email", "belongs to a member already"),
            ({"email": "nobody", "role": "member"}, "email", "valid email"),
            ({"email": "eve@acme.example", "role": "owner"}, "role", "valid choice"),
        ],
    )
    def test_what_is_refused_is_told_beside_its_field(self, as_alice, bob, sent, field, words):
        answer = as_alice.post(INVITE, sent)
        assert words in str(answer.context["form"].errors[field])
        assert words in answer.content.decode()
        assert not Invitation.objects.exists()

    def test_a_form_of_another_organization_invites_nobody(self, as_alice, acme, rival):
        sent = {"email": "eve@acme.example", "role": "member", "opened_in": rival.pk}
        assert as_alice.post(INVITE, sent).status_code == 302
        assert not Invitation.objects.exists()

    def test_one_is_sent_again_with_a_new_link(self, as_alice, acme):
        old = invited(acme, at=timezone.now() - timedelta(days=8))
        assert "expired" in text(as_alice)
        as_alice.post(again(old))
        (new,) = Invitation.objects.all()
        assert new.pk != old.pk
        assert "expired" not in text(as_alice)

    def test_one_is_withdrawn(self, as_alice, acme):
        answer = as_alice.post(withdraw(invited(acme)), follow=True)
        assert "its link leads nowhere" in answer.content.decode()
        assert not Invitation.objects.exists()

    @pytest.mark.parametrize("address", [again, withdraw])
    def test_one_of_another_organization_is_as_unknown_as_none(self, as_alice, rival, address):
        theirs = invited(rival)
        told = [
            as_alice.post(path, follow=True).content.decode().count("No invitation")
            for path in (address(theirs), address(Invitation(pk="orginv_none")))
        ]
        assert told[0] == told[1]
        assert list(Invitation.objects.all()) == [theirs]
        assert "eve@acme.example" not in text(as_alice)

    def test_members_neither_see_nor_make_any(self, as_bob, acme):
        made = invited(acme)
        assert "eve@acme.example" not in text(as_bob)
        assert as_bob.get(INVITE).status_code == 403
        for address in (again, withdraw):
            assert as_bob.post(address(made)).status_code == 403
            assert as_bob.get(address(made)).status_code == 405
        assert list(Invitation.objects.all()) == [made]


class TestLeaving:
    def end(self, client, member, **sent):
        return client.post(f"{PEOPLE}{member.pk}/end/", sent, follow=True)

    def test_it_is_asked_first(self, as_alice, bob):
        assert f"{PEOPLE}{bob.pk}/end/" in text(as_alice, f"{PEOPLE}{bob.pk}/change/")
        assert "Bob" in self.end(as_alice, bob).content.decode()
        assert Membership.objects.get(pk=bob.pk).ended_at is None
        assert "Left: Bob" in self.end(as_alice, bob, confirmed="yes").content.decode()
        assert Membership.objects.get(pk=bob.pk).ended_at is not None
        assert f"{PEOPLE}{bob.pk}/end/" not in text(as_alice, f"{PEOPLE}{bob.pk}/change/")

    def test_the_action_asks_first_too(self, as_alice, bob):
        asked = as_alice.post(PEOPLE, {"action": "end", "_selected_action": [str(bob.pk)]})
        assert f'name="_selected_action" value="{bob.pk}"' in asked.content.decode()
        assert Membership.objects.get(pk=bob.pk).ended_at is None

    def test_the_last_admin_stays(self, as_olivia, alice):
        assert "needs at least one admin" in self.end(as_olivia, alice, confirmed="yes").content.decode()
        assert Membership.objects.get(pk=alice.pk).ended_at is None

    def test_members_end_nobody(self, as_bob, alice):
        assert self.end(as_bob, alice, confirmed="yes").status_code == 403
        assert Membership.objects.get(pk=alice.pk).ended_at is None
