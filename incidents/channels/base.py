"""What every channel promises: a message goes out, or ``SendFailed`` says what that means for the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from scaling.outbound import Gone, OutboundFailed


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


def failure_of_call(error: OutboundFailed) -> SendFailed:
    """Return what a failed call to a user's own endpoint means: permanent only where nobody is there.

    Everything else may pass: an endpoint that refuses us (401, 403) or an address our rules forbid is the person's to
    mend, so the page is tried on while their next method starts. The operator is not alarmed (ADR 10).
    """
    return SendFailed(Failure.RECIPIENT if isinstance(error, Gone) else Failure.TEMPORARY, error.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One page over one method, ready to go out. ``key`` is the delivery's id, the same over all attempts.

    The same is said at several lengths, and each channel takes what suits it: ``text`` and ``html`` are a mail's,
    ``brief`` is a chat's or a push message's, ``short`` an SMS's, ``spoken`` is read out on the phone, and ``event`` is
    for programs, in JSON values. Where there is no brief or short, the text will do, and the subject is spoken.
    ``destination`` may be a secret URL, and is empty when the method has been removed since.
    """

    key: UUID
    destination: str = field(repr=False)
    subject: str
    text: str
    html: str
    brief: str = ""
    short: str = ""
    spoken: str = ""
    event: Mapping[str, Any] = field(default_factory=dict)
    secret: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


class Sender(Protocol):
    """A channel. Replaced in tests; called outside any transaction, from several threads at once."""

    def send(self, message: Message) -> None:
        """Hand ``message`` over to the provider within 8 seconds.

        Raises:
            SendFailed: the provider did not take it.
        """
        ...
