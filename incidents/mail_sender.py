"""Mails that are no pages: nothing waits for them, and they wait for everything that does.

What is to be sent, and when, ``accounts`` knows; how mail leaves the house, this app does. One thread of a worker sends
them one after the other, outside any transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog
from django.db import DatabaseError, connection

from incidents.alarms import alarm_operator
from incidents.channels import Failure, Message, SendFailed, sender_for

# One attempt takes at most eight seconds, and the lease of a claim two minutes.
_AT_A_TIME: Final = 10

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Mails of one kind: ``claim`` takes ids that are due into our hands, ``send`` sends one of them."""

    name: str
    claim: Callable[..., Sequence[Any]]
    send: Callable[[Any, datetime], None]


class MailSender:
    """Sends what is due in its boxes, in their order, in a thread of its own."""

    def __init__(self, *boxes: Box) -> None:
        self._boxes = boxes
        self._thread: threading.Thread | None = None

    def send_due(self, now: datetime) -> None:
        """Claim what is due and begin to send it. Returns at once; while earlier mails are on their way, does nothing."""
        if self._thread is not None and self._thread.is_alive():
            return
        claimed = [(box, box.claim(at_most=_AT_A_TIME, now=now)) for box in self._boxes]
        if any(ids for _, ids in claimed):
            # A daemon: a process that ends leaves what it has not sent to the lease.
            self._thread = threading.Thread(target=_send_all, args=(claimed, now), name="mails", daemon=True)
            self._thread.start()


def hand_over(message: Message, *, done: Callable[[], None], failed: Callable[[], None]) -> None:
    """Give the mail to the mail server, and call ``done``, or ``failed`` if it is to be tried again.

    A server that refuses the address for good is not asked again; if it refuses us, the operator is told.
    """
    try:
        sender_for("email").send(message)
    except SendFailed as refusal:
        _log.warning("mail_not_sent", key=str(message.key), failure=refusal.failure, reason=refusal.reason)
        if refusal.failure is Failure.OURS:
            alarm_operator("channel_refuses_us", f"Channel email refuses us: {refusal.reason}")
        done() if refusal.failure is Failure.RECIPIENT else failed()
    else:
        done()


def _send_all(claimed: Sequence[tuple[Box, Sequence[Any]]], now: datetime) -> None:
    try:
        for box, ids in claimed:
            for mail_id in ids:
                _send_one(box, mail_id, now)
    except DatabaseError as error:
        _log.warning("mails_interrupted", error=str(error))
    finally:
        connection.close()


def _send_one(box: Box, mail_id: object, now: datetime) -> None:
    """Send one; the lease brings back what could not be handled, and the others do not wait for it."""
    try:
        box.send(mail_id, now)
    except DatabaseError:
        raise
    except Exception:
        _log.exception("mail_crashed", box=box.name, mail_id=str(mail_id))
