"""Every path under /v1 answers in JSON, and asks for a key first."""

from __future__ import annotations

import pytest
from django.test import Client

ODD_PATHS = [
    "/v1",
    "/v1/",
    "/v1/nothing",
    "/v1/openapi.json/",
    "/v1/../admin",
    "/v1/%2e%2e/admin",
    "/v1/%00",
    "/v1/;x=y",
    "/v1/a%0Ab",
    "/v1/openapi.json.yaml",
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "INVENTED"]


@pytest.mark.parametrize("path", ODD_PATHS)
@pytest.mark.parametrize("method", METHODS)
def test_a_path_that_is_none_is_not_found_with_a_key_and_unauthorized_without(api, method, path):
    assert api.generic(method, path).status_code == 404
    response = Client().generic(method, path)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert response["Content-Type"] == "application/json"


def test_doubled_slashes_change_nothing(api):
    assert api.get("/", PATH_INFO="//v1/nothing").status_code == 404
    assert Client().get("/", PATH_INFO="//v1/nothing").json()["code"] == "not_authorized"


def test_the_description_is_public():
    response = Client().get("/v1/openapi.json")
    assert response.status_code == 200
    assert response.json()["openapi"] == "3.1.0"


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "TRACE", "INVENTED"])
def test_a_method_a_path_does_not_have_is_told_with_those_it_has(method):
    response = Client().generic(method, "/v1/openapi.json")
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"
    assert response["Allow"] == "GET, HEAD"
