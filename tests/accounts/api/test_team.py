"""The team's endpoints (contract section 8)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import services
from accounts.models import Invitation, Membership
from scaling import clock
from tests.factories.accounts import (
    EPOCH,
    ApiKeyFactory,
    InvitationFactory,
    MembershipFactory,
    OrganizationFactory,
    UserFactory,
)
from tests.fixtures.accounts import ApiClient

pytestmark = pytest.mark.django_db

MEMBERS = "/v1/team/members"
NOW = EPOCH + timedelta(days=100)


@pytest.fixture(autouse=True)
def _at(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def ada(organization):
    return MembershipFactory(
        organization=organization, admin=True, first_name="Ada", last_name="", user__email="ada@example.org"
    )


@pytest.fixture
def bob(organization):
    return MembershipFactory(
        organization=organization, first_name="Bob", last_name="Lindqvist", user__email="bob@example.org"
    )


def invite(client, email="new@example.org", role="org:member", **options):
    return client.post(f"{MEMBERS}/invite", {"emailAddress": email, "role": role}, **options)


def change_role(client, member, role):
    return client.patch(f"{MEMBERS}/{member.user_id}/role", {"role": role})


def remove(client, member):
    return client.delete(f"{MEMBERS}/{member.user_id}")


def refusal(response):
    return response.status_code, response.json()["code"]


class TestList:
    def test_tells_members_and_invitations_to_the_byte(self, api, organization, ada, bob):
        invited = InvitationFactory(organization=organization, email="cy@example.org", role="admin", created_at=NOW)
        InvitationFactory(organization=organization, accepted_at=NOW)
        MembershipFactory(organization=organization, ended=True)
        MembershipFactory()
        InvitationFactory()
        joined = [f"{one.created_at:%Y-%m-%dT%H:%M:%S.000Z}" for one in (ada, bob)]
        assert api.get(MEMBERS).content.decode() == (
            '{"data":{"members":['
            f'{{"id":"{ada.user_id}","email":"ada@example.org","firstName":"Ada","lastName":null,"imageUrl":null,'
            f'"role":"org:admin","joinedAt":"{joined[0]}"}},'
            f'{{"id":"{bob.user_id}","email":"bob@example.org","firstName":"Bob","lastName":"Lindqvist",'
            f'"imageUrl":null,"role":"org:member","joinedAt":"{joined[1]}"}}'
            '],"invitations":['
            f'{{"id":"{invited.pk}","emailAddress":"cy@example.org","role":"org:admin","status":"pending",'
            f'"createdAt":"{NOW:%Y-%m-%dT%H:%M:%S.000Z}"}}'
            "]}}"
        )

    def test_tells_an_invitation_that_has_expired(self, api, organization):
        InvitationFactory(organization=organization, created_at=NOW - timedelta(days=7))
        InvitationFactory(organization=organization, created_at=NOW - timedelta(days=7) + timedelta(seconds=1))
        statuses = [one["status"] for one in api.get(MEMBERS).json()["data"]["invitations"]]
        assert statuses == ["expired", "pending"]

    @pytest.mark.parametrize("size", [1, 30])
    def test_costs_the_same_for_few_and_many(self, api, organization, size):
        MembershipFactory.create_batch(size, organization=organization)
        InvitationFactory.create_batch(size, organization=organization)
        with CaptureQueriesContext(connection) as statements:
            team = api.get(MEMBERS).json()["data"]
        assert [len(team["members"]), len(team["invitations"])] == [size, size]
        assert len(statements) == 3


class TestInvite:
    def test_answers_with_the_invitation_and_lets_the_mail_be_sent(self, api, api_key, organization):
        response = invite(api, " new@example.org ", "org:admin")
        row = Invitation.objects.get()
        assert response.status_code == 201
        assert response.json()["data"] == {
            "id": row.pk,
            "emailAddress": "new@example.org",
            "role": "org:admin",
            "status": "pending",
            "createdAt": f"{NOW:%Y-%m-%dT%H:%M:%S.000Z}",
        }
        assert row.pk.startswith("orginv_")
        assert (row.organization_id, row.created_by, row.next_at) == (organization.pk, api_key.pk, NOW)
        assert row.expires_at == NOW + timedelta(days=7)
        assert not Membership.objects.exists()

    def test_answers_alike_for_an_address_that_is_known_and_one_that_is_not(self, api):
        UserFactory(email="known@example.org")
        UserFactory(email="inactive@example.org", is_active=False)
        MembershipFactory(user__email="elsewhere@example.org")
        bodies = []
        for who in ("known", "inactive", "elsewhere", "unknown"):
            with CaptureQueriesContext(connection) as statements:
                response = invite(api, f"{who}@example.org")
            told = response.json()["data"]
            told.pop("id")
            bodies.append((response.status_code, {**told, "emailAddress": ""}, len(statements)))
        assert bodies.count(bodies[0]) == 4

    def test_again_voids_the_earlier_invitation(self, api):
        first, second = (invite(api, email).json()["data"] for email in ("new@example.org", "NEW@example.org"))
        assert [one.pk for one in Invitation.objects.all()] == [second["id"]]
        assert first["id"] != second["id"]

    def test_leaves_what_other_organizations_have_invited(self, api):
        InvitationFactory(email="new@example.org")
        assert invite(api).status_code == 201
        assert Invitation.objects.count() == 2

    def test_refuses_the_address_of_a_member(self, api, ada):
        response = invite(api, "ADA@example.org")
        assert refusal(response) == (400, "invalid_request_error")
        assert "member already" in response.json()["message"]
        assert not Invitation.objects.exists()

    def test_takes_back_somebody_who_left(self, api, organization):
        MembershipFactory(organization=organization, ended=True, user__email="left@example.org")
        assert invite(api, "left@example.org").status_code == 201

    @pytest.mark.parametrize(
        ("sent", "fields"),
        [
            ({}, ["emailAddress", "role"]),
            ({"emailAddress": "new@example.org"}, ["role"]),
            ({"emailAddress": "", "role": "org:member"}, ["emailAddress"]),
            ({"emailAddress": "new", "role": "org:member"}, ["emailAddress"]),
            ({"emailAddress": "a@b\n.example", "role": "org:member"}, ["emailAddress"]),
            ({"emailAddress": 5, "role": "org:member"}, ["emailAddress"]),
            ({"emailAddress": None, "role": "org:member"}, ["emailAddress"]),
            ({"emailAddress": ["new@example.org"], "role": "org:member"}, ["emailAddress"]),
            ({"emailAddress": "x" * 310 + "@example.org", "role": "org:member"}, ["emailAddress"]),
            ({"emailAddress": "new@example.org", "role": "admin"}, ["role"]),
            ({"emailAddress": "new@example.org", "role": "org:owner"}, ["role"]),
            ({"emailAddress": "new@example.org", "role": None}, ["role"]),
            ({"emailAddress": "new@example.org", "role": "org:member", "name": "x"}, ["name"]),
        ],
    )
    def test_a_wrong_body_is_400_and_names_the_fields(self, api, sent, fields):
        response = api.post(f"{MEMBERS}/invite", sent)
        assert refusal(response) == (400, "invalid_request_error")
        assert [error["field"] for error in response.json()["errors"]] == fields
        assert not Invitation.objects.exists()

    def test_repeated_under_its_name_invites_once(self, api):
        answers = [invite(api, headers={"Idempotency-Key": "k"}) for _ in range(2)]
        assert answers[0].content == answers[1].content
        assert Invitation.objects.count() == 1

    def test_is_limited_to_so_many_an_hour(self, api, monkeypatch):
        monkeypatch.setattr("accounts.api.team.INVITATIONS_AN_HOUR", 1)
        assert invite(api, "a@example.org").status_code == 201
        response = invite(api, "b@example.org")
        assert refusal(response) == (429, "rate_limited")
        assert int(response["Retry-After"]) > 0
        assert Invitation.objects.count() == 1


class TestRole:
    def test_makes_a_member_an_admin_and_back(self, api, ada, bob):
        for role in ("org:admin", "org:member"):
            told = change_role(api, bob, role).json()["data"]
            assert (told["id"], told["email"], told["role"]) == (bob.user_id, "bob@example.org", role)
            assert f"org:{Membership.objects.get(pk=bob.pk).role}" == role

    def test_the_same_again_changes_nothing(self, api, ada):
        assert change_role(api, ada, "org:admin").status_code == 200

    def test_the_last_admin_stays_one(self, api, ada, bob):
        assert refusal(change_role(api, ada, "org:member")) == (400, "last_admin")
        assert refusal(remove(api, ada)) == (400, "last_admin")
        assert Membership.objects.admins().get() == ada

    def test_nobody_changes_their_own_role_through_a_key_of_theirs(self, organization, ada, bob):
        change_role(ApiClient(ApiKeyFactory(organization=organization).text), bob, "org:admin")
        key = ApiClient(ApiKeyFactory(organization=organization, created_by=ada.user_id).text)
        assert refusal(change_role(key, ada, "org:member")) == (400, "cannot_change_own_role")
        assert refusal(remove(key, ada)) == (400, "cannot_change_own_role")
        assert change_role(key, bob, "org:member").status_code == 200

    def test_of_somebody_who_left_is_not_found(self, api, organization):
        left = MembershipFactory(organization=organization, ended=True)
        assert refusal(change_role(api, left, "org:admin")) == (404, "not_found")
        assert refusal(remove(api, left)) == (404, "not_found")

    @pytest.mark.parametrize("sent", [{}, {"role": "admin"}, {"role": None}, {"role": ["org:admin"]}, {"roles": "x"}])
    def test_names_the_field_that_is_wrong(self, api, bob, sent):
        response = api.patch(f"{MEMBERS}/{bob.user_id}/role", sent)
        assert refusal(response) == (422, "validation_error")


class TestRemove:
    def test_ends_the_membership_at_once(self, api, ada, bob):
        response = remove(api, bob)
        assert (response.status_code, response.json()) == (200, {"success": True})
        assert Membership.objects.get(pk=bob.pk).ended_at == NOW
        assert [one["id"] for one in api.get(MEMBERS).json()["data"]["members"]] == [ada.user_id]

    def test_an_invitation_taken_back_is_gone(self, api, organization):
        invitation = InvitationFactory(organization=organization)
        path = f"{MEMBERS}/invitations/{invitation.pk}"
        assert (api.delete(path).status_code, Invitation.objects.count()) == (200, 0)
        assert refusal(api.delete(path)) == (404, "not_found")

    def test_an_accepted_invitation_is_none_any_more(self, api, organization):
        invitation = InvitationFactory(organization=organization, accepted_at=NOW)
        assert refusal(api.delete(f"{MEMBERS}/invitations/{invitation.pk}")) == (404, "not_found")


@pytest.mark.parametrize("name", ["x", "user_", "user_%00", "USER_06H", "user_" + "0" * 300, "%F0%9F%92%A9", "..."])
def test_a_malformed_id_is_not_found(api, name):
    assert refusal(api.delete(f"{MEMBERS}/{name}")) == (404, "not_found")
    assert refusal(api.patch(f"{MEMBERS}/{name}/role", {"role": "org:admin"})) == (404, "not_found")
    assert refusal(api.delete(f"{MEMBERS}/invitations/{name}")) == (404, "not_found")


def test_what_has_no_version_matches_any_and_no_other(api, ada, bob):
    path = f"{MEMBERS}/{bob.user_id}"
    assert refusal(api.delete(path, headers={"If-Match": '"x.1"'})) == (412, "precondition_failed")
    assert api.delete(path, headers={"If-Match": "*"}).status_code == 200


@pytest.mark.parametrize("scope", ["read", "trigger"])
def test_whoever_is_no_admin_gets_401_from_every_endpoint(organization, ada, bob, scope):
    client = ApiClient(ApiKeyFactory(organization=organization, scope=scope).text)
    answers = [
        client.get(MEMBERS),
        invite(client),
        change_role(client, bob, "org:admin"),
        remove(client, bob),
        client.delete(f"{MEMBERS}/invitations/{InvitationFactory(organization=organization).pk}"),
    ]
    assert [refusal(answer) for answer in answers] == [(401, "not_authorized")] * 5
    assert {answer.json()["reason"] for answer in answers} == {"admin_required"}
    assert {answer["WWW-Authenticate"] for answer in answers} == {"Bearer"}
    assert client.post(MEMBERS, {}).status_code == 405


def test_a_key_made_in_the_admin_knows_its_maker(organization, ada):
    key, _ = services.create_api_key(organization_id=organization.pk, name="CI", by_user_id=ada.user_id, now=NOW)
    assert key.created_by == ada.user_id


def test_members_of_another_organization_are_nobody(api):
    stranger = MembershipFactory(organization=OrganizationFactory())
    assert refusal(remove(api, stranger)) == (404, "not_found")
    assert Membership.objects.get().ended_at is None
