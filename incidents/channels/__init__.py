"""How messages leave the house: one sender for each channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.conf import settings
from django.utils.module_loading import import_string

from incidents.channels.base import Failure, Message, Sender, SendFailed

__all__ = ["Failure", "Message", "SendFailed", "Sender", "sender_for"]

_APPRISE: Final = "incidents.channels.apprise.AppriseSender"
SENDERS: Final[Mapping[str, str]] = {
    "email": "incidents.channels.email.EmailSender",
    "webhook": "incidents.channels.webhook.WebhookSender",
    **dict.fromkeys(("chat", "sms", "voice", "push"), _APPRISE),
}
"""The dotted path of each channel's sender. The setting ``SENDERS``, of the same shape, puts others in their place."""


def sender_for(channel: str) -> Sender:
    """Return the sender of ``channel``: the channel's class, called without arguments.

    The first of a channel imports what it stands on, which for Apprise takes a second or two; installations that
    page by mail alone never pay for it.

    Raises:
        SendFailed: this release has no such channel. That is ours to mend, so the page is kept and tried again.
    """
    senders: Mapping[str, str] = getattr(settings, "SENDERS", SENDERS)
    path = senders.get(channel)
    if path is None:
        raise SendFailed(Failure.OURS, f"This installation has no channel {channel!r}.")
    sender: Sender = import_string(path)()
    return sender
