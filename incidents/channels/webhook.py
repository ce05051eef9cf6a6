"""Pages as signed webhooks, by Standard Webhooks 1.0: a program is told what a person would be.

``webhook-id`` is the delivery's id, the same over all attempts, by which a receiver knows a repetition; the timestamp
is that of the attempt. Any answer of 2xx hands the page over.
"""

from __future__ import annotations

from datetime import UTC, datetime

import orjson

from incidents.channels.base import Message, failure_of_call
from scaling.outbound import PAGE_LIMIT_SECONDS, OutboundFailed, post
from scaling.outbound.signing import signed_headers


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
        headers = signed_headers(str(message.key), body, [message.secret], datetime.now(UTC))
        try:
            post(message.destination, body, headers, self._limit_seconds)
        except OutboundFailed as error:
            raise failure_of_call(error) from error
