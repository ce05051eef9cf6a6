"""Everybody signs in on one page, by email and password, and is led on within the program."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts import services
from accounts.models import User
from incidents.worker import _tidy
from scaling import clock
from scaling.models import RateWindow
from scaling.ratelimit import count
from tests.accounts.sign_in.pages import is_signed_in, sign_in, text
from tests.factories.accounts import PASSWORD, UserFactory

STRICT = {"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"}


@pytest.mark.parametrize(
    ("after", "leads_to"),
    [
        ("/admin/", "/admin/"),
        ("", "/me"),
        ("https://evil.example/", "/me"),
        ("//evil.example", "/me"),
        ("/\\evil.example", "/me"),
        ("javascript:alert(1)", "/me"),
    ],
)
def test_signing_in_leads_on_within_the_program(bob, after, leads_to):
    _, answered = sign_in(bob.user.email, next=after)
    assert (answered.status_code, answered["Location"]) == (302, leads_to)


@pytest.mark.parametrize("email", ["Mixed@Example.org", "mixed@example.ORG", " mixed@example.org "])
def test_an_email_is_compared_without_case_however_it_is_stored(db, email):
    UserFactory(email="Mixed@Example.org")
    browser, _ = sign_in(email)
    assert is_signed_in(browser)


@pytest.mark.parametrize(("email", "password"), [("bob@acme.example", "wrong"), ("nobody@acme.example", PASSWORD)])
def test_a_wrong_password_and_an_unknown_email_look_alike(bob, email, password):
    browser, page = sign_in(email, password)
    assert (page.status_code, is_signed_in(browser)) == (200, False)
    assert "The email and the password do not belong together." in text(page)


def test_an_inactive_login_looks_like_an_unknown_one(bob):
    services.update_login(user_id=bob.user_id, email=bob.user.email, is_active=False, is_operator=False)
    browser, page = sign_in(bob.user.email)
    assert "do not belong together" in text(page)
    assert not is_signed_in(browser)


@pytest.mark.parametrize("path", ["/sign-in", "/password/forgotten", "/account"])
def test_the_pages_stay_between_the_two_and_run_our_scripts_alone(as_bob, client, path):
    page = (as_bob if path == "/account" else client).get(path)
    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store"
    assert set(page["Content-Security-Policy"].split("; ")) >= STRICT


def test_signing_in_and_out_need_the_token_of_their_form(bob):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(bob.user)
    assert [browser.post(path).status_code for path in ("/sign-in", "/sign-out")] == [403, 403]
    assert is_signed_in(browser)


def test_signing_out_is_a_form_and_ends_the_session(as_bob):
    assert as_bob.get("/sign-out").status_code == 405
    assert as_bob.post("/sign-out")["Location"] == "/sign-in"
    assert not is_signed_in(as_bob)


def test_the_admin_signs_out_alike(as_bob):
    assert as_bob.post("/admin/logout/")["Location"] == "/sign-in"
    assert not is_signed_in(as_bob)


def test_the_session_lasts_twelve_hours_under_a_new_id(bob):
    browser = Client()
    browser.get("/sign-in")
    session = browser.session
    session["fixed"] = True
    session.save()
    browser, answered = sign_in(bob.user.email, browser=browser)
    assert browser.session.session_key != session.session_key
    assert answered.cookies["session"]["max-age"] == 12 * 60 * 60
    assert answered.cookies["session"]["httponly"]


@pytest.mark.parametrize("name", ["account_signup", "account_email", "account_confirm_email"])
def test_nobody_signs_up_and_there_are_no_further_addresses(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_signing_in_leaves_no_second_truth_about_emails(bob):
    sign_in(bob.user.email)
    assert not EmailAddress.objects.exists()
    assert User.objects.get(pk=bob.user_id).email == bob.user.email


def test_somebody_without_business_here_is_told_so(db):
    browser, _ = sign_in(UserFactory().email)
    page = browser.get("/admin/", follow=True)
    assert page.status_code == 403
    assert "not authorized" in text(page)


def test_ended_sessions_and_old_counts_are_tidied_away(bob):
    browser, _ = sign_in(bob.user.email)
    count("old", limit=1, window=timedelta(minutes=1), now=clock.now() - timedelta(days=2))
    _tidy(clock.now() + timedelta(hours=11))
    assert is_signed_in(browser)
    assert not RateWindow.objects.exists()
    _tidy(clock.now() + timedelta(hours=13))
    assert not Session.objects.exists()
