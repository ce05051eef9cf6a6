"""Passwords are changed by who knows them, and set anew by who reads the mail."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client

from accounts import services
from accounts.models import LoginMail
from incidents.login_mails import password_reset_url, send_login_mail
from scaling import clock
from tests.accounts.sign_in.pages import is_signed_in, sign_in, text
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

NEW = "another secret of mine"


def ask(email, browser=None):
    return (browser or Client()).post("/password/forgotten", {"email": email})


def send_mails():
    """Send what is due, and return the texts."""
    for mail_id in services.claim_login_mails(at_most=10, now=clock.now()):
        send_login_mail(mail_id, clock.now())
    return [message.body for message in mail.outbox]


def open_link(path, browser=None):
    """Follow the link of a mail to the form behind it; return the browser and the form's page."""
    browser = browser or Client()
    return browser, browser.get(path, follow=True)


def set_new(browser, page, password=NEW, again=None):
    there = page.request["PATH_INFO"]
    return browser.post(there, {"password1": password, "password2": again or password})


def path_in(body):
    return re.search(r"https?://[^/]+(/password/new/\S+)", body)[1]


def test_the_answer_is_the_same_for_whoever_has_no_login(bob):
    known, unknown = ask("BOB@acme.example"), ask("nobody@acme.example")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [row.user for row in LoginMail.objects.all()] == [bob.user]


def test_asking_costs_as_much_for_whoever_has_no_login(bob, django_assert_max_num_queries):
    ask("warm@acme.example")
    with django_assert_max_num_queries(60) as known:
        ask(bob.user.email)
    with django_assert_max_num_queries(60) as unknown:
        ask("nobody@acme.example")
    assert len(known) - len(unknown) == 1


def test_a_link_comes_by_mail_and_sets_a_new_password_once(bob, settings):
    former, _ = sign_in(bob.user.email)
    ask(bob.user.email)
    (body,) = send_mails()
    assert settings.PUBLIC_URL in body
    browser, page = open_link(path_in(body))
    assert "new" not in page.request["PATH_INFO"].rpartition("/")[2]  # the address shows no token any more
    assert set_new(browser, page)["Location"] == "/password/set"

    assert is_signed_in(sign_in(bob.user.email, NEW)[0])
    assert not is_signed_in(former)
    assert "This link does not work" in text(open_link(path_in(body))[1])
    assert "Your password has been changed" in send_mails()[-1]


def test_a_link_works_for_an_hour(bob, monkeypatch, settings):
    path = password_reset_url(bob.user).removeprefix(settings.PUBLIC_URL)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "This link does not work" in text(open_link(path)[1])


@pytest.mark.parametrize("path", ["/password/new/user_nobody/x-y", "/password/new/user_nobody/set-password"])
def test_a_link_nobody_sent_does_not_work(path):
    assert "This link does not work" in text(open_link(path)[1])


@pytest.mark.parametrize("password", ["short", "password1234", "846153290117", "bob@acme.example"])
def test_a_new_password_keeps_the_rules(bob, settings, password):
    browser, page = open_link(password_reset_url(bob.user).removeprefix(settings.PUBLIC_URL))
    assert set_new(browser, page, password).status_code == 200
    assert is_signed_in(sign_in(bob.user.email)[0])


def test_no_link_is_sent_to_who_may_not_sign_in(db):
    off = UserFactory(is_active=False)
    operator = services.create_login(email="operator@example.org", is_operator=True)
    for user in (off, operator):
        ask(user.email)
    assert not LoginMail.objects.exists()


def test_who_was_made_for_paging_alone_gets_a_password_by_mail(acme):
    member = services.add_member(organization_id=acme.id, email="eve@acme.example", now=clock.now())
    ask(member.user.email)
    browser, page = open_link(path_in(send_mails()[0]))
    set_new(browser, page)
    assert is_signed_in(sign_in(member.user.email, NEW)[0])


def test_links_are_not_mailed_without_end(bob):
    for email in (bob.user.email, "nobody@acme.example"):
        assert [ask(email).status_code for _ in range(4)] == [302, 302, 302, 429]
    assert LoginMail.objects.count() == 1


def test_changing_the_password_ends_all_other_sessions(bob):
    here, _ = sign_in(bob.user.email)
    elsewhere, _ = sign_in(bob.user.email)
    before = here.session.session_key
    typed = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert here.post("/account/password", typed).status_code == 302
    assert (is_signed_in(here), is_signed_in(elsewhere)) == (True, False)
    assert here.session.session_key != before
    assert LoginMail.objects.get().kind == "password_changed"


def test_the_password_is_changed_by_who_knows_it(bob):
    here, _ = sign_in(bob.user.email)
    page = here.post("/account/password", {"oldpassword": "a guess", "password1": NEW, "password2": NEW})
    assert "This is not your password." in text(page)
    assert is_signed_in(sign_in(bob.user.email)[0])


def test_the_admin_leads_to_the_same_page(as_bob):
    assert as_bob.get("/admin/password_change/")["Location"] == "/account/password"


def test_an_operator_who_sets_a_password_has_its_owner_told(as_olivia, bob):
    typed = {"password1": NEW, "password2": NEW}
    assert as_olivia.post(f"/admin/accounts/user/{bob.user_id}/password/", typed).status_code == 302
    assert is_signed_in(sign_in(bob.user.email, NEW)[0])
    assert LoginMail.objects.get().kind == "password_changed"
