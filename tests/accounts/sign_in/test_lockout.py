"""Passwords are not tried without end; and nothing but signing in is ever locked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts import services
from scaling import clock
from scaling.env import parse_environment
from tests.accounts.sign_in.pages import confirm, is_signed_in, sign_in, text
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

LIMIT = 10
OTHER_PLACE = "192.0.2.7"


def lock(email, place="192.0.2.1"):
    browser = Client(REMOTE_ADDR=place)
    for _ in range(LIMIT):
        _, answered = sign_in(email, "a guess", browser=browser)
    return browser, answered


def test_the_right_password_does_not_count_once_ten_were_wrong(bob):
    browser, last = lock(bob.user.email)
    _, refused = sign_in(bob.user.email, browser=browser)
    assert [last.status_code, refused.status_code] == [429, 429]
    assert not is_signed_in(browser)
    assert "Try again in 15 minutes." in text(refused)
    assert 0 < int(refused["Retry-After"]) <= 15 * 60
    assert refused["Cache-Control"] == "no-store"


def test_trying_on_does_not_lengthen_the_wait(bob):
    browser, _ = lock(bob.user.email)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=10))
    for _ in range(3):
        _, refused = sign_in(bob.user.email, "a guess", browser=browser)
    assert "Try again in 5 minutes." in text(refused)
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=6))
    sign_in(bob.user.email, browser=browser)
    assert is_signed_in(browser)


def test_nobody_locks_a_person_out_from_elsewhere(bob):
    lock(bob.user.email)
    browser, _ = sign_in(bob.user.email, browser=Client(REMOTE_ADDR=OTHER_PLACE))
    assert is_signed_in(browser)


@pytest.mark.parametrize("spelled", ["SUSAN@acme.example", "\u017fu\u017fan@acme.example"])
def test_another_spelling_brings_no_further_tries(spelled):
    browser, _ = lock(UserFactory(email="susan@acme.example").email)
    assert sign_in(spelled, browser=browser)[1].status_code == 429


def test_who_is_behind_a_proxy_is_told_apart_by_what_it_says(bob, settings):
    settings.SCALING = parse_environment({"SCALING_TRUSTED_PROXIES": "1"})
    for guess in range(LIMIT):
        attacker = Client(HTTP_X_FORWARDED_FOR=f"10.0.0.{guess}, 192.0.2.66")
        sign_in(bob.user.email, "a guess", browser=attacker)
    assert sign_in(bob.user.email, browser=Client(HTTP_X_FORWARDED_FOR="10.9.9.9, 192.0.2.66"))[1].status_code == 429
    assert is_signed_in(sign_in(bob.user.email, browser=Client(HTTP_X_FORWARDED_FOR="192.0.2.9"))[0])


def test_the_operator_unlocks_somebody(bob):
    browser, _ = lock(bob.user.email)
    call_command("axes_reset_username", bob.user.email)
    sign_in(bob.user.email, browser=browser)
    assert is_signed_in(browser)


def test_a_new_password_unlocks_too(bob):
    browser, _ = lock(bob.user.email)
    services.set_password(user_id=bob.user_id, password="another secret of mine", now=clock.now())
    sign_in(bob.user.email, "another secret of mine", browser=browser)
    assert is_signed_in(browser)


def test_saying_once_more_who_one_is_counts_alike(bob):
    browser = Client(REMOTE_ADDR="192.0.2.1")
    sign_in(bob.user.email, browser=browser)
    answers = [confirm(browser, "a guess").status_code for _ in range(LIMIT)]
    assert answers == [200] * (LIMIT - 1) + [429]


def test_the_api_is_never_locked(bob, api):
    lock(bob.user.email)
    assert api.get("/v1/incidents", REMOTE_ADDR="192.0.2.1").status_code == 200


def test_no_password_is_kept_of_what_was_tried(bob):
    sign_in(bob.user.email, "a guess of mine")
    kept = AccessAttempt.objects.values_list("username", "post_data").get()
    assert kept[0] == bob.user.email
    assert "a guess of mine" not in kept[1]
    assert bob.user.email not in kept[1]
