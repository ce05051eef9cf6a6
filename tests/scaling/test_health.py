"""Probes: alive, and able to page."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from incidents.heartbeat import beat
from incidents.models import Delivery, Escalation, Page
from scaling import __version__, clock, health
from scaling.env import parse_environment
from scaling.ids import new_uuid
from tests.incidents.running import make_policy, trigger
from tests.scaling.test_checks import PRODUCTION


@pytest.fixture
def working(db):
    """A worker has just ticked; returns the present."""
    now = clock.now()
    beat(new_uuid(), now, now)
    return now


def ready(client):
    response = client.get("/readyz")
    return response.status_code, response.json()


def test_healthz_tells_the_versions_without_asking_the_database(client):
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "version": __version__, "tzdata": health.version("tzdata")}
    assert response["Cache-Control"] == "no-store"
    assert response["X-Request-Id"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_by_address_and_without_tls_are_answered(client, settings, working, path):
    settings.ALLOWED_HOSTS = ["oncall.example.org"]
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(path, headers={"host": "10.1.2.3:8000"}).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_read_only(client, path):
    response = client.post(path)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"


def test_ready_when_a_worker_ticks_and_nothing_is_left_lying(client, working):
    status, body = ready(client)
    assert status == 200
    assert body.pop("lastWorkerTickSeconds") < 30
    assert body == {
        "status": "ok",
        "database": "ok",
        "migrations": "ok",
        "oldestDueSeconds": 0.0,
        "oldestUndeliveredSeconds": 0.0,
    }


@pytest.mark.django_db
def test_not_ready_without_a_worker(client):
    status, body = ready(client)
    assert (status, body["status"], body["lastWorkerTickSeconds"]) == (503, "failing", None)


@pytest.mark.django_db
@pytest.mark.parametrize(("silence", "expected"), [(25, 200), (35, 503)])
def test_not_ready_once_the_last_worker_is_silent_for_30_seconds(client, silence, expected):
    now = clock.now()
    beat(new_uuid(), now, now - timedelta(hours=1))
    beat(new_uuid(), now, now - timedelta(seconds=silence))
    assert ready(client)[0] == expected


@pytest.mark.parametrize(("late", "expected"), [(25, 200), (35, 503)])
@pytest.mark.parametrize(
    ("model", "column"),
    [(Escalation, "wake_at"), (Page, "next_at"), (Delivery, "next_at")],
    ids=lambda value: str(value),
)
def test_not_ready_once_a_due_row_waits_for_30_seconds(
    client, working, organization, member, model, column, late, expected
):
    trigger(organization, make_policy(organization, [member]), now=working)
    model.objects.update(**{column: working - timedelta(seconds=late)})
    status, body = ready(client)
    assert status == expected
    assert late <= body["oldestDueSeconds"] < late + 20


def test_rows_due_later_do_not_count(client, working, organization, member):
    trigger(organization, make_policy(organization, [member]), now=working)
    assert ready(client)[0] == 200


def test_ready_and_telling_for_how_long_a_page_has_been_tried_in_vain(client, working, organization, member):
    for hours in (2, 1):
        trigger(organization, make_policy(organization, [member]), now=working - timedelta(hours=hours))
    Escalation.objects.update(wake_at=working + timedelta(minutes=1))
    Delivery.objects.update(attempts=9, next_at=working + timedelta(minutes=1), last_error="451 try again later")
    status, body = ready(client)
    assert status == 200
    assert 7200 <= body["oldestUndeliveredSeconds"] < 7220


@pytest.mark.parametrize(
    "fields",
    [
        {"attempts": 0},
        {"status": "handed_over", "next_at": None},
        {"status": "dead", "next_at": None},
        {"status": "cancelled", "next_at": None},
    ],
    ids=lambda fields: fields.get("status", "not tried yet"),
)
def test_what_is_not_tried_yet_or_no_more_counts_as_nothing_undelivered(client, working, organization, member, fields):
    trigger(organization, make_policy(organization, [member]), now=working - timedelta(hours=1))
    Delivery.objects.update(**{"attempts": 1, **fields})
    assert ready(client)[1]["oldestUndeliveredSeconds"] == 0.0


def test_not_ready_while_migrations_are_missing(client, working):
    MigrationRecorder.Migration.objects.filter(app="incidents", name="0001_initial").delete()
    status, body = ready(client)
    assert (status, body) == (503, {"status": "failing", "database": "ok", "migrations": "1 missing"})


def test_migrations_of_a_newer_version_do_no_harm(client, working):
    MigrationRecorder(connection).record_applied("incidents", "9999_from_the_future")
    assert ready(client)[0] == 200


def test_not_ready_without_the_database_and_no_secret_is_told(client, monkeypatch):
    def refuse():
        raise OperationalError("connection to server at db.internal, user scaling, password hunter2 failed")

    monkeypatch.setattr(health.connection, "cursor", refuse)
    status, body = ready(client)
    assert (status, body) == (503, {"status": "failing", "database": "unreachable"})
    assert "hunter2" not in json.dumps(body)


def test_not_ready_on_a_database_that_forgets(client, working, settings):
    settings.SCALING = parse_environment(PRODUCTION)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    status, body = ready(client)
    assert status == 503
    assert body["database"].startswith("unsafe: ")
    assert "synchronous_commit" in body["database"]


@pytest.mark.parametrize("incidents", [1, 6])
def test_readiness_costs_the_same_however_many_incidents(
    client, working, organization, member, incidents, django_assert_num_queries
):
    policy = make_policy(organization, [member])
    for _ in range(incidents):
        trigger(organization, policy, now=working)
    with django_assert_num_queries(6):
        ready(client)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/admin"])
def test_front_door_leads_to_the_admin(client, path):
    response = client.get(path)
    assert (response.status_code, response["Location"]) == (302, "/admin/")


def test_models_have_all_their_migrations(db):
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
