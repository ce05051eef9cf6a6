"""A real SMTP server that keeps what it is sent, and can be told to fail."""

from __future__ import annotations

import re
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller

from tests.processes import PATIENCE_SECONDS


@dataclass(frozen=True)
class Mail:
    """A message as it arrived."""

    to: str
    subject: str
    text: str
    message_id: str
    references: str

    @property
    def is_page(self):
        """Whether it calls somebody, rather than telling them something."""
        return "Acknowledge:" in self.text

    @property
    def answer_path(self):
        """The path of the answer page the mail links to."""
        return re.search(r"https?://[^/\s]+(/a/[^\s>]+)", self.text)[1]


class Sink:
    """Accepts mail on a port of its own. ``refuse`` is an SMTP answer to give instead of taking a message.

    Pages are kept in ``mails``, whatever else arrives in ``letters``.
    """

    def __init__(self):
        self.mails = []
        self.letters = []
        self.refuse = None
        self.tries = []
        self.hold = threading.Event()
        self.hold.set()
        self.holding = threading.Event()
        self._changed = threading.Condition()
        self._controller = Controller(self, hostname="127.0.0.1", port=_free_port())

    @property
    def url(self):
        """What ``EMAIL_URL`` is set to."""
        return f"smtp://127.0.0.1:{self._controller.port}"

    def start(self):
        self._controller.start()

    def stop(self):
        self.hold.set()
        self._controller.stop()

    async def handle_RCPT(self, server, session, envelope, address, options):
        with self._changed:
            self.tries.append(address)
            self._changed.notify_all()
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if not self.hold.is_set():
            self.holding.set()
            # The whole server hangs, which is what the worker at the other end sees of a hanging server.
            self.hold.wait(PATIENCE_SECONDS)
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        mail = Mail(
            to=envelope.rcpt_tos[0],
            subject=str(parsed["subject"]).strip(),
            text=parsed.get_body(("plain",)).get_content(),
            message_id=str(parsed["message-id"]),
            references=str(parsed["references"]),
        )
        with self._changed:
            (self.mails if mail.is_page else self.letters).append(mail)
            self._changed.notify_all()
        return "250 OK"

    def recipients(self):
        """Return who was paged, in order of arrival."""
        return [mail.to for mail in self.mails]

    def wait_for(self, count):
        """Wait until so many pages have arrived; return them all.

        Raises:
            AssertionError: they did not arrive.
        """
        self._wait(lambda: len(self.mails) >= count, f"{count} pages")
        return list(self.mails)

    def wait_for_letters(self, count):
        """Wait until so many other mails have arrived; return them all."""
        self._wait(lambda: len(self.letters) >= count, f"{count} letters")
        return list(self.letters)

    def wait_for_tries(self, count):
        """Wait until delivery has been tried so often, whatever came of it."""
        self._wait(lambda: len(self.tries) >= count, f"{count} tries")

    def _wait(self, is_done, what):
        deadline = time.monotonic() + PATIENCE_SECONDS
        with self._changed:
            while not is_done():
                left = deadline - time.monotonic()
                assert left > 0, f"waited in vain for {what}; mails: {self.recipients()}, tries: {self.tries}"
                self._changed.wait(left)


def _free_port():
    with suppress(OSError), socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
    raise RuntimeError("no free port")
