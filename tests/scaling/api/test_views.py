"""What every resource gets from its base: who may call, how bodies and queries are read, what comes back."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import ApiKey
from scaling.models import RateWindow
from tests.factories.accounts import ApiKeyFactory
from tests.fixtures.accounts import ApiClient

pytestmark = pytest.mark.urls("tests.scaling.api.probe")

PROBE = {"name": "a", "at": "2026-01-01T00:00:00Z"}
WITH_BODY = [("POST", "/v1/probes"), ("PATCH", "/v1/probes/018f3c1e-7a10-7c55-9a41-0f6f2f1f9a01")]


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        (ApiKey.Scope.READ, {"list", "retrieve"}),
        (ApiKey.Scope.TRIGGER, {"create"}),
        (ApiKey.Scope.WRITE, {"list", "retrieve", "create", "update", "destroy"}),
    ],
)
def test_a_key_may_do_what_its_scope_says(organization, scope, allowed):
    client = ApiClient(ApiKeyFactory(organization=organization, scope=scope).text)
    one = f"/v1/probes/{uuid4()}"
    calls = {
        "list": client.get("/v1/probes"),
        "retrieve": client.get(one),
        "create": client.post("/v1/probes", PROBE),
        "update": client.patch(one, {}),
        "destroy": client.delete(one),
    }
    assert {name for name, response in calls.items() if response.status_code < 400} == allowed
    assert {(r.status_code, r.json()["code"]) for name, r in calls.items() if name not in allowed} <= {
        (403, "insufficient_scope")
    }


def test_a_method_that_is_none_is_told_to_a_key_of_any_scope(organization):
    client = ApiClient(ApiKeyFactory(organization=organization, scope=ApiKey.Scope.READ).text)
    response = client.put("/v1/probes", {})
    assert response.status_code == 405
    assert set(response["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


@pytest.mark.parametrize("method", ["PUT", "TRACE", "OPTIONS", "INVENTED"])
def test_other_methods_are_refused_with_those_allowed(api, method):
    response = api.generic(method, "/v1/probes")
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"


def test_a_method_override_is_ignored(api):
    response = api.post("/v1/probes", PROBE, headers={"X-HTTP-Method-Override": "DELETE"})
    assert response.status_code == 201


def test_without_a_key_nothing_but_that_is_told(db):
    for response in (
        Client().put("/v1/probes"),
        Client().get("/v1/probes", headers={"Accept": "text/html"}),
        Client().post("/v1/probes", b"{", content_type="application/json"),
    ):
        assert response.status_code == 401
        assert response.json()["reason"] == "missing_authorization_header"


def test_head_answers_like_get_without_a_body(api):
    path = f"/v1/probes/{uuid4()}"
    head, get = api.head(path), api.get(path)
    assert head.status_code == 200
    assert head.content == b""
    assert head["ETag"] == get["ETag"]
    assert head["Content-Length"] == get["Content-Length"] == str(len(get.content))


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "text/html;q=0.9, image/*", ";;,/", "\xff"])
def test_who_accepts_no_json_is_told_so_in_json(api, accept):
    response = api.get("/v1/probes", headers={"Accept": accept})
    assert (response.status_code, response.json()["code"]) == (406, "not_acceptable")
    assert response["Content-Type"] == "application/json"


@pytest.mark.parametrize("accept", ["*/*", "application/*", "application/json; charset=utf-8", "text/html, */*;q=0.1"])
def test_who_accepts_json_among_others_gets_it(api, accept):
    assert api.get("/v1/probes", headers={"Accept": accept}).status_code == 200


def test_format_parameters_and_suffixes_have_no_effect(api):
    assert api.get("/v1/probes?format=api").status_code == 200
    assert api.get("/v1/probes.json").status_code == 404


@pytest.mark.parametrize(("method", "path"), WITH_BODY)
def test_an_empty_body_is_no_json(api, method, path):
    response = api.generic(method, path, b"", content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_json")


def test_a_body_may_be_absent_where_it_is_optional(api):
    path = f"/v1/probes/{uuid4()}/touch"
    assert api.generic("POST", path).json() == {"data": {}}
    assert api.generic("POST", path, b"{", content_type="application/json").status_code == 400


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "json",
        "application/json; charset=utf-16",
        "application/json; charset=hex",
        "application/json; charset=nonsense",
        "application/jsonx",
        "application/json" + ";a=b" * 200,
    ],
)
@pytest.mark.parametrize(("method", "path"), WITH_BODY)
def test_a_body_of_another_kind_is_refused(api, method, path, content_type):
    response = api.generic(method, path, b'{"name": "a"}', content_type=content_type)
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip"])
def test_a_compressed_body_is_refused_unread(api, encoding):
    response = api.post("/v1/probes", b"\x1f\x8b", headers={"Content-Encoding": encoding})
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf8"'])
def test_utf_8_may_be_named(api, charset):
    response = api.post("/v1/probes", PROBE, content_type=f"application/json; charset={charset}")
    assert response.status_code == 201


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 3_000_000, 10_000_000])
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}])
def test_a_large_body_is_refused_before_it_is_parsed(api, size, headers):
    response = api.post("/v1/probes", b"[" * size, headers=headers)
    assert (response.status_code, response.json()["code"]) == (413, "payload_too_large")


def test_the_largest_body_allowed_is_read(api):
    body = b'{"name": "a", "at": "2026-01-01T00:00:00Z"}'
    assert api.post("/v1/probes", body + b" " * (1024 * 1024 - len(body))).status_code == 201


def test_the_body_of_a_deletion_is_ignored(api):
    response = api.delete(f"/v1/probes/{uuid4()}", b"{{{", content_type="text/plain")
    assert response.json() == {"success": True}


@pytest.mark.parametrize("odd", ["zzz", "018f3c1e7a107c559a410f6f2f1f9a01", "a" * 10_240, "%00", "%0A", "..;x=y"])
def test_a_malformed_id_names_nothing(api, odd):
    response = api.get(f"/v1/probes/{odd}")
    assert response.json()["data"]["id"] == "00000000-0000-0000-0000-000000000000"


def test_an_id_may_be_written_in_capitals(api):
    known = uuid4()
    assert api.get(f"/v1/probes/{str(known).upper()}").json()["data"]["id"] == str(known)


def test_the_actor_is_the_key(api, api_key):
    assert api.get(f"/v1/probes/{uuid4()}").json()["data"]["by"] == api_key.pk


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=-1", "limit=1e9", "limit=abc", "limit=101", "limit=", "limit=1&limit=2", "limit=%EF%BC%91"],
)
def test_a_bad_limit_is_refused_by_name(api, query):
    response = api.get(f"/v1/probes?{query}")
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == ["limit"]


def test_parameters_nobody_knows_are_ignored(api):
    assert api.get("/v1/probes?lmit=1&lmit=2&limit=3").json() == {"data": {"limit": 3, "cursor": None}}


def test_instants_go_out_with_three_digits_and_z(api):
    response = api.post("/v1/probes", {"name": "a", "at": "2026-05-04T09:00:00.123456+02:00"})
    assert response.json()["data"]["at"] == "2026-05-04T07:00:00.123Z"


def test_a_session_of_the_admin_counts_for_nothing(admin_client):
    assert admin_client.get("/v1/probes").status_code == 401


def test_the_key_is_read_from_its_header_alone(db, api_key):
    assert Client().get(f"/v1/probes?access_token={api_key.text}&key={api_key.text}").status_code == 401
    assert not RateWindow.objects.exists()
