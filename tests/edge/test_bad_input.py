"""Bad input gets a clear error and changes nothing, at every real endpoint (the catalogue, B1 to B98)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from django.db import transaction

from scaling.codes import type_of_status
from tests.edge.calls import BODIES, READS, ROUTES, WRITES, Call
from tests.edge.catalogue import CASES, ELSEWHERE, NOT_YET, UNMET
from tests.edge.contents import contents
from tests.factories.accounts import ApiKeyFactory
from tests.fixtures.accounts import ApiClient
from tests.named import named_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def client_of(organization):
    """Return a client whose key has a scope; for None, one without a key."""
    return lambda scope: ApiClient(scope and ApiKeyFactory(organization=organization, scope=scope).text)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_catalogue_of_bad_input(case, world, client_of):
    client = client_of(case.scope)
    before = contents()
    for call in case.calls:
        savepoint = transaction.savepoint()  # no block, which would keep codes from being sent
        response = call.send(client, world)
        if case.code is None:
            assert_accepted(call, response, case)
        else:
            assert_refused(call, response, case)
            assert contents() == before, call
        transaction.savepoint_rollback(savepoint)


def assert_accepted(call, response, case):
    assert response.status_code in {200, 201, 204}, (call, response.content)
    told = response.json().get("data", {}) if response.content else {}
    assert {name: told[name] for name in case.kept} == case.kept, call


def assert_refused(call, response, case):
    told = response.json()
    assert (response.status_code, told["code"]) == (case.status, case.code), (call, told)
    assert (told["statusCode"], told["type"]) == (case.status, type_of_status(case.status))
    assert UUID(told["requestId"]) == UUID(response["X-Request-Id"])
    assert response["Content-Type"] == "application/json"
    if case.fields is not None:
        assert [error["field"] for error in told["errors"]] == case.fields, call
    if case.status == 401:
        assert response["WWW-Authenticate"] == "Bearer"


def test_each_number_of_the_catalogue_is_proven_or_named():
    proven = {case.number for case in CASES} | set(ELSEWHERE)

    assert proven | set(NOT_YET) == set(range(1, 99))
    assert not set(NOT_YET) & set(ELSEWHERE)
    assert set(UNMET) <= proven


@pytest.mark.parametrize("test", sorted({test for tests in ELSEWHERE.values() for test in tests}))
def test_what_is_proven_elsewhere_is_proven_there(test):
    path, *names = test.split("::")

    assert tuple(names) in named_in(path)


def test_every_endpoint_that_takes_a_body_is_called_and_no_other():
    assert set(BODIES) == {(call.method, call.path) for call in WRITES}
    assert all(case.calls for case in CASES)


@pytest.mark.parametrize("call", ROUTES, ids=str)
def test_every_call_that_is_spoiled_works_unspoiled(call, api, world):
    assert call.send(api, world).status_code in {200, 201, 204}


@pytest.mark.parametrize("call", READS, ids=str)
def test_head_answers_like_get_without_a_body(call, api, world):
    got = call.send(api, world)
    response = replace(call, method="head").send(api, world)

    assert (response.status_code, response.content) == (200, b"")
    assert _lasting(response) == {**_lasting(got), "Content-Length": str(len(got.content))}


def _lasting(response):
    return {name: value for name, value in response.headers.items() if name != "X-Request-Id"}


@pytest.mark.parametrize("path", dict.fromkeys(call.path for call in ROUTES))
def test_a_method_a_path_does_not_have_is_told_with_those_it_has(path, api, world):
    response = Call(method="invented", path=path).send(api, world)
    served = {call.method.upper() for call in ROUTES if call.path == path}

    assert set(response["Allow"].split(", ")) == served | ({"HEAD"} if "GET" in served else set())
