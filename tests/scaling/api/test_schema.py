"""The description of the API is valid, public, and leaves nothing out."""

from __future__ import annotations

import json
import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from openapi_spec_validator import validate

from scaling.codes import STATUS_OF_CODE
from tests.routes import api_routes


@pytest.fixture(scope="module")
def description():
    return json.loads(Client().get("/v1/openapi.json").content)


def test_the_description_is_valid_openapi(description):
    assert description["openapi"] == "3.1.0"
    validate(description)


def test_every_route_and_method_is_described_and_nothing_else(description):
    described = {(method, path) for path, methods in description["paths"].items() for method in methods}
    assert described == set(api_routes())
    assert described


def test_it_is_made_without_a_warning():
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_every_call_needs_the_bearer_key_but_the_description(description):
    for path, methods in description["paths"].items():
        for operation in methods.values():
            assert operation.get("security", [{}]) == ([{}] if path == "/v1/openapi.json" else [{"bearer": []}])
    assert description["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_it_names_no_code_outside_the_closed_table(description):
    operations = [operation for methods in description["paths"].values() for operation in methods.values()]
    described = re.findall(r"`([a-z_]+)`", json.dumps([operation["responses"] for operation in operations]))
    assert described
    assert set(described) - {"data"} <= STATUS_OF_CODE.keys()


def test_posts_may_be_named_and_writes_made_conditional(description):
    header = {"post": "Idempotency-Key", "patch": "If-Match", "put": "If-Match", "delete": "If-Match"}
    for methods in description["paths"].values():
        for method, operation in methods.items():
            headers = {p["name"] for p in operation.get("parameters", []) if p["in"] == "header"}
            assert headers == ({header[method]} if method in header else set())


def test_a_deletion_is_described_with_a_body_or_without_one(description):
    deletions = [methods["delete"] for methods in description["paths"].values() if "delete" in methods]
    answers = {status: reply for operation in deletions for status, reply in operation["responses"].items()}

    assert "content" in answers["200"]
    assert "content" not in answers["204"]
