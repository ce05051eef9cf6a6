"""A database that dies, hangs or leaves the outcome of a commit open: 503, and a repeat sets it right (contract 1.3)."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from incidents.models import Delivery, Escalation, Incident
from tests.incidents.running import make_policy, reload, told, trigger
from tests.processes import PATIENCE_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dying_commits():
    """Let the database end the session at the commit of every new incident, until called."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
              'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
            CREATE CONSTRAINT TRIGGER die AFTER INSERT ON incidents_incident
              DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die();
            """
        )
    yield _let_commits_live
    _let_commits_live()


def _let_commits_live():
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION IF EXISTS die() CASCADE")


def assert_to_be_repeated(response):
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert response.json()["type"] == "internal_error"
    assert int(response["Retry-After"]) > 0


def test_a_create_of_which_nobody_knows_whether_it_was_committed_is_repeated(api, ada, dying_commits):
    sent = {"title": "Invoices stuck", "severity": "high", "ownerId": ada.user_id}
    assert_to_be_repeated(api.post("/v1/incidents", sent, headers={"Idempotency-Key": "alert-1"}))
    dying_commits()
    answers = [api.post("/v1/incidents", sent, headers={"Idempotency-Key": "alert-1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert Incident.objects.count() == Delivery.objects.count() == 1


def test_a_create_whose_database_dies_in_the_middle_leaves_nothing(api, organization, ada, monkeypatch):
    policy = make_policy(organization, [ada])
    monkeypatch.setattr("incidents.services.trigger.load_worlds", _terminated)
    sent = {"title": "Invoices stuck", "severity": "high", "escalationPolicyId": str(policy.pk)}
    assert_to_be_repeated(api.post("/v1/incidents", sent))
    assert not Incident.objects.exists()
    monkeypatch.undo()
    assert api.post("/v1/incidents", sent).status_code == 201


def _terminated(needs, **since):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def test_a_command_that_waits_too_long_for_its_incident_is_to_be_repeated(api, organization, ada, settings):
    escalation = trigger(organization, make_policy(organization, [ada]))
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT FROM incidents_escalation FOR NO KEY UPDATE")
        settings.API_DATABASE_SECONDS = 0.2
        assert_to_be_repeated(api.post(f"/v1/incidents/{escalation.pk}/acknowledge"))
        settings.API_DATABASE_SECONDS = PATIENCE_SECONDS
        assert api.get(f"/v1/incidents/{escalation.pk}").status_code == 200
    finally:
        other.close()
    assert told(escalation)[-1] == "layer_paged"
    assert api.post(f"/v1/incidents/{escalation.pk}/acknowledge").status_code == 200
    assert reload(escalation).state == Escalation.State.ACKNOWLEDGED


def test_a_commit_that_is_sure_is_answered_though_the_hint_fails(api, ada, monkeypatch):
    monkeypatch.setattr("incidents.wake.CHANNEL", "not a channel")
    monkeypatch.setattr("incidents.wake._may_hint", lambda: True)
    sent = {"title": "Invoices stuck", "severity": "high", "ownerId": ada.user_id}
    assert api.post("/v1/incidents", sent).status_code == 201
    assert not transaction.get_connection().in_atomic_block
