"""Pages over a person's own webhook, through engine and sender, to a real receiver."""

from __future__ import annotations

import threading
from ipaddress import ip_network

import orjson
import pytest
from django.core import mail
from standardwebhooks import Webhook

from accounts import services
from incidents.channels import webhook
from incidents.models import Delivery, Page, TimelineEvent
from incidents.sending import SenderPool
from tests.factories.accounts import (
    ContactMethodFactory,
    MembershipFactory,
    NotificationRuleFactory,
    OrganizationFactory,
)
from tests.incidents.running import START, make_policy, minutes, trigger, wake
from tests.receiver import receiver
from tests.rogue import rogue_server, stay_silent

pytestmark = pytest.mark.django_db(transaction=True)


class MovingClock:
    """Stands at ``at`` until a test moves it."""

    at = START

    def now(self):
        return self.at


@pytest.fixture(autouse=True)
def world(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def hook():
    with receiver() as made:
        yield made


@pytest.fixture
def ada():
    """Somebody with a second address that waits five minutes, so that who starts it is seen."""
    ada = MembershipFactory(organization=OrganizationFactory(name="Acme"), first_name="Ada", last_name="")
    second = ContactMethodFactory(membership=ada, address="second@example.org")
    NotificationRuleFactory(membership=ada, contact_method=second, delay_seconds=300)
    return ada


def over(member, url, **fields):
    method = ContactMethodFactory(membership=member, **{"webhook": "channel" not in fields, "address": url, **fields})
    NotificationRuleFactory(membership=member, contact_method=method)
    return method


def page(member):
    return trigger(member.organization, make_policy(member.organization, [member], timeout_minutes=10))


def work(now=START):
    """Let engine and senders do everything that is due at ``now``."""
    clock = MovingClock()
    clock.at = now
    while True:
        wake(now)
        pool = SenderPool(clock, lambda: None)
        sent = pool.send_due(now)
        pool.drain()
        if not sent:
            return


def fates():
    """Return what became of the page over each channel, the account's own mail aside."""
    return dict(Delivery.objects.exclude(contact_method=None).values_list("channel", "status"))


def test_a_page_goes_over_a_webhook_with_all_that_a_program_needs(ada, hook):
    method = over(ada, hook.url("/s3cr3t"))
    escalation = page(ada)
    work()

    (got,) = hook.received
    event = Webhook(method.secret).verify(got.body, got.headers)
    delivery = Delivery.objects.get(channel="webhook")
    assert got.headers["webhook-id"] == str(delivery.pk)
    assert (event["type"], event["timestamp"]) == ("page.fired", "2026-11-23T03:00:00.000Z")
    told = event["data"]
    assert told["incident"]["id"] == str(escalation.pk)
    assert (told["incident"]["title"], told["incident"]["severity"]) == ("Invoices stuck", "high")
    assert (told["userId"], told["layer"], told["until"]) == (ada.user_id, 1, "2026-11-23T03:10:00.000Z")
    assert "You are named in layer 1" in told["why"]
    assert "/a/" in told["answerUrl"]
    assert fates() == {"webhook": "handed_over"}


def test_neither_delivery_nor_timeline_holds_the_url(ada, hook):
    over(ada, hook.url("/s3cr3t"))
    hook.answers["/s3cr3t"] = (503, {})
    page(ada)
    work()

    rows = [*Delivery.objects.values(), *Page.objects.values(), *TimelineEvent.objects.values()]
    assert "503" in str(rows)
    assert "s3cr3t" not in str(rows)


def test_a_url_as_long_as_one_may_be_costs_no_page(ada, hook):
    over(ada, hook.url("/" + "x" * 1900))
    page(ada)
    work()

    assert fates() == {"webhook": "handed_over"}


def test_a_receiver_that_is_gone_is_dead_and_the_next_method_starts_at_once(ada, hook):
    over(ada, hook.url("/gone"))
    hook.answers["/gone"] = (410, {})
    page(ada)
    work()

    assert fates() == {"webhook": "dead", "email": "handed_over"}
    assert sorted(letter.to for letter in mail.outbox) == sorted([[ada.user.email], ["second@example.org"]])


def test_a_receiver_that_hangs_is_tried_again_and_the_next_method_starts_at_once(ada, monkeypatch):
    monkeypatch.setattr(webhook.WebhookSender.__init__, "__defaults__", (0.3,))
    with rogue_server(stay_silent) as server:
        over(ada, f"http://127.0.0.1:{server.port}/")
        page(ada)
        work()

    assert fates() == {"webhook": "pending", "email": "handed_over"}
    assert "no answer in time" in Delivery.objects.get(channel="webhook").last_error


def test_a_receiver_that_comes_back_gets_the_page_under_the_same_id(ada, hook):
    over(ada, hook.url("/busy"))
    hook.answers["/busy"] = (503, {})
    page(ada)
    work()
    hook.answers["/busy"] = (200, {})
    work(minutes(1))

    first, second = hook.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert fates() == {"webhook": "handed_over", "email": "handed_over"}


def test_an_unverified_method_does_not_page(ada, hook):
    over(ada, hook.url(), verified_at=None)
    page(ada)
    work(minutes(5))

    assert hook.received == []
    assert fates() == {"email": "handed_over"}


def test_a_method_removed_before_its_page_went_out_ends_and_the_next_starts(ada, hook):
    method = over(ada, hook.url())
    page(ada)
    services.remove_contact_method(
        organization_id=ada.organization_id, membership_id=ada.pk, method_id=method.pk, now=START
    )
    work()

    assert hook.received == []
    assert fates() == {"webhook": "dead", "email": "handed_over"}


def test_a_private_receiver_is_not_called_and_the_next_method_starts(ada, hook, settings):
    over(ada, hook.url())
    settings.OUTBOUND_ALLOWED_NETWORKS = ()
    page(ada)
    work()

    assert hook.received == []
    assert fates() == {"webhook": "pending", "email": "handed_over"}


def test_a_page_over_a_push_service_arrives(ada, hook):
    hook.answers["/"] = (200, {})
    over(ada, f"ntfy://127.0.0.1:{hook.port}/topic", channel="push")
    page(ada)
    work()

    sent = orjson.loads(hook.received[0].body)
    assert sent["title"] == "HIGH: Invoices stuck"
    assert sent["message"].startswith("You are named in layer 1")
    assert "the fallback is paged" in sent["message"]
    assert sent["message"].count("/a/") == 1
    assert fates() == {"push": "handed_over"}


def test_two_urls_at_one_host_do_not_wait_for_each_other(ada, hook):
    for number in range(4):
        over(ada, hook.url(f"/{number}"))
        hook.hanging.add(f"/{number}")
    page(ada)
    pool = SenderPool(MovingClock(), threading.Event().set)
    assert pool.send_due(START) == 5  # the account's mail too
    hook.released.set()
    pool.drain()
