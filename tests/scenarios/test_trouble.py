"""Stories: mail servers, workers and rows that fail, and nobody is lost."""

from __future__ import annotations

import json
import socket

from django.db import connection

from incidents.models import Delivery, Incident
from tests.edge.contents import contents
from tests.incidents.running import make_policy, trigger

POISONED = ("tests/scenarios/poisoned_worker.py",)


def test_a_mail_server_down_for_half_an_hour_loses_nobody_and_burns_no_ladder(installation, ada, bob):
    installation.sink.refuse = "451 4.3.0 try again later"
    installation.start_worker()
    incident = installation.trigger(installation.policy([ada], [bob]))
    installation.sink.wait_for_tries(1)
    for minute in range(30):
        installation.eventually(_nothing_in_hand, "the failure to be recorded")
        installation.advance(minutes=1)
        installation.sink.wait_for_tries(minute + 2)
    installation.eventually(_nothing_in_hand, "the failure to be recorded")
    state = installation.state(incident)
    installation.sink.refuse = None
    installation.advance(minutes=1)
    both = {"ada@example.org", "bob@example.org"}
    installation.eventually(lambda: both <= set(installation.sink.recipients()), "both to be paged")

    assert state["state"] == "paging"
    assert "escalation_exhausted" not in installation.told(incident)


def test_a_worker_killed_in_the_middle_of_a_send_loses_no_page(installation, ada):
    installation.sink.hold.clear()
    worker = installation.start_worker()
    incident = installation.trigger(installation.policy([ada]))
    assert installation.sink.holding.wait(30)
    installation.kill_worker(worker)
    installation.sink.hold.set()
    installation.start_worker()
    installation.advance(seconds=10)
    installation.wait_for_event(incident, "notification_sent")

    assert 1 <= len(installation.sink.mails) <= 2
    assert len({mail.message_id for mail in installation.sink.mails}) == 1


def test_a_worker_told_to_stop_finishes_what_it_has_in_hand(installation, ada):
    installation.sink.hold.clear()
    worker = installation.start_worker()
    incident = installation.trigger(installation.policy([ada]))
    assert installation.sink.holding.wait(30)
    worker.terminate()
    installation.sink.hold.set()

    assert worker.wait(30) == 0
    assert "notification_sent" in installation.told(incident)
    assert len(installation.sink.mails) == 1


def test_a_broken_loader_costs_no_incident_and_pages_the_fallback(installation, team, ada, monkeypatch):
    def no_world(needs):
        raise RuntimeError("no world today")

    with monkeypatch.context() as broken:
        broken.setattr("incidents.services.trigger.load_worlds", no_world)
        escalation = trigger(team, make_policy(team, [ada]), now=_now())
    installation.start_worker(POISONED)
    installation.wait_for_event(escalation.pk, "notification_sent")

    assert installation.told(escalation.pk)[:2] == ["incident_triggered", "first_page_deferred"]
    assert "row_parked" in installation.told(escalation.pk)
    assert installation.sink.recipients() == ["fallback@example.org"]


def test_a_worker_outlives_its_database_connections(installation, ada, bob):
    worker = installation.start_worker()
    policy = installation.policy([ada])
    installation.trigger(policy)
    installation.sink.wait_for(1)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    installation.eventually(lambda: _triggers(installation, policy), "the web server to reconnect")
    installation.sink.wait_for(2)

    assert worker.poll() is None


def test_a_body_cut_short_is_refused_and_changes_nothing(installation, ada):
    before = contents()
    whole = json.dumps({"title": "Cut short", "severity": "high", "ownerId": ada.user_id}).encode()
    status, answer = _send_part(installation, whole, sent=len(whole) - 1)

    assert (status, json.loads(answer)["code"]) == (400, "invalid_json")
    assert contents() == before
    assert installation.post("/incidents", **json.loads(whole))["status"] == Incident.Status.INVESTIGATING


def test_a_bad_setting_ends_a_worker_with_an_error(installation):
    worker = installation.start_worker(("manage.py", "worker", "--no-such-option"))

    assert worker.wait(30) != 0


def _send_part(installation, body, *, sent):
    """Trigger with the first bytes of ``body`` only, as a client does that dies; return status and body of the answer."""
    with socket.create_connection(("127.0.0.1", installation.http.base_url.port), 30) as line:
        lines = [
            "POST /v1/incidents HTTP/1.1",
            "Host: localhost",
            f"Authorization: {installation.http.headers['Authorization']}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "Connection: close",
        ]
        line.sendall("\r\n".join([*lines, "", ""]).encode() + body[:sent])
        line.shutdown(socket.SHUT_WR)
        head, _, answer = b"".join(iter(lambda: line.recv(65_536), b"")).partition(b"\r\n\r\n")
    return int(head.split()[1]), answer


def _nothing_in_hand():
    """Tell whether every attempt has been recorded: only then does moving the clock make the next one due."""
    return not Delivery.objects.filter(token__isnull=False).exists()


def _triggers(installation, policy):
    body = {"title": "Again", "severity": "low", "escalationPolicyId": policy}
    return installation.http.post("/v1/incidents", json=body).status_code == 201


def _now():
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
