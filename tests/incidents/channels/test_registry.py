from __future__ import annotations

import pytest

from accounts.models import ContactMethod
from incidents.channels import Failure, Message, SendFailed, sender_for
from incidents.channels.email import EmailSender


class Nowhere:
    def send(self, message: Message) -> None:
        """Drop it."""


def test_email_is_sent_by_the_email_sender():
    assert isinstance(sender_for("email"), EmailSender)


def test_every_channel_a_method_can_have_has_a_sender():
    for channel in ContactMethod.Channel.values:
        assert sender_for(channel).send


def test_a_setting_puts_another_sender_in_place(settings):
    settings.SENDERS = {"email": f"{__name__}.Nowhere"}
    assert isinstance(sender_for("email"), Nowhere)


def test_a_channel_of_a_newer_release_keeps_its_page():
    with pytest.raises(SendFailed, match="no channel 'carrier pigeon'") as caught:
        sender_for("carrier pigeon")
    assert caught.value.failure is Failure.OURS
