"""Pages as signed webhooks, by Standard Webhooks 1.0: a program is told what a person would be.

``webhook-id`` is the delivery's id, the same over all attempts, by which a receiver knows a repetition; the timestamp
is that of the attempt. Any answer of 2xx hands the page over.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import orjson
from standardwebhooks import Webhook

from incidents.channels.base import Message, failure_of_call
from scaling import __version__
from scaling.outbound import PAGE_LIMIT_SECONDS, OutboundFailed, post

_USER_AGENT: Final = f"Scaling/{__version__}"


class WebhookSender:
    """Posts a message's event to the URL of its method. Keeps nothing between messages."""

    def __init__(self, limit_seconds: float = PAGE_LIMIT_SECONDS) -> None:
        self._limit_seconds = limit_seconds

    def send(self, message: Message) -> None:
        """Hand the event of ``message`` over to the receiver.

        Raises:
            SendFailed: there was no 2xx within the limit. 404 and 410 end the method for this page.
        """
        body = orjson.dumps(message.event)
        try:
            post(message.destination, body, _headers(message, body, datetime.now(UTC)), self._limit_seconds)
        except OutboundFailed as error:
            raise failure_of_call(error) from error


def _headers(message: Message, body: bytes, now: datetime) -> dict[str, str]:
    key = str(message.key)
    return {
        "Content-Type": "application/json",
        "User-Agent": _USER_AGENT,
        "webhook-id": key,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(message.secret).sign(msg_id=key, timestamp=now, data=body.decode()),
    }
