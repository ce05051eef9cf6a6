"""What every channel promises: a message goes out, or ``SendFailed`` says what that means for the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Failure(StrEnum):
    """What a failed attempt means (design D9)."""

    TEMPORARY = "temporary"  # timeout, refusal to talk, SMTP 4xx, HTTP 5xx/429: tried again without end
    OURS = "ours"  # a refusal of us (authentication, quota, configuration): as temporary, and the operator is alarmed
    RECIPIENT = "recipient"  # a refusal of the recipient: this delivery is dead, the next method starts at once


class SendFailed(Exception):
    """An attempt did not hand the message over."""

    def __init__(self, failure: Failure, reason: str) -> None:
        """Keep the kind of ``failure`` and a ``reason`` for people, free of secrets."""
        super().__init__(reason)
        self.failure = failure
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One page over one method, ready to go out. ``key`` is the delivery's id, the same over all attempts."""

    key: UUID
    destination: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Sender(Protocol):
    """A channel. Replaced in tests; called outside any transaction, from several threads at once."""

    def send(self, message: Message) -> None:
        """Hand ``message`` over to the provider within 8 seconds.

        Raises:
            SendFailed: the provider did not take it.
        """
        ...
