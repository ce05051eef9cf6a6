"""How messages leave the house: one sender for each channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.conf import settings
from django.utils.module_loading import import_string

from incidents.channels.base import Failure, Message, Sender, SendFailed

__all__ = ["Failure", "Message", "SendFailed", "Sender", "load_senders", "sender_for"]

_APPRISE: Final = "incidents.channels.apprise.AppriseSender"
SENDERS: Final[Mapping[str, str]] = {
    "email": "incidents.channels.email.EmailSender",
    "webhook": "incidents.channels.webhook.WebhookSender",
    **dict.fromkeys(("chat", "sms", "voice", "push"), _APPRISE),
}
"""The dotted path of each channel's sender. The setting ``SENDERS``, of the same shape, puts others in their place."""


def sender_for(channel: str) -> Sender:
    """Return the sender of ``channel``: the channel's class, called without arguments.

    Raises:
        SendFailed: this release has no such channel. That is ours to mend, so the page is kept and tried again.
    """
    path = _paths().get(channel)
    if path is None:
        raise SendFailed(Failure.OURS, f"This installation has no channel {channel!r}.")
    sender: Sender = import_string(path)()
    return sender


def load_senders() -> None:
    """Import every channel, so that no page has to wait for one: the libraries behind some take seconds."""
    for path in set(_paths().values()):
        import_string(path)


def _paths() -> Mapping[str, str]:
    paths: Mapping[str, str] = getattr(settings, "SENDERS", SENDERS)
    return paths
