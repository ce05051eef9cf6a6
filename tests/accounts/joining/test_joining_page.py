"""The page of an invitation: what it shows, and whom it lets in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.signing import Signer
from django.db import OperationalError
from django.test import Client

from accounts import services
from accounts.joining.tokens import joining_url, make_token, read_token
from accounts.models import Invitation, Membership, User
from scaling import clock
from scaling.ids import new_invitation_id
from tests.edge.contents import contents
from tests.factories.accounts import EPOCH, PASSWORD, InvitationFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def at(monkeypatch):
    """Let every request happen at EPOCH, or when ``at(instant)`` says."""

    def stand_still(instant):
        monkeypatch.setattr(clock, "now", lambda: instant)

    stand_still(EPOCH)
    return stand_still


@pytest.fixture
def browser():
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def invitation():
    return InvitationFactory(email="Ada@example.org", organization__name="Acme")


def path(invitation):
    return f"/join/{make_token(invitation.pk)}"


def join(browser, invitation, password=NEW_PASSWORD, first_name="Ada", last_name="Moreno"):
    typed = {"first_name": first_name, "last_name": last_name, "password": password}
    return browser.post(path(invitation), typed)


def signs_in(email, password):
    browser = Client()
    browser.post("/sign-in", {"login": email, "password": password})
    return User.objects.get(pk=browser.session["_auth_user_id"])


def joined(response):
    return response.status_code == 303


class TestLooking:
    def test_says_who_invites_whom(self, browser, invitation):
        page = browser.get(path(invitation)).content.decode()
        assert "Join Acme" in page
        assert "Ada@example.org" in page
        assert "to run the organization" not in page

    def test_says_what_an_admin_is_invited_to(self, browser):
        assert b"to run the organization" in browser.get(path(InvitationFactory(role="admin"))).content

    def test_changes_nothing(self, browser, invitation):
        before = contents()
        for method in ("get", "head"):
            assert getattr(browser, method)(path(invitation)).status_code == 200
        assert contents() == before

    def test_is_the_same_whether_or_not_there_is_a_login(self, browser, invitation):
        before = browser.get(path(invitation)).content
        UserFactory(email="ada@EXAMPLE.org")
        assert browser.get(path(invitation)).content == before

    def test_escapes_what_people_wrote(self, browser):
        page = browser.get(path(InvitationFactory(organization__name="<b>Acme"))).content
        assert b"<b>Acme" not in page
        assert b"&lt;b&gt;Acme" in page

    def test_needs_no_script_no_cookie_and_no_other_host(self, browser, invitation):
        response = browser.get(path(invitation))
        page = response.content.decode()
        assert not response.cookies
        assert "<script" not in page
        assert "style=" not in page
        assert all(link.startswith("/") for link in re.findall(r'(?:href|src)="([^"]+)"', page))
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert (response["Cache-Control"], response["Referrer-Policy"]) == ("no-store", "no-referrer")
        assert b"".join(browser.get("/static/scaling/page.css").streaming_content)

    def test_every_field_has_its_label(self, browser, invitation):
        page = browser.get(path(invitation)).content.decode()
        fields = re.findall(r'<input id="(\w+)"', page)
        assert fields == ["first_name", "last_name", "password"]
        assert all(f'for="{field}">' in page for field in fields)
        assert 'name="viewport"' in page


class TestClosed:
    @pytest.mark.parametrize("token", ["x", "orginv_1.x", "%00", "x" * 500, Signer(sep=".").sign("orginv_1")])
    def test_a_token_we_did_not_make_leads_nowhere(self, browser, token):
        assert browser.get(f"/join/{token}").status_code == 404

    def test_a_token_for_nothing_leads_nowhere(self, browser):
        assert browser.get(f"/join/{make_token(new_invitation_id())}").status_code == 404

    def test_deleted_it_is_void_at_once(self, browser, invitation):
        services.delete_invitation(organization_id=invitation.organization_id, invitation_id=invitation.pk)
        assert browser.get(path(invitation)).status_code == 404
        assert join(browser, invitation).status_code == 404
        assert not User.objects.exists()

    def test_it_is_void_when_somebody_is_invited_anew(self, browser, invitation):
        again = services.invite_member(
            organization_id=invitation.organization_id,
            email=invitation.email,
            role="member",
            actor_id="key_test",
            now=EPOCH,
        )
        assert join(browser, invitation).status_code == 404
        assert joined(join(browser, again))

    def test_it_expires_after_seven_days(self, browser, invitation, at):
        at(EPOCH + timedelta(days=7) - timedelta(seconds=1))
        assert browser.get(path(invitation)).status_code == 200
        at(EPOCH + timedelta(days=7))
        assert browser.get(path(invitation)).status_code == 410
        assert join(browser, invitation).status_code == 410
        assert not Membership.objects.exists()

    def test_an_organization_that_is_off_lets_nobody_in(self, browser, invitation):
        invitation.organization.is_active = False
        invitation.organization.save()
        assert browser.get(path(invitation)).status_code == 410
        assert join(browser, invitation).status_code == 410

    @pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
    def test_nothing_but_looking_and_joining(self, browser, invitation, method):
        assert getattr(browser, method)(path(invitation)).status_code == 405


class TestANewLogin:
    def test_joins_under_the_name_and_password_given(self, browser, invitation):
        response = join(browser, invitation)
        assert joined(response)
        assert response["Location"] == path(invitation)
        membership = Membership.objects.get()
        assert (membership.organization_id, membership.role) == (invitation.organization_id, "member")
        assert (membership.name, membership.user.email) == ("Ada Moreno", "Ada@example.org")
        assert signs_in("ada@example.org", NEW_PASSWORD) == membership.user

    def test_gets_the_role_of_the_invitation_whatever_is_sent(self, browser):
        admin, member = InvitationFactory(role="admin"), InvitationFactory()
        for invitation in (admin, member):
            browser.post(path(invitation), {"password": NEW_PASSWORD, "role": "admin", "email": "x@example.org"})
        assert [one.role for one in Membership.objects.order_by("created_at", "pk")] == ["admin", "member"]
        assert {one.email for one in User.objects.all()} == {admin.email, member.email}

    def test_then_the_page_says_where_to_sign_in(self, browser, invitation):
        join(browser, invitation)
        page = browser.get(path(invitation)).content.decode()
        assert "Welcome to Acme" in page
        assert 'href="/admin/"' in page
        assert "<form" not in page

    def test_joining_twice_changes_nothing_more(self, browser, invitation):
        join(browser, invitation)
        before = contents()
        assert join(browser, invitation, password="another password 12").status_code == 200
        assert contents() == before

    @pytest.mark.parametrize("password", ["", "short", "123456789012", "password1234", "ada@example.org"])
    def test_needs_a_password_that_is_one(self, browser, invitation, password):
        response = join(browser, invitation, password=password)
        assert response.status_code == 422
        page = response.content.decode()
        assert 'id="password_wrong"' in page
        assert 'value="Moreno"' in page
        assert not User.objects.exists()
        assert Invitation.objects.get().accepted_at is None

    @pytest.mark.parametrize("field", ["first_name", "last_name"])
    @pytest.mark.parametrize("text", ["x" * 151, "a\u202eb", "a\x00b"])
    def test_needs_names_that_are_some(self, browser, invitation, field, text):
        response = join(browser, invitation, **{field: text})
        assert response.status_code == 422
        assert f'id="{field}_wrong"' in response.content.decode()
        assert not Membership.objects.exists()

    def test_may_leave_the_names_out(self, browser, invitation):
        assert joined(join(browser, invitation, first_name="", last_name=""))

    def test_the_password_never_comes_back(self, browser, invitation):
        assert b"s3cret" not in join(browser, invitation, password="s3cret").content


class TestAKnownLogin:
    def test_joins_with_its_own_password_and_keeps_it(self, browser, invitation):
        user = UserFactory(email="ada@example.org")
        assert joined(join(browser, invitation, password=PASSWORD))
        assert Membership.objects.get().user == user
        assert signs_in("ada@example.org", PASSWORD) == user

    def test_does_not_join_with_another(self, browser, invitation):
        user = UserFactory(email="ada@example.org")
        assert join(browser, invitation).status_code == 422
        assert not Membership.objects.exists()
        assert signs_in("ada@example.org", PASSWORD) == user

    def test_that_is_switched_off_does_not_join(self, browser, invitation):
        UserFactory(email="ada@example.org", is_active=False)
        assert join(browser, invitation, password=PASSWORD).status_code == 422

    def test_made_for_paging_alone_gets_the_password(self, browser, invitation):
        elsewhere = MembershipFactory(user__email="ada@example.org", user__password=None)
        elsewhere.user.set_unusable_password()
        elsewhere.user.save()
        assert joined(join(browser, invitation))
        assert signs_in("ada@example.org", NEW_PASSWORD) == elsewhere.user

    def test_of_an_operator_never_gets_one(self, browser, invitation):
        operator = services.create_login(email="ada@example.org", is_operator=True)
        assert join(browser, invitation).status_code == 422
        operator.refresh_from_db()
        assert not operator.has_usable_password()

    def test_comes_back_as_the_member_it_was(self, browser, invitation):
        left = MembershipFactory(organization=invitation.organization, ended=True, user__email="ada@example.org")
        assert joined(join(browser, invitation, password=PASSWORD))
        left.refresh_from_db()
        assert (left.ended_at, left.name) == (None, "Ada Moreno")

    def test_that_joined_meanwhile_stays_as_it_is(self, browser, invitation):
        member = MembershipFactory(
            organization=invitation.organization, admin=True, first_name="A", user__email="ada@example.org"
        )
        assert joined(join(browser, invitation, password=PASSWORD))
        member.refresh_from_db()
        assert (member.role, member.first_name) == ("admin", "A")

    def test_cannot_be_guessed_at_without_end(self, browser, invitation, monkeypatch):
        monkeypatch.setattr("accounts.joining.views.TRIES_AN_HOUR", 1)
        UserFactory(email="ada@example.org")
        assert join(browser, invitation).status_code == 422
        response = join(browser, invitation, password=PASSWORD)
        assert response.status_code == 429
        assert b"Too many" in response.content
        assert not Membership.objects.exists()


def test_while_the_database_is_away_the_page_says_so(browser, invitation, monkeypatch):
    def fail(**_):
        raise OperationalError

    monkeypatch.setattr(services, "accept_invitation", fail)
    response = join(browser, invitation)
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert b"may not have joined" in response.content


def test_a_link_is_under_the_public_url_and_read_back(invitation, settings):
    settings.PUBLIC_URL = "https://oncall.example.org"
    url = joining_url(invitation.pk)
    assert url.startswith("https://oncall.example.org/join/")
    assert read_token(url.rpartition("/")[2]) == invitation.pk


def test_nothing_that_is_stored_makes_the_link(invitation):
    token = make_token(invitation.pk)
    assert token not in str(list(Invitation.objects.values()))
    assert token.rpartition(".")[2] not in str(list(Invitation.objects.values()))
