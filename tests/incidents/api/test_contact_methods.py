"""A person's contact methods over HTTP: added, verified by a code, removed."""

from __future__ import annotations

import re
from ipaddress import ip_network

import orjson
import pytest
from django.core import mail

from accounts.models import ContactMethod, NotificationRule
from accounts.services import MAX_METHODS
from scaling.models import IdempotencyRecord
from tests.factories.accounts import (
    ApiKeyFactory,
    ContactMethodFactory,
    MembershipFactory,
    NotificationRuleFactory,
    OrganizationFactory,
)
from tests.fixtures.accounts import ApiClient
from tests.receiver import receiver

pytestmark = pytest.mark.django_db(transaction=True)

HOME = {"channel": "email", "address": "ada@home.example"}


@pytest.fixture(autouse=True)
def loopback(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def member():
    return MembershipFactory(organization=OrganizationFactory())


@pytest.fixture
def api(member):
    return ApiClient(ApiKeyFactory(organization=member.organization).text)


@pytest.fixture
def path(member):
    return f"/v1/users/{member.user_id}/contact-methods"


@pytest.fixture
def hook():
    with receiver() as made:
        yield made


def test_an_address_is_added_verified_by_its_code_and_removed(api, path, member):
    added = api.post(path, HOME).json()["data"]
    assert (added["address"], added["loud"], added["verifiedAt"], added["secret"]) == (
        "ada@home.example",
        False,
        None,
        None,
    )
    one = f"{path}/{added['id']}"
    assert api.post(f"{one}/verification", {}).status_code == 200
    code = re.search(r"\d{6}", mail.outbox[0].body)[0]
    verified = api.post(f"{one}/verify", {"code": code})
    assert (verified.status_code, bool(verified.json()["data"]["verifiedAt"])) == (200, True)

    NotificationRuleFactory(membership=member, contact_method_id=added["id"])
    assert api.delete(one).status_code == 204
    assert api.get(path).json()["data"]["contactMethods"] == []
    assert not NotificationRule.objects.exists()


def test_a_webhooks_secret_is_told_once_and_its_url_never(api, path, hook):
    added = api.post(path, {"channel": "webhook", "address": hook.url("/s3cr3t")})
    told = added.json()["data"]
    assert told["secret"].startswith("whsec_")
    listed = api.get(path).content.decode()
    assert told["secret"] not in listed
    assert "s3cr3t" not in listed + added.content.decode()
    api.post(f"{path}/{told['id']}/verification", {})
    code = orjson.loads(hook.received[0].body)["data"]["code"]
    assert api.post(f"{path}/{told['id']}/verify", {"code": code}).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "channel"),
        ({**HOME, "channel": None}, "channel"),
        ({**HOME, "channel": "Email"}, "channel"),
        ({**HOME, "channel": "pigeon"}, "channel"),
        ({**HOME, "address": ""}, "address"),
        ({**HOME, "address": None}, "address"),
        ({**HOME, "address": 1}, "address"),
        ({**HOME, "address": "home"}, "address"),
        ({**HOME, "address": "x" * 2001}, "address"),
        ({"channel": "webhook", "address": "http://169.254.169.254/"}, "address"),
        ({"channel": "webhook", "address": "file:///etc/passwd"}, "address"),
        ({"channel": "sms", "address": "slack://a/b/c"}, "channel"),
        ({"channel": "chat", "address": "json://example.org"}, "address"),
        ({**HOME, "verifiedAt": None}, "verifiedAt"),
    ],
)
def test_bad_input_is_named_and_adds_nothing(api, path, body, field):
    response = api.post(path, body)
    assert (response.status_code, response.json()["code"]) == (422, "validation_error")
    assert response.json()["errors"][0]["field"] == field
    assert not ContactMethod.objects.exists()


def test_the_same_address_twice_and_the_twenty_first_are_refused(api, path, member):
    assert [api.post(path, HOME).status_code for _ in range(2)] == [201, 422]
    ContactMethodFactory.create_batch(MAX_METHODS - 1, membership=member)
    assert api.post(path, {**HOME, "address": "other@home.example"}).json()["errors"][0]["field"] == "channel"


@pytest.mark.parametrize("body", [{}, {"code": None}, {"code": 123456}, {"code": ""}, {"code": "x" * 21}])
def test_a_code_that_is_none_is_refused(api, path, member, body):
    method = ContactMethodFactory(membership=member, verified_at=None)
    response = api.post(f"{path}/{method.pk}/verify", body)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "code")


def test_a_wrong_code_counts_although_it_is_refused(api, path, member):
    method = ContactMethodFactory(membership=member, verified_at=None)
    api.post(f"{path}/{method.pk}/verification")
    right = re.search(r"\d{6}", mail.outbox[0].body)[0]
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    answers = [api.post(f"{path}/{method.pk}/verify", {"code": wrong}).status_code for _ in range(5)]
    late = api.post(f"{path}/{method.pk}/verify", {"code": right})
    assert answers == [422] * 5
    assert "too often" in late.json()["message"]


def test_a_code_that_could_not_be_sent_is_told_without_the_url(api, path, member, hook):
    hook.answers["/s3cr3t"] = (500, {})
    method = ContactMethodFactory(membership=member, webhook=True, address=hook.url("/s3cr3t"), verified_at=None)
    response = api.post(f"{path}/{method.pk}/verification")
    assert response.status_code == 422
    assert "s3cr3t" not in response.content.decode()


def test_the_eleventh_code_of_an_hour_has_to_wait(api, path, member):
    method = ContactMethodFactory(membership=member, verified_at=None)
    answers = [api.post(f"{path}/{method.pk}/verification") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert "Retry-After" in answers[-1]


def test_a_named_request_sends_one_code(api, path, member):
    method = ContactMethodFactory(membership=member, verified_at=None)
    for _ in range(2):
        answer = api.post(f"{path}/{method.pk}/verification", headers={"Idempotency-Key": "k"})
    assert answer["Idempotent-Replayed"] == "true"
    assert len(mail.outbox) == 1


def test_a_named_request_that_fails_on_our_side_may_be_repeated(api, path, monkeypatch):
    def fail(**_):
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr("incidents.api.contact_methods.add_checked_method", fail)
        assert api.post(path, HOME, headers={"Idempotency-Key": "k"}).status_code == 500
    assert not IdempotencyRecord.objects.exists()
    assert api.post(path, HOME, headers={"Idempotency-Key": "k"}).status_code == 201


def test_the_replay_of_a_new_webhook_does_not_tell_its_secret(api, path):
    body = {"channel": "webhook", "address": "http://127.0.0.1/"}
    first, again = (api.post(path, body, headers={"Idempotency-Key": "k"}).json()["data"] for _ in range(2))
    assert again == {**first, "secret": None}


@pytest.mark.parametrize("scope", ["read", "trigger"])
def test_writing_takes_the_scope(member, path, scope):
    client = ApiClient(ApiKeyFactory(organization=member.organization, scope=scope).text)
    method = ContactMethodFactory(membership=member, verified_at=None)
    calls = [(client.post, path), (client.delete, f"{path}/{method.pk}"), (client.post, f"{path}/{method.pk}/verify")]
    assert {call(where).status_code for call, where in calls} == {403}
    assert client.get(path).status_code == (200 if scope == "read" else 403)


@pytest.mark.parametrize("size", [1, 7])
def test_the_list_costs_the_same_for_any_number(api, path, member, size, django_assert_num_queries):
    ContactMethodFactory.create_batch(size, membership=member)
    with django_assert_num_queries(3):
        assert len(api.get(path).json()["data"]["contactMethods"]) == size
