"""A POST that is repeated under its name has one effect and one answer (contract 1.3, reliability B83-B85, I25)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection, connections

from scaling import clock
from scaling.api import idempotency
from scaling.models import IdempotencyRecord, RateWindow
from tests.factories.accounts import ApiKeyFactory
from tests.fixtures.accounts import ApiClient

pytestmark = pytest.mark.urls("tests.scaling.api.probe")

AT = "2026-01-01T00:00:00Z"


def post(client, name="a", *, key="k", path="/v1/probes"):
    return client.post(path, {"name": name, "at": AT}, headers={"Idempotency-Key": key})


def test_a_repeat_gets_the_first_answer_and_has_no_effect(api):
    first = post(api)
    again = post(api)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["Idempotent-Replayed"] == "true"
    assert again["Content-Type"] == "application/json"
    assert again["X-Request-Id"] != first["X-Request-Id"]
    assert RateWindow.objects.count() == 1


def test_an_error_is_repeated_too_under_the_repeats_own_id(api):
    first = api.post("/v1/probes", {"name": ""}, headers={"Idempotency-Key": "k"})
    again = api.post("/v1/probes", {"name": ""}, headers={"Idempotency-Key": "k"})
    assert again.status_code == first.status_code == 422
    assert again["Idempotent-Replayed"] == "true"
    assert again.json() == first.json() | {"requestId": again["X-Request-Id"]}


@pytest.mark.parametrize("failure", ["crash", "database down"])
def test_what_failed_on_our_side_is_tried_again(api, monkeypatch, failure):
    assert post(api, failure).status_code >= 500
    assert not RateWindow.objects.exists()
    monkeypatch.setattr("tests.scaling.api.probe.FAILURES", {})
    assert post(api, failure).status_code == 201


def test_without_the_header_every_request_counts(api):
    names = [api.post("/v1/probes", {"name": name, "at": AT}).status_code for name in "ab"]
    assert names == [201, 201]
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.parametrize("key", ["", " ", "a" * 256, "a b", "a\tb", "a\x01", "\xe9", "a\x7f"])
def test_a_name_that_is_none_is_refused(api, key):
    response = post(api, key=key)
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == ["Idempotency-Key"]
    assert not RateWindow.objects.exists()


def test_the_longest_name_is_kept(api):
    assert post(api, key="~" * 255).status_code == 201
    assert IdempotencyRecord.objects.get().key == "~" * 255


def test_another_body_under_the_same_name_is_refused(api):
    post(api, "a")
    response = post(api, "b")
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert RateWindow.objects.get().bucket == "a"


def test_another_path_is_another_request(api):
    one, other = uuid4(), uuid4()
    paths = ["/v1/probes", f"/v1/probes/{one}/touch", f"/v1/probes/{other}/touch"]
    assert [post(api, path=path).get("Idempotent-Replayed") for path in paths] == [None] * 3
    assert post(api, path=f"/v1/probes/{str(one).upper()}/touch")["Idempotent-Replayed"] == "true"


def test_a_long_path_is_no_obstacle(api):
    assert post(api, path=f"/v1/probes/{'a' * 9_000}/touch").status_code == 200


def test_another_organization_has_names_of_its_own(api):
    stranger = ApiClient(ApiKeyFactory().text)
    post(api, "a")
    assert post(stranger, "b").status_code == 201


def test_other_methods_take_no_notice(api):
    path = f"/v1/probes/{uuid4()}"
    assert api.patch(path, {}, headers={"Idempotency-Key": ""}).status_code == 200
    assert not IdempotencyRecord.objects.exists()


def test_after_a_day_a_name_is_free_again(api):
    post(api, "a")
    IdempotencyRecord.objects.update(created_at=clock.now() - idempotency.KEPT)
    assert post(api, "b").status_code == 201
    assert post(api, "b")["Idempotent-Replayed"] == "true"


def test_what_has_expired_is_deleted_and_nothing_else(api):
    post(api, "a", key="old")
    IdempotencyRecord.objects.update(created_at=clock.now() - idempotency.KEPT)
    post(api, "b", key="new")
    assert idempotency.delete_expired(now=clock.now()) == 1
    assert IdempotencyRecord.objects.get().key == "new"
    assert idempotency.delete_expired(now=clock.now() + timedelta(hours=23)) == 0


def test_a_key_without_the_scope_is_not_told_what_another_did(organization, api):
    post(api)
    reader = ApiClient(ApiKeyFactory(organization=organization, scope="read").text)
    assert post(reader).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_while_the_first_runs_a_repeat_is_told_so(api):
    named = idempotency.NamedRequest(
        organization_id=ApiKeyFactory._meta.model.objects.get().organization_id,
        route="v1/probes",
        key="k",
        fingerprint=b"",
    )
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [named.lock])
            response = post(api)
            cursor.execute("ROLLBACK")
    finally:
        other.close()
    assert (response.status_code, response.json()["code"]) == (409, "idempotency_in_progress")
    assert post(api).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_has_an_effect(api, api_key):
    barrier = Barrier(8)

    def send(_):
        try:
            barrier.wait()
            response = post(ApiClient(api_key.text))
            return response.status_code, response.content
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert {status for status, _ in answers} <= {201, 409}
    assert len({body for status, body in answers if status == 201}) == 1
    assert RateWindow.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_record_and_the_effect_commit_together(api, monkeypatch):
    def lose_connection(*_):
        connection.connection.close()

    monkeypatch.setattr(idempotency, "_remember", lose_connection)
    assert post(api).status_code == 503
    assert not RateWindow.objects.exists()
    assert not IdempotencyRecord.objects.exists()
