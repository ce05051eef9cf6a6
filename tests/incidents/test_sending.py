"""The sender pool: what is claimed is sent and recorded, and what fails loses nothing."""

from __future__ import annotations

import threading

import pytest
from django.db import OperationalError

from incidents import sending
from incidents.channels.base import Failure, SendFailed
from incidents.models import Delivery
from incidents.sending import SENDERS, SenderPool
from incidents.services import acknowledge_incident
from tests.factories.accounts import ContactMethodFactory, MembershipFactory, OrganizationFactory
from tests.incidents.running import START, deliveries, make_policy, trigger

pytestmark = pytest.mark.django_db(transaction=True)


class StandingClock:
    def now(self):
        return START


class FakeSender:
    """A channel that remembers what it sent; ``act`` may raise or wait."""

    sent: list[str] = []
    act = staticmethod(lambda message: None)

    def send(self, message):
        FakeSender.act(message)
        FakeSender.sent.append(message.destination)


@pytest.fixture(autouse=True)
def channel(settings, monkeypatch):
    settings.SENDERS = dict.fromkeys(("email", "sms"), "tests.incidents.test_sending.FakeSender")
    monkeypatch.setattr(FakeSender, "sent", [])
    monkeypatch.setattr(FakeSender, "act", staticmethod(lambda message: None))


@pytest.fixture
def pool():
    pool = SenderPool(StandingClock(), lambda: None)
    yield pool
    pool.drain()


@pytest.fixture
def escalation():
    organization = OrganizationFactory()
    people = [MembershipFactory(organization=organization) for _ in range(3)]
    return trigger(organization, make_policy(organization, people))


def test_what_is_due_is_sent_and_recorded(pool, escalation):
    assert pool.send_due(START) == 3
    pool.drain()

    assert {status for _, status in deliveries(escalation)} == {"handed_over"}
    assert len(FakeSender.sent) == 3


def test_a_refusal_of_the_recipient_is_recorded_as_the_end(pool, escalation, monkeypatch):
    def refuse(message):
        raise SendFailed(Failure.RECIPIENT, "550 no such user")

    monkeypatch.setattr(FakeSender, "act", staticmethod(refuse))
    pool.send_due(START)
    pool.drain()

    assert {status for _, status in deliveries(escalation)} == {"dead"}


def test_a_refusal_of_us_is_tried_again_and_alarms_the_operator(pool, escalation, monkeypatch):
    alarms = []
    monkeypatch.setattr(sending, "alarm_operator", lambda kind, text: alarms.append(kind))

    def refuse(message):
        raise SendFailed(Failure.OURS, "535 authentication failed")

    monkeypatch.setattr(FakeSender, "act", staticmethod(refuse))
    pool.send_due(START)
    pool.drain()

    assert {status for _, status in deliveries(escalation)} == {"pending"}
    assert set(alarms) == {"channel_refuses_us"}


def test_a_channel_with_a_bug_counts_as_a_temporary_failure(pool, escalation, monkeypatch):
    def crash(message):
        raise ZeroDivisionError

    monkeypatch.setattr(FakeSender, "act", staticmethod(crash))
    pool.send_due(START)
    pool.drain()

    assert {status for _, status in deliveries(escalation)} == {"pending"}
    assert set(Delivery.objects.values_list("last_error", flat=True)) == {"The channel failed: ZeroDivisionError."}


def test_a_channel_that_cannot_be_loaded_counts_as_a_temporary_failure(pool, escalation, settings):
    settings.SENDERS = {"email": "tests.nowhere.Sender"}
    pool.send_due(START)
    pool.drain()

    assert {status for _, status in deliveries(escalation)} == {"pending"}
    errors = set(Delivery.objects.values_list("last_error", flat=True))
    assert errors == {"The channel failed: ModuleNotFoundError."}


def test_a_channel_is_loaded_before_the_attempt_begins(pool, escalation, monkeypatch):
    steps = []
    load, renew = sending.sender_for, sending.renew_lease
    monkeypatch.setattr(sending, "sender_for", lambda channel: steps.append("load") or load(channel))
    monkeypatch.setattr(sending, "renew_lease", lambda *claim: steps.append("renew") or renew(*claim))
    Delivery.objects.exclude(pk=Delivery.objects.first().pk).delete()
    pool.send_due(START)
    pool.drain()

    assert steps == ["load", "renew", "load"]


def test_an_outcome_is_recorded_once_the_database_is_back(pool, escalation, monkeypatch):
    monkeypatch.setattr(sending, "_PAUSES_BEFORE_RECORDING_AGAIN", (0.01, 0.01))
    away = threading.local()
    record = sending.record_handed_over

    def flaky(attempt, now):
        away.count = getattr(away, "count", 0) + 1
        if away.count == 1:
            raise OperationalError("server closed the connection unexpectedly")
        record(attempt, now)

    monkeypatch.setattr(sending, "record_handed_over", flaky)
    pool.send_due(START)
    pool.drain()

    assert {status for _, status in deliveries(escalation)} == {"handed_over"}


def test_a_message_that_cannot_be_composed_goes_out_bare(pool, escalation, monkeypatch):
    def broken(riding):
        raise ValueError("template")

    monkeypatch.setattr(sending, "compose", broken)
    pool.send_due(START)
    pool.drain()

    assert {status for _, status in deliveries(escalation)} == {"handed_over"}


def test_no_more_is_claimed_than_threads_are_free_for(pool, monkeypatch):
    organization = OrganizationFactory()
    people = [MembershipFactory(organization=organization) for _ in range(SENDERS + 5)]
    trigger(organization, make_policy(organization, people))
    release = threading.Event()
    monkeypatch.setattr(FakeSender, "act", staticmethod(lambda message: release.wait(10)))

    assert pool.send_due(START) == SENDERS
    assert pool.send_due(START) == 0
    release.set()
    pool.drain()


def test_one_destination_gets_at_most_two_at_a_time(pool, monkeypatch):
    organization = OrganizationFactory()
    ada = MembershipFactory(organization=organization)
    for _ in range(4):
        trigger(organization, make_policy(organization, [ada]))
    release = threading.Event()
    monkeypatch.setattr(FakeSender, "act", staticmethod(lambda message: release.wait(10)))

    assert pool.send_due(START) == 2
    assert pool.send_due(START) == 0
    release.set()
    pool.drain()


@pytest.fixture
def storm():
    """Three incidents that page one person over SMS and mail."""
    sms = ContactMethodFactory(membership=MembershipFactory(), sms=True)
    organization = sms.membership.organization
    policy = make_policy(organization, [sms.membership])
    return [trigger(organization, policy, title=f"Incident {number}") for number in range(3)]


def texts(monkeypatch):
    """Return the list that SMS messages will be in once they are sent."""
    sent = []
    monkeypatch.setattr(FakeSender, "act", staticmethod(lambda message: sent.append(message)))
    return sent


def of_sms():
    return sorted(Delivery.objects.filter(channel="sms").values_list("status", flat=True))


def test_a_message_and_all_that_rides_along_is_sent_once_and_recorded(pool, storm, monkeypatch):
    sent = texts(monkeypatch)
    pool.send_due(START)
    pool.drain()

    (sms,) = [message for message in sent if message.destination.startswith("twilio")]
    assert sms.subject == "HIGH: Incident 2 (+ 2 more)"
    assert of_sms() == ["handed_over"] * 3


def test_an_answer_between_claim_and_send_takes_the_incident_out_of_the_text(pool, storm, monkeypatch):
    sent = texts(monkeypatch)
    renew = sending.renew_lease

    def answered_first(attempt, now):
        if attempt.riders:
            acknowledge(storm[2])
        return renew(attempt, now)

    monkeypatch.setattr(sending, "renew_lease", answered_first)
    pool.send_due(START)
    pool.drain()

    (sms,) = [message for message in sent if message.destination.startswith("twilio")]
    assert sms.subject == "HIGH: Incident 1 (+ 1 more)"
    assert "Incident 2" not in sms.short
    assert of_sms() == ["cancelled", "handed_over", "handed_over"]


def acknowledge(escalation):
    acknowledge_incident(
        organization_id=escalation.organization_id,
        incident_id=escalation.pk,
        actor_id="key_test",
        user_id=None,
        now=START,
    )


def test_a_bare_message_leaves_who_rides_along_for_the_next(pool, storm, monkeypatch):
    def broken(riding):
        raise ValueError("template")

    monkeypatch.setattr(sending, "compose", broken)
    pool.send_due(START)
    pool.drain()

    assert of_sms() == ["handed_over", "pending", "pending"]


def test_a_failed_message_is_everybodys_failure(pool, storm, monkeypatch):
    def refuse(message):
        raise SendFailed(Failure.TEMPORARY, "503")

    monkeypatch.setattr(FakeSender, "act", staticmethod(refuse))
    pool.send_due(START)
    pool.drain()

    assert of_sms() == ["pending"] * 3
    assert set(Delivery.objects.filter(channel="sms").values_list("last_error", flat=True)) == {"503"}
