"""The mails about logins: they go out, again until they are taken, and not in vain."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from accounts import services
from accounts.models import LoginMail
from accounts.services.login_mails import LEASE
from incidents import mail_sender
from incidents.channels.base import Failure, SendFailed
from incidents.login_mails import LOGIN_MAILS, compose_login_mail, send_login_mail
from incidents.mail_sender import MailSender
from tests.factories.accounts import EPOCH, UserFactory

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def refusing(monkeypatch):
    """Have the mail server refuse everything, for one reason."""

    class Refusing:
        def __init__(self, failure):
            self.failure = failure

        def send(self, message):
            raise SendFailed(self.failure, "no")

    return lambda failure: monkeypatch.setattr(mail_sender, "sender_for", lambda channel: Refusing(failure))


def queue(kind=LoginMail.Kind.PASSWORD_CHANGED, **user):
    services.queue_login_mail(user_id=UserFactory(**user).pk, kind=kind, now=EPOCH)
    return LoginMail.objects.latest("pk")


def send_due(now):
    for mail_id in services.claim_login_mails(at_most=10, now=now):
        send_login_mail(mail_id, now)


@pytest.mark.parametrize("kind", LoginMail.Kind)
def test_every_kind_is_a_letter_that_is_sent_once_and_forgotten(kind, settings):
    queue(kind, email="ada@example.org")
    send_due(EPOCH)
    send_due(EPOCH + timedelta(hours=1))
    (sent,) = mail.outbox
    html, _ = sent.alternatives[0]
    assert sent.to == ["ada@example.org"]
    for part in (sent.body, html):
        assert sent.subject in part
        assert "ada@example.org" in part
        assert settings.PUBLIC_URL in part
    assert not LoginMail.objects.exists()


def test_of_a_kind_one_is_under_way():
    row = queue()
    services.queue_login_mail(user_id=row.user_id, kind=row.kind, now=EPOCH + MINUTE)
    services.queue_login_mail(user_id=row.user_id, kind=LoginMail.Kind.PASSWORD_RESET, now=EPOCH)
    assert LoginMail.objects.count() == 2


def test_a_mail_that_is_not_taken_is_tried_again_after_longer_and_longer(refusing):
    refusing(Failure.TEMPORARY)
    row = queue()
    waits, now = [], EPOCH
    for _ in range(7):
        send_due(now)
        row.refresh_from_db()
        waits.append((row.next_at - now) // MINUTE)
        now = row.next_at
    assert waits == [1, 2, 4, 8, 16, 32, 60]


def test_an_address_refused_for_good_is_left_alone(refusing):
    refusing(Failure.RECIPIENT)
    queue()
    send_due(EPOCH)
    assert not LoginMail.objects.exists()


def test_a_refusal_of_us_is_told_to_the_operator(refusing, monkeypatch):
    told = []
    monkeypatch.setattr(mail_sender, "alarm_operator", lambda kind, text: told.append(kind))
    refusing(Failure.OURS)
    queue()
    send_due(EPOCH)
    assert told == ["channel_refuses_us"]
    assert LoginMail.objects.exists()


@pytest.mark.parametrize(("age", "user"), [(timedelta(days=2), {}), (MINUTE, {"is_active": False})])
def test_what_is_old_or_concerns_nobody_any_more_is_given_up(age, user):
    queue(**user)
    send_due(EPOCH + age)
    assert mail.outbox == []
    assert not LoginMail.objects.exists()


def test_what_its_sender_forgot_goes_out_again():
    row = queue()
    assert services.claim_login_mails(at_most=10, now=EPOCH) == [row.pk]
    assert services.claim_login_mails(at_most=10, now=EPOCH + LEASE - timedelta(seconds=1)) == []
    assert services.claim_login_mails(at_most=10, now=EPOCH + LEASE) == [row.pk]


def test_nothing_that_is_stored_makes_the_link(settings):
    row = queue(LoginMail.Kind.PASSWORD_RESET)
    token = compose_login_mail(row).text.partition("/password/new/")[2].split()[0].rpartition("/")[2]
    assert token
    assert token not in str(LoginMail.objects.values())


@pytest.mark.django_db(transaction=True)
def test_a_worker_sends_them_beside_its_work():
    queue()
    queue(LoginMail.Kind.PASSWORD_RESET)
    sender = MailSender(LOGIN_MAILS)
    sender.send_due(EPOCH)
    sender._thread.join()
    assert len(mail.outbox) == 2
    assert not LoginMail.objects.exists()
