"""Pages as signed webhooks (import-formats 6.5)."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_network
from uuid import UUID

import orjson
import pytest
from standardwebhooks import Webhook

from incidents.channels import sender_for
from incidents.channels.base import Failure, Message, SendFailed
from incidents.channels.webhook import WebhookSender
from tests.factories.accounts import WEBHOOK_SECRET
from tests.receiver import receiver
from tests.rogue import free_port, rogue_server, stay_silent

KEY = UUID("01980000-0000-7000-8000-000000000001")


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)


def message(url, **changes):
    fields = {"subject": "HIGH: Invoices stuck", "text": "Invoices stuck", "html": "", "secret": WEBHOOK_SECRET}
    event = {"type": "page.fired", "timestamp": "2026-11-23T03:00:00.000Z", "data": {"title": "Straße 🔥"}}
    return Message(key=KEY, destination=url, event=event, **{**fields, **changes})


def failure(url, sender=None):
    with pytest.raises(SendFailed) as caught:
        (sender or WebhookSender()).send(message(url))
    return caught.value


def test_a_webhook_is_one_that_receivers_can_verify():
    with receiver() as hook:
        sender_for("webhook").send(message(hook.url()))
    (got,) = hook.received
    verified = Webhook(WEBHOOK_SECRET).verify(got.body, got.headers)
    assert verified == orjson.loads(got.body)
    assert verified["type"] == "page.fired"
    assert got.headers["webhook-id"] == str(KEY)
    assert got.headers["content-type"] == "application/json"


def test_the_id_stays_the_same_and_the_timestamp_is_that_of_the_attempt(monkeypatch):
    stamps = iter([datetime(2026, 1, 5, 8, tzinfo=UTC), datetime(2026, 1, 5, 9, tzinfo=UTC)])

    class Standing(datetime):
        @classmethod
        def now(cls, tz=None):
            return next(stamps)

    monkeypatch.setattr("incidents.channels.webhook.datetime", Standing)
    with receiver() as hook:
        for _ in range(2):
            WebhookSender().send(message(hook.url()))
    assert {got.headers["webhook-id"] for got in hook.received} == {str(KEY)}
    assert [got.headers["webhook-timestamp"] for got in hook.received] == ["1767600000", "1767603600"]
    assert len({got.headers["webhook-signature"] for got in hook.received}) == 2


def test_the_signature_is_that_of_the_published_vector():
    body = '{"type":"incident.escalated","timestamp":"2026-01-05T08:00:00Z","data":{"incidentId":"inc_1","layer":2}}'
    signature = Webhook(WEBHOOK_SECRET).sign("msg_01demo", datetime.fromtimestamp(1767600000, UTC), body)
    assert signature == "v1,6s/9OuhmCJXl4bC8x2qfuZN3vT1DbXCYoK/5Ke8LGDs="


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (404, Failure.RECIPIENT),
        (410, Failure.RECIPIENT),
        (301, Failure.TEMPORARY),
        (400, Failure.TEMPORARY),
        (401, Failure.TEMPORARY),
        (403, Failure.TEMPORARY),
        (429, Failure.TEMPORARY),
        (500, Failure.TEMPORARY),
        (503, Failure.TEMPORARY),
    ],
)
def test_an_answer_is_told_by_what_it_means_for_the_page(status, expected):
    with receiver() as hook:
        hook.answers["/s3cr3t"] = (status, {"Location": hook.url("/elsewhere")})
        failed = failure(hook.url("/s3cr3t"))
    assert failed.failure is expected
    assert str(status) in failed.reason
    assert "s3cr3t" not in failed.reason
    assert len(hook.received) == 1


def test_a_receiver_that_hangs_is_temporary():
    with rogue_server(stay_silent) as server:
        failed = failure(f"http://127.0.0.1:{server.port}/", WebhookSender(limit_seconds=0.3))
        assert server.hung_up.wait(timeout=10)
    assert failed.failure is Failure.TEMPORARY


def test_an_address_our_rules_forbid_is_not_called_and_the_page_lives_on(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = ()
    with receiver() as hook:
        failed = failure(hook.url())
    assert failed.failure is Failure.TEMPORARY
    assert "no public address" in failed.reason
    assert hook.received == []


def test_a_receiver_that_refuses_connections_is_temporary():
    assert failure(f"http://127.0.0.1:{free_port()}/").failure is Failure.TEMPORARY


def test_a_message_shows_neither_its_address_nor_its_secret():
    shown = repr(message("https://hooks.example.org/s3cr3t"))
    assert "s3cr3t" not in shown
    assert WEBHOOK_SECRET not in shown
