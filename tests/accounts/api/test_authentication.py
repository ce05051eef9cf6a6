"""Who may call the API (contract 1.1 and 1.2; reliability B89 to B98)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from accounts import keys, services
from accounts.models import ApiKey
from tests.factories.accounts import ApiKeyFactory, MembershipFactory, OrganizationFactory
from tests.fixtures.accounts import ApiClient

pytestmark = pytest.mark.django_db


def call(authorization=None, path="/v1/users", **options):
    headers = {} if authorization is None else {"Authorization": authorization}
    return Client(headers=headers).get(path, **options)


def refusal(response):
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    body = response.json()
    assert (body["statusCode"], body["type"], body["code"]) == (401, "not_authorized_error", "not_authorized")
    return {name: body[name] for name in ("reason", "message")}


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic YTpi", "Token {key}", "{key}"])
def test_a_missing_key_is_told_as_such(api_key, header):
    response = call(header and header.format(key=api_key.text))
    assert refusal(response)["reason"] == "missing_authorization_header"


@pytest.mark.parametrize(
    "header",
    [
        "Bearer  {key}",
        "Bearer {key},Bearer {key}",
        "Bearer {key} x",
        "Bearer {key}0",
        "Bearer x",
        "Bearer {key}é",
        "Bearer " + 10_000 * "x",
    ],
)
def test_a_key_that_cannot_be_one_is_refused_without_a_query(api_key, header, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = call(header.format(key=api_key.text))
    assert refusal(response)["reason"] == "invalid_api_key"


def test_unknown_revoked_expired_and_shut_out_keys_get_the_same_answer():
    past = timezone.now() - timedelta(seconds=1)
    texts = [
        keys.make_key(),
        ApiKeyFactory(revoked_at=past).text,
        ApiKeyFactory(expires_at=past).text,
        ApiKeyFactory(organization=OrganizationFactory(is_active=False)).text,
    ]
    answers = [refusal(call(f"Bearer {text}")) for text in texts]
    assert answers == [answers[0]] * 4
    assert answers[0]["reason"] == "invalid_api_key"


def test_a_revoked_key_fails_on_the_very_next_request(api, api_key):
    assert api.get("/v1/users").status_code == 200
    services.revoke_api_key(organization_id=api_key.organization_id, key_id=api_key.id, now=timezone.now())
    assert api.get("/v1/users").status_code == 401


def test_a_key_in_the_query_string_or_the_body_counts_for_nothing(api_key):
    response = call(path=f"/v1/users?api_key={api_key.text}&Authorization=Bearer%20{api_key.text}")
    assert refusal(response)["reason"] == "missing_authorization_header"
    response = ApiClient().post("/v1/users", {"Authorization": f"Bearer {api_key.text}"})
    assert refusal(response)["reason"] == "missing_authorization_header"


def test_a_session_of_the_admin_counts_for_nothing():
    browser = Client()
    browser.force_login(MembershipFactory(admin=True).user)
    assert browser.get("/admin/").status_code == 200
    assert refusal(browser.get("/v1/users"))["reason"] == "missing_authorization_header"


def wrong(address):
    return call(f"Bearer {keys.make_key()}", REMOTE_ADDR=address)


def test_a_key_that_works_is_heard_whatever_others_send_through_the_same_proxy(api_key, monkeypatch):
    monkeypatch.setattr("accounts.api.authentication.WRONG_KEYS_A_MINUTE", 1)
    monkeypatch.setattr("accounts.api.authentication.now", lambda: datetime(2026, 3, 1, 12, 0, 20, tzinfo=UTC))
    assert [wrong("192.0.2.1").status_code for _ in range(2)] == [401, 429]
    assert call(f"Bearer {api_key.text}", REMOTE_ADDR="192.0.2.1").status_code == 200


def test_an_address_with_too_many_wrong_keys_is_told_to_wait(monkeypatch):
    monkeypatch.setattr("accounts.api.authentication.WRONG_KEYS_A_MINUTE", 3)
    at = datetime(2026, 3, 1, 12, 0, 20, tzinfo=UTC)
    monkeypatch.setattr("accounts.api.authentication.now", lambda: at)
    assert [wrong("192.0.2.1").status_code for _ in range(5)] == [401, 401, 401, 429, 429]
    told = wrong("192.0.2.1")
    assert (told.json()["code"], told["Retry-After"]) == ("rate_limited", "40")
    assert wrong("192.0.2.2").status_code == 401
    assert call("Bearer nonsense", REMOTE_ADDR="192.0.2.1").status_code == 401
    monkeypatch.setattr("accounts.api.authentication.now", lambda: at + timedelta(minutes=1))
    assert wrong("192.0.2.1").status_code == 401


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/nothing", "/v1/users/"])
def test_an_unknown_path_asks_for_a_key_first(path, api):
    refusal(call(path=path))
    assert api.get(path).status_code == 404


def test_use_of_a_key_is_noted_after_the_answer_was_made(organization):
    key = ApiKeyFactory(organization=organization, last_used_at=None)
    before = timezone.now()
    assert ApiClient(key.text).get("/v1/users").status_code == 200
    assert before <= ApiKey.objects.get(id=key.id).last_used_at <= timezone.now()


def test_a_refused_call_is_a_use_too(organization):
    key = ApiKeyFactory(organization=organization, last_used_at=None, scope="trigger")
    assert ApiClient(key.text).get("/v1/users").status_code == 403
    assert ApiKey.objects.get(id=key.id).last_used_at is not None


def test_a_use_that_cannot_be_noted_costs_nothing_but_the_note(organization, monkeypatch, caplog):
    def fail(**_):
        raise OperationalError("the database is gone")

    monkeypatch.setattr("accounts.middleware.mark_key_used", fail)
    key = ApiKeyFactory(organization=organization, last_used_at=None)
    assert ApiClient(key.text).get("/v1/users").status_code == 200
    assert key.id in caplog.text
    assert key.text not in caplog.text


def test_the_text_of_a_key_reaches_no_log(api_key, caplog):
    caplog.set_level("DEBUG")
    for text in (api_key.text, keys.make_key()):
        call(f"Bearer {text}")
        assert text[15:] not in caplog.text
