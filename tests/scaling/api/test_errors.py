"""One envelope for every error, whatever went wrong (contract 1.2)."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.utils import InternalError

from scaling.api.exceptions import as_domain_error
from scaling.codes import STATUS_OF_CODE, type_of_status
from scaling.errors import DomainError
from scaling.models import RateWindow
from tests.scaling.api.probe import FAILURES

pytestmark = pytest.mark.urls("tests.scaling.api.probe")

TOLD_AS = {
    "crash": (500, "server_error"),
    "database down": (503, "unavailable"),
    "database error": (500, "server_error"),
    "django 404": (404, "not_found"),
    "django 403": (403, "insufficient_scope"),
    "drf 403": (403, "insufficient_scope"),
    "drf 500": (500, "server_error"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_whatever_a_view_raises_is_told_in_the_envelope(api, failure):
    response = api.get(f"/v1/probes/{uuid4()}", {"fail": failure})
    status, code = TOLD_AS[failure]
    body = response.json()
    assert response.status_code == body["statusCode"] == status
    assert body["code"] == code
    assert body["type"] == type_of_status(status)
    assert UUID(body["requestId"]) == UUID(response["X-Request-Id"])
    assert set(body) == {"statusCode", "type", "code", "requestId", "message"}
    assert "secret detail" not in response.content.decode()


def test_unavailable_says_when_to_come_back(api):
    response = api.get(f"/v1/probes/{uuid4()}", {"fail": "database down"})
    assert int(response["Retry-After"]) > 0


def test_a_crash_is_logged_with_its_trace(api, caplog):
    api.get(f"/v1/probes/{uuid4()}", {"fail": "crash"})
    assert any(record.exc_info and record.exc_info[0] is ZeroDivisionError for record in caplog.records)


def test_mistakes_in_fields_are_listed_with_their_paths(api):
    response = api.post("/v1/probes", {"name": "a", "inner": {"kind": "one", "ids": ["a", 1]}, "odd": 1})
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == ["inner.ids.1", "odd"]
    assert all(error["message"] for error in response.json()["errors"])


def run(statements):
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)", "unavailable"),
        ("SELECT 1 / 0", "server_error"),
        ("SET TRANSACTION READ ONLY; DELETE FROM scaling_ratewindow", "unavailable"),
    ],
)
def test_the_condition_of_the_database_is_told_from_a_wrong_statement(db, statement, code):
    with pytest.raises((DatabaseError, InternalError)) as failed:
        run(statement.split("; "))
    assert as_domain_error(failed.value).code == code


def test_an_error_outside_the_closed_table_cannot_be_defined():
    with pytest.raises(TypeError, match="not in scaling"):

        class Invented(DomainError):
            status = 400
            code = "invented"

    with pytest.raises(TypeError, match="status 418"):

        class WrongStatus(DomainError):
            status = 418
            code = "not_found"


def test_every_type_follows_its_status():
    types = {code: type_of_status(status) for code, status in STATUS_OF_CODE.items()}
    assert types["not_authorized"] == "not_authorized_error"
    assert types["idempotency_key_reused"] == types["validation_error"] == "validation_error"
    assert types["server_error"] == types["unavailable"] == "internal_error"
    assert types["rate_limited"] == types["policy_in_use"] == types["not_found"] == "invalid_request_error"


def test_a_failed_post_leaves_nothing_behind_when_it_was_named(api):
    response = api.post("/v1/probes", {"name": "crash", "at": "2026-01-01T00:00:00Z"}, headers={"Idempotency-Key": "k"})
    assert response.status_code == 500
    assert not RateWindow.objects.exists()
