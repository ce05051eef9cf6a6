"""Story: forty incidents in a moment wake one person, who gets two messages on the phone and forty mails."""

from __future__ import annotations

import orjson
import pytest
from django.urls import reverse

from incidents.answer.tokens import make_token
from incidents.models import Delivery, Page
from tests.factories.accounts import ContactMethodFactory
from tests.receiver import receiver

PATH = "/jsonrpc/sms"


@pytest.fixture
def phone():
    """An SMS gateway in the cellar, and what it was told to send."""
    with receiver() as gateway:
        gateway.answers[PATH] = (200, {})
        gateway.bodies[PATH] = b'{"result": {"message_id": 1, "status": "ok"}}'
        yield gateway


def texts(phone):
    return [orjson.loads(sent.body)["params"]["message"] for sent in phone.received]


def test_a_storm_loses_nobody_though_an_answer_and_a_kill_come_in_between(installation, ada, phone):
    ContactMethodFactory(membership=ada, channel="sms", address=f"smseagle://token@127.0.0.1:{phone.port}/15551234567")
    worker = installation.start_worker()
    policy = installation.policy([ada], minutes=60)
    first = installation.trigger(policy)
    installation.eventually(lambda: len(texts(phone)) == 1, "the first message")
    incidents = [first, *(installation.trigger(policy) for _ in range(39))]
    mails = installation.sink.wait_for(40)
    answered = incidents[20]
    installation.post(f"/incidents/{answered}/acknowledge")
    _kill_in_the_middle_of_the_next_message(installation, worker, phone)
    installation.eventually(lambda: _sms("handed_over") == 39, "every SMS to be recorded")
    alone, interrupted, again = texts(phone)

    assert alone.startswith("HIGH: Invoices stuck. Acknowledge: http")
    assert "more" not in alone
    assert "+ 37 more:" in interrupted
    assert again == interrupted
    assert _answer_path(answered) not in again
    assert _sms("cancelled") == 1
    assert {mail.to for mail in mails} == {"ada@example.org"}
    assert all(installation.http.get(mail.answer_path).status_code == 200 for mail in mails)
    last = _answer_path(incidents[-1])
    assert last in {mail.answer_path for mail in mails}
    assert last in again
    assert installation.http.post(last, follow_redirects=True).status_code == 200
    assert installation.state(incidents[-1])["state"] == "acknowledged"


def _kill_in_the_middle_of_the_next_message(installation, worker, phone):
    phone.hanging.add(PATH)
    installation.advance(seconds=60)
    installation.eventually(lambda: len(texts(phone)) == 2, "the second message to begin")
    installation.kill_worker(worker)
    phone.hanging.clear()
    phone.released.set()
    installation.start_worker()
    installation.advance(seconds=10)


def _sms(status):
    return Delivery.objects.filter(channel="sms", status=status).count()


def _answer_path(incident):
    return reverse("answer", args=[make_token(Page.objects.get(escalation=incident).pk)])
