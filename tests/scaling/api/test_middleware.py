"""What holds for every path under /v1 before and after any view."""

from __future__ import annotations

import pytest
from django.http import HttpResponse, HttpResponseForbidden
from django.test import Client, RequestFactory

from scaling.api.middleware import ApiMiddleware


def through(answer, path="/v1/x", **environ):
    """Return what the middleware makes of the answer of all that stands behind it."""
    return ApiMiddleware(lambda request: answer)(RequestFactory().get(path, **environ))


def test_an_unknown_host_is_refused_in_json(api):
    response = api.get("/v1/openapi.json", headers={"Host": "evil.example"})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request_error")
    assert response.json()["requestId"] == response["X-Request-Id"]


@pytest.mark.parametrize("host", ["a b", "localhost:x", "[::1", "\xff", "localhost, evil.example"])
def test_a_host_that_is_none_is_refused_in_json(api, host):
    response = api.get("/v1/openapi.json", headers={"Host": host})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request_error")


def test_plain_http_is_refused_where_https_is_required(api, settings):
    settings.SECURE_SSL_REDIRECT = True
    for response in (api.get("/v1/openapi.json"), api.post("/v1/anything", {})):
        assert response.status_code == 401
        assert response.json()["code"] == "not_authorized"
        assert response.json()["reason"] == "https_required"
        assert "Location" not in response
    assert api.get("/v1/openapi.json", secure=True).status_code == 200


@pytest.mark.parametrize(
    ("status", "told", "code"),
    [
        (400, 400, "invalid_request_error"),
        (403, 400, "invalid_request_error"),
        (404, 404, "not_found"),
        (413, 413, "payload_too_large"),
        (500, 500, "server_error"),
        (502, 500, "server_error"),
    ],
)
def test_an_error_page_becomes_the_envelope(status, told, code):
    response = through(HttpResponse("<h1>Oops</h1>", status=status))
    assert response.status_code == told
    assert f'"code":"{code}"'.encode() in response.content
    assert response["Content-Type"] == "application/json"


def test_what_is_json_or_no_error_passes_as_it_is():
    for answer in (HttpResponse("{}", status=500, content_type="application/json"), HttpResponse("<p>fine</p>")):
        assert through(answer) is answer


def test_pages_outside_the_api_are_left_alone():
    answer = HttpResponseForbidden("<h1>Oops</h1>")
    assert through(answer, path="/admin/", headers={"Host": "evil.example"}) is answer


def test_a_crash_outside_the_views_is_told_in_json(settings, monkeypatch):
    def crash(*_):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("django.contrib.sessions.middleware.SessionMiddleware.process_request", crash)
    for debug in (False, True):
        settings.DEBUG = debug
        response = Client(raise_request_exception=False).get("/v1/openapi.json")
        assert (response.status_code, response.json()["code"]) == (500, "server_error")
        assert b"secret" not in response.content


@pytest.mark.parametrize("charset", ["utf-16", "hex", "nonsense", "\xff"])
def test_the_charset_of_a_body_has_no_say_in_the_query_string(api, charset):
    response = api.get("/v1/nothing?a=%FF%e9", content_type=f"text/plain; charset={charset}")
    assert response.status_code == 404


def test_every_answer_names_its_request(api):
    answers = [api.get("/v1/openapi.json"), api.get("/v1/nothing"), Client().get("/v1/nothing"), Client().get("/none")]
    assert len({response["X-Request-Id"] for response in answers}) == len(answers)
