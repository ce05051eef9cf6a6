"""The mails of invitations: they go out, again until they are taken, and not in vain."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from accounts import services
from accounts.joining.tokens import joining_url
from accounts.models import Invitation
from accounts.services import claim_invitations
from accounts.services.invitation_mails import LEASE
from incidents import invitations, mail_sender
from incidents.channels.base import Failure, SendFailed
from incidents.invitations import INVITATIONS, compose_invitation, send_invitation
from incidents.mail_sender import MailSender
from tests.factories.accounts import EPOCH, InvitationFactory

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


class Refusing:
    """A mail server that takes nothing, for one reason."""

    def __init__(self, failure):
        self.failure = failure

    def send(self, message):
        raise SendFailed(self.failure, "no")


@pytest.fixture
def refusing(monkeypatch):
    return lambda failure: monkeypatch.setattr(mail_sender, "sender_for", lambda channel: Refusing(failure))


@pytest.fixture
def alarms(monkeypatch):
    told = []
    monkeypatch.setattr(mail_sender, "alarm_operator", lambda kind, text: told.append(kind))
    return told


def send_due(now):
    for invitation_id in claim_invitations(at_most=10, now=now):
        send_invitation(invitation_id, now)


def test_the_mail_holds_the_link_and_is_sent_once():
    invitation = InvitationFactory(organization__name="Acme\nBcc: x", email="new@example.org")
    send_due(EPOCH)
    send_due(EPOCH + timedelta(hours=1))
    (sent,) = mail.outbox
    assert sent.to == ["new@example.org"]
    assert sent.subject == "Invitation to join Acme Bcc: x"
    html, _ = sent.alternatives[0]
    for part in (sent.body, html):
        assert joining_url(invitation.pk) in part
        assert f"{invitation.expires_at:%d %B %Y}" in part


def test_the_html_escapes_what_people_wrote():
    message = compose_invitation(InvitationFactory(organization__name="<b>Acme"))
    assert "<b>Acme" not in message.html
    assert "<b>Acme" in message.text


def test_a_mail_that_is_not_taken_is_tried_again_after_longer_and_longer(refusing):
    refusing(Failure.TEMPORARY)
    invitation = InvitationFactory()
    waits, now = [], EPOCH
    for _ in range(8):
        send_due(now)
        invitation.refresh_from_db()
        waits.append((invitation.next_at - now) // MINUTE)
        now = invitation.next_at
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_it_is_tried_until_the_invitation_expires(refusing):
    refusing(Failure.TEMPORARY)
    InvitationFactory(next_at=EPOCH + timedelta(days=7))
    assert claim_invitations(at_most=10, now=EPOCH + timedelta(days=7)) == []


def test_an_address_refused_for_good_is_left_alone(refusing):
    refusing(Failure.RECIPIENT)
    invitation = InvitationFactory()
    send_due(EPOCH)
    invitation.refresh_from_db()
    assert invitation.next_at is None


def test_a_refusal_of_us_is_told_to_the_operator_and_tried_again(refusing, alarms):
    refusing(Failure.OURS)
    invitation = InvitationFactory()
    send_due(EPOCH)
    invitation.refresh_from_db()
    assert alarms == ["channel_refuses_us"]
    assert invitation.next_at == EPOCH + MINUTE


def test_what_its_sender_forgot_goes_out_again_with_the_same_link():
    invitation = InvitationFactory()
    assert claim_invitations(at_most=10, now=EPOCH) == [invitation.pk]
    assert claim_invitations(at_most=10, now=EPOCH + LEASE - timedelta(seconds=1)) == []
    before = compose_invitation(invitation).text
    assert claim_invitations(at_most=10, now=EPOCH + LEASE) == [invitation.pk]
    invitation.refresh_from_db()
    assert compose_invitation(invitation).text == before


def test_what_was_deleted_or_accepted_meanwhile_is_not_sent():
    deleted, accepted = InvitationFactory.create_batch(2)
    claimed = claim_invitations(at_most=10, now=EPOCH)
    services.delete_invitation(organization_id=deleted.organization_id, invitation_id=deleted.pk)
    Invitation.objects.filter(pk=accepted.pk).update(accepted_at=EPOCH)
    for invitation_id in claimed:
        send_invitation(invitation_id, EPOCH)
    assert mail.outbox == []


def test_an_organization_that_is_off_sends_none():
    InvitationFactory(organization__is_active=False)
    assert claim_invitations(at_most=10, now=EPOCH) == []


def test_few_are_claimed_at_a_time_the_oldest_first():
    rows = [InvitationFactory(next_at=EPOCH - n * MINUTE) for n in range(3)]
    assert claim_invitations(at_most=2, now=EPOCH) == [rows[2].pk, rows[1].pk]


@pytest.mark.django_db(transaction=True)
def test_one_that_cannot_be_handled_holds_up_no_other(monkeypatch):
    broken, fine = InvitationFactory.create_batch(2)

    def compose(invitation):
        if invitation.pk == broken.pk:
            raise ZeroDivisionError
        return compose_invitation(invitation)

    monkeypatch.setattr(invitations, "compose_invitation", compose)
    sender = MailSender(INVITATIONS)
    sender.send_due(EPOCH)
    sender._thread.join()
    assert [message.to for message in mail.outbox] == [[fine.email]]
    assert Invitation.objects.get(pk=broken.pk).next_at == EPOCH + LEASE


@pytest.mark.django_db(transaction=True)
def test_a_worker_sends_them_beside_its_work():
    InvitationFactory.create_batch(2)
    sender = MailSender(INVITATIONS)
    sender.send_due(EPOCH)
    sender._thread.join()
    assert len(mail.outbox) == 2
    assert not Invitation.objects.exclude(next_at=None).exists()
