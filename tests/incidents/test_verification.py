"""A contact method is verified by a code that went over it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import orjson
import pytest
from django.core import mail
from django.db import transaction
from standardwebhooks import Webhook

from accounts import services
from accounts.models import ContactMethod
from incidents import verification
from scaling.errors import InvalidInput, NotFound, RateLimited
from tests.factories.accounts import ContactMethodFactory, MembershipFactory
from tests.receiver import receiver

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def world(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def hook():
    with receiver() as made:
        yield made


def add(member, address, channel="webhook"):
    return verification.add_checked_method(
        organization_id=member.organization_id, membership_id=member.id, channel=channel, address=address, now=NOW
    )


def of(method):
    return {"organization_id": method.organization_id, "membership_id": method.membership_id, "method_id": method.id}


def send(method, now=NOW):
    return verification.send_code(**of(method), now=now)


def test_a_webhook_is_verified_by_the_code_it_was_sent(member, hook):
    method = add(member, hook.url())
    send(method)
    (got,) = hook.received
    event = Webhook(method.secret).verify(got.body, got.headers)
    assert event["type"] == "contact_method.verification"
    assert services.confirm_contact_method(**of(method), code=event["data"]["code"], now=NOW).verified_at == NOW


def test_an_address_is_verified_by_the_code_it_was_sent(member):
    method = add(member, "ada@home.example", "email")
    send(method)
    (letter,) = mail.outbox
    code = re.search(r"\d{6}", letter.body)[0]
    assert letter.to == ["ada@home.example"]
    assert services.confirm_contact_method(**of(method), code=code, now=NOW).verified_at == NOW


def test_a_push_service_is_verified_by_the_code_it_was_sent(member, hook):
    hook.answers["/"] = (200, {})
    method = add(member, f"ntfy://127.0.0.1:{hook.port}/topic", "push")
    send(method)
    code = re.search(r"\d{6}", orjson.loads(hook.received[0].body)["message"])[0]
    assert services.confirm_contact_method(**of(method), code=code, now=NOW).verified_at == NOW


@pytest.mark.parametrize(
    ("channel", "address"),
    [("webhook", "http://10.0.0.1/"), ("webhook", "http://2130706434/"), ("push", "ntfy://169.254.169.254/topic")],
)
def test_a_server_that_may_not_be_called_is_refused_before_it_is_stored(member, settings, channel, address):
    settings.OUTBOUND_ALLOWED_NETWORKS = ()
    with pytest.raises(InvalidInput, match=r"address: .*no public address"):
        add(member, address, channel)
    assert not ContactMethod.objects.exists()


def test_a_code_that_could_not_be_sent_is_told_and_no_secret_with_it(member, hook):
    hook.answers["/s3cr3t"] = (410, {})
    method = add(member, hook.url("/s3cr3t"))
    with pytest.raises(InvalidInput, match="answered 410") as caught:
        send(method)
    assert "s3cr3t" not in str(caught.value)


def test_a_person_gets_only_so_many_codes_an_hour(member):
    for number in range(10):
        send(ContactMethodFactory(membership=member, verified_at=None, address=f"{number}@home.example"))
    late = ContactMethodFactory(membership=member, verified_at=None)
    with pytest.raises(RateLimited):
        send(late)
    assert len(mail.outbox) == 10
    send(late, NOW + timedelta(hours=1))


def test_an_organization_gets_only_so_many_codes_an_hour(member, monkeypatch):
    monkeypatch.setattr(verification, "_CODES_OF_AN_ORGANIZATION", 1)
    send(ContactMethodFactory(membership=member, verified_at=None))
    other = MembershipFactory(organization=member.organization)
    with pytest.raises(RateLimited):
        send(ContactMethodFactory(membership=other, verified_at=None))


def test_nothing_is_sent_or_looked_up_inside_a_transaction(member, hook):
    method = add(member, hook.url())
    with transaction.atomic(), pytest.raises(RuntimeError, match="outside any transaction"):
        send(method)
    with transaction.atomic(), pytest.raises(RuntimeError, match="outside any transaction"):
        add(member, hook.url("/2"))
    assert hook.received == []


def test_a_method_of_another_organization_gets_no_code(member):
    theirs = ContactMethodFactory(verified_at=None)
    with pytest.raises(NotFound):
        verification.send_code(
            organization_id=member.organization_id, membership_id=theirs.membership_id, method_id=theirs.id, now=NOW
        )
    assert mail.outbox == []
