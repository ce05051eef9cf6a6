"""How a person is paged, on their page in the admin: read in words, and tried."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from django.core import mail
from standardwebhooks import Webhook

from incidents.channels import Failure, SendFailed
from scaling import clock
from tests.admin_pages import statements
from tests.factories.accounts import ContactMethodFactory, NotificationRuleFactory
from tests.factories.escalation import QuietHoursFactory
from tests.receiver import receiver

PEOPLE = "/admin/accounts/membership/"


@pytest.fixture(autouse=True)
def world(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def page(member):
    return f"{PEOPLE}{member.pk}/change/"


def text(client, member):
    response = client.get(page(member))
    assert response.status_code == 200
    return response.content.decode()


def tried(client, member, method="account"):
    named = method if isinstance(method, str) else method.pk
    return client.post(f"{PEOPLE}{member.pk}/test/", {"method": named}, follow=True).content.decode()


class TestReading:
    def test_an_admin_reads_rules_and_quiet_hours_in_words(self, as_alice, bob):
        method = ContactMethodFactory(membership=bob, verified_at=clock.now())
        NotificationRuleFactory(membership=bob, contact_method=method, delay_seconds=300, repeat_seconds=600)
        QuietHoursFactory(membership=bob)
        shown = text(as_alice, bob)
        assert f"Email: {method.shown}, after 5 min, again every 10 min, for every severity" in shown
        assert "Quiet hours (Europe/Berlin): Every day, 22:00 until 07:00 on the next day." in shown

    def test_without_rules_it_says_what_happens(self, as_alice, bob):
        shown = text(as_alice, bob)
        assert "all verified methods page at once" in shown
        assert "No quiet hours." in shown

    def test_members_do_not_see_how_others_are_paged(self, as_bob, alice):
        method = ContactMethodFactory(membership=alice, verified_at=clock.now())
        shown = text(as_bob, alice)
        for words in (method.shown, "How they are paged", "Send a test page"):
            assert words not in shown

    def test_it_costs_the_same_for_few_methods_and_for_many(self, as_alice, bob):
        costs = []
        for more in (1, 10):
            ContactMethodFactory.create_batch(more, membership=bob, verified_at=clock.now())
            costs.append(statements(as_alice, page(bob)))
        assert costs[0] == costs[1]


class TestTrying:
    def test_the_accounts_address(self, as_alice, bob):
        assert "A test page is on its way to bob@acme.example." in tried(as_alice, bob)
        (sent,) = mail.outbox
        assert sent.to == ["bob@acme.example"]
        assert "nothing is wrong" in sent.subject

    def test_a_verified_method(self, as_alice, bob):
        with receiver() as hook:
            method = ContactMethodFactory(membership=bob, webhook=True, address=hook.url(), verified_at=clock.now())
            assert f"on its way to {method.shown}" in tried(as_alice, bob, method)
            (got,) = hook.received
        assert Webhook(method.secret).verify(got.body, got.headers)["type"] == "page.test"

    def test_a_method_that_is_not_verified_is_not_tried(self, as_alice, bob):
        method = ContactMethodFactory(membership=bob, verified_at=None)
        assert "is not verified, so it does not page" in tried(as_alice, bob, method)
        assert mail.outbox == []

    def test_what_the_provider_said_is_told(self, as_alice, bob, monkeypatch):
        def refuse(*_):
            raise SendFailed(Failure.RECIPIENT, "550 no such user")

        monkeypatch.setattr("incidents.channels.email.EmailSender.send", refuse)
        assert "The test page could not be sent. 550 no such user" in tried(as_alice, bob)

    def test_a_method_of_somebody_else_is_as_unknown_as_none(self, as_alice, alice, bob, charlie):
        others = [ContactMethodFactory(membership=one, verified_at=clock.now()) for one in (alice, charlie)]
        for method in (*others, "nonsense", ""):
            assert "on its way" not in tried(as_alice, bob, method)
        assert mail.outbox == []

    def test_ten_an_hour_are_enough(self, as_alice, bob):
        for _ in range(10):
            tried(as_alice, bob)
        assert "Too many requests" in tried(as_alice, bob)
        assert len(mail.outbox) == 10

    def test_members_try_nobody_and_nobody_elses(self, as_bob, as_charlie, alice, bob):
        assert as_bob.post(f"{PEOPLE}{alice.pk}/test/").status_code == 403
        assert as_charlie.post(f"{PEOPLE}{bob.pk}/test/").status_code == 404
        assert as_bob.get(f"{PEOPLE}{alice.pk}/test/").status_code == 405
        assert mail.outbox == []
