"""Who gets into the admin, and in which organization they act there."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.acting import acting
from accounts.models import Membership
from tests.admin_pages import sign_in
from tests.factories.accounts import EPOCH, PASSWORD, MembershipFactory, OrganizationFactory, UserFactory

PEOPLE = "/admin/accounts/membership/"
SWITCH = "/admin/organization/"


def log_in(email, password=PASSWORD, client=None, **query):
    client = client or Client()
    response = client.post(reverse("account_login", query=query), {"login": email, "password": password})
    return client, response


def acts_in(client):
    return client.get("/admin/").context["acting"].organization


def switch(client, organization):
    return client.post(SWITCH, {"organization": organization.id})


@pytest.fixture
def dora(acme, rival):
    """Dora is a member of Acme, and joined Rival, which she runs, later."""
    user = UserFactory(email="dora@example.org")
    MembershipFactory(organization=acme, user=user, created_at=EPOCH)
    MembershipFactory(organization=rival, user=user, created_at=timezone.now(), admin=True)
    return user


class TestLogin:
    def test_a_stranger_is_asked_to_log_in(self, db):
        for path in ("/admin/", PEOPLE, SWITCH):
            assert Client().get(path)["Location"].startswith("/admin/login/")

    def test_there_is_one_page_to_sign_in_at(self, alice):
        asked = Client().get("/admin/login/", query_params={"next": PEOPLE})
        assert (asked.status_code, asked["Location"]) == (302, f"/sign-in?next={PEOPLE}")
        assert sign_in(alice.user).get("/admin/login/")["Location"] == "/admin/"

    def test_the_admin_is_found_without_its_last_slash(self, as_alice):
        assert as_alice.get("/admin")["Location"] == "/admin/"

    @pytest.mark.parametrize("email", ["alice@acme.example", "ALICE@Acme.Example"])
    def test_an_email_is_compared_without_case(self, alice, email):
        client, response = log_in(email, next="/admin/")
        assert (response.status_code, response["Location"]) == (302, "/admin/")
        assert client.get("/admin/").status_code == 200

    @pytest.mark.parametrize(
        ("email", "password"), [("alice@acme.example", "wrong"), ("nobody@acme.example", PASSWORD)]
    )
    def test_a_wrong_password_and_an_unknown_email_look_alike(self, alice, email, password):
        _, response = log_in(email, password)
        assert response.status_code == 200
        assert b"The email and the password do not belong together." in response.content

    def test_an_inactive_login_cannot_enter(self, alice):
        client = sign_in(alice.user)
        services.update_login(user_id=alice.user_id, email=alice.user.email, is_active=False, is_operator=False)
        assert client.get("/admin/").status_code == 302
        assert log_in(alice.user.email)[1].status_code == 200

    def test_a_person_without_a_password_cannot_enter(self, acme):
        member = services.add_member(organization_id=acme.id, email="eve@acme.example", now=EPOCH)
        for password in ("", "!", member.user.password):
            assert log_in("eve@acme.example", password)[1].status_code == 200

    def test_a_login_without_an_organization_sees_nothing(self, db):
        client, _ = log_in(UserFactory().email)
        response = client.get("/admin/", follow=True)
        assert response.request["PATH_INFO"] == "/admin/login/"

    @pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
    def test_a_login_leads_to_no_other_site(self, alice, target):
        _, response = log_in(alice.user.email, next=target)
        assert response["Location"] == "/me"

    def test_the_session_gets_a_new_id_at_login_and_ends_with_a_new_password(self, alice):
        client = Client()
        client.get("/sign-in")
        session = client.session
        session["fixed"] = True
        session.save()
        log_in(alice.user.email, client=client)
        assert client.session.session_key != session.session_key
        alice.user.set_password("another secret of mine")
        alice.user.save()
        assert client.get("/admin/").status_code == 302

    def test_a_post_without_a_token_is_refused(self, alice):
        client = Client(enforce_csrf_checks=True)
        client.force_login(alice.user)
        assert client.post(f"{PEOPLE}add/", {"email": "x@acme.example"}).status_code == 403

    def test_the_admin_cannot_be_framed(self, as_alice):
        assert as_alice.get("/admin/")["X-Frame-Options"] == "DENY"


class TestActing:
    def test_somebody_acts_where_they_belong(self, as_alice, acme):
        assert acts_in(as_alice) == acme
        assert b"Acme" in as_alice.get("/admin/").content

    def test_somebody_with_several_starts_where_they_joined_first(self, dora, acme):
        assert acts_in(sign_in(dora)) == acme

    def test_a_switch_holds_for_the_session_and_brings_the_role_of_that_membership(self, dora, acme, rival, bob):
        client = sign_in(dora)
        assert client.get(f"{PEOPLE}add/").status_code == 403
        assert switch(client, rival)["Location"] == "/admin/"
        assert acts_in(client) == rival
        assert client.get(f"{PEOPLE}add/").status_code == 200
        assert b"Bob" not in client.get(PEOPLE).content
        assert acts_in(sign_in(dora)) == acme

    def test_the_switch_offers_where_one_belongs(self, dora, acme, rival):
        OrganizationFactory(name="Elsewhere")
        gone = MembershipFactory(user=dora, ended=True).organization
        offered = sign_in(dora).get(SWITCH).context["organizations"]
        assert list(offered) == [acme, rival]
        assert gone not in offered

    def test_nobody_switches_to_where_they_do_not_belong(self, as_alice, acme, rival):
        for organization_id in (rival.id, "org_unknown", ""):
            response = as_alice.post(SWITCH, {"organization": organization_id}, follow=True)
            assert b"There is no such organization" in response.content
        assert acts_in(as_alice) == acme

    def test_looking_at_the_switch_changes_nothing(self, dora, acme, rival):
        client = sign_in(dora)
        client.get(SWITCH, {"organization": rival.id})
        assert acts_in(client) == acme

    def test_an_ended_membership_ends_on_the_next_request(self, as_bob, alice, bob, acme):
        assert as_bob.get(PEOPLE).status_code == 200
        services.end_membership(organization_id=acme.id, membership_id=bob.id, now=timezone.now())
        assert as_bob.get(PEOPLE).status_code == 302

    def test_who_left_the_organization_they_act_in_acts_in_another(self, dora, acme, rival):
        client = sign_in(dora)
        switch(client, rival)
        Membership.objects.filter(user=dora, organization=rival).update(ended_at=EPOCH)
        assert acts_in(client) == acme
        assert client.get(f"{PEOPLE}add/").status_code == 403

    def test_an_inactive_organization_is_closed(self, as_alice, as_olivia, acme):
        services.update_organization(
            organization_id=acme.id, name="Acme", fallback_email="", default_ack_timeout_minutes=5, is_active=False
        )
        assert as_alice.get("/admin/").status_code == 302
        assert acts_in(as_olivia) is None

    def test_an_operator_acts_anywhere_as_an_admin(self, as_olivia, acme, rival):
        assert acts_in(as_olivia) == acme
        switch(as_olivia, rival)
        assert acts_in(as_olivia) == rival
        assert as_olivia.get(f"{PEOPLE}add/").status_code == 200

    def test_an_operator_starts_where_they_belong(self, olivia, acme, rival):
        MembershipFactory(organization=rival, user=olivia)
        assert acts_in(sign_in(olivia)) == rival

    def test_an_operator_of_an_empty_installation_can_begin(self, as_olivia):
        assert as_olivia.get("/admin/").status_code == 200
        assert as_olivia.get("/admin/accounts/organization/add/").status_code == 200
        assert as_olivia.get(PEOPLE).status_code == 403

    def test_a_form_opened_before_a_switch_saves_nothing_after_it(self, as_olivia, acme, rival):
        path = f"{PEOPLE}add/"
        opened_in = re.search(r'name="opened_in" value="([^"]+)"', as_olivia.get(path).content.decode())[1]
        sent = {"opened_in": opened_in, "email": "eve@acme.example", "first_name": "Eve", "role": "member"}
        switch(as_olivia, rival)
        answer = as_olivia.post(path, sent, follow=True)
        assert b"belonged to another organization" in answer.content
        assert not Membership.objects.exists()
        switch(as_olivia, acme)
        as_olivia.post(path, sent)
        assert Membership.objects.get().organization == acme

    def test_finding_out_costs_one_statement(self, dora, olivia, rf, django_assert_num_queries):
        for user in (dora, olivia):
            request = rf.get("/admin/")
            request.user, request.session = user, {}
            with django_assert_num_queries(1):
                assert acting(request).organization == acting(request).organization
