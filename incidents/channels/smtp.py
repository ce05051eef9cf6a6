"""Django's SMTP backend with a line that can be cut.

The socket of a conversation lies on a ``Line`` (``scaling.outbound.line``), and whoever watches the clock cuts it,
whatever the conversation is waiting for: the greeting, a TLS handshake, or the answer to the message.
"""

from __future__ import annotations

import smtplib
import socket
from contextlib import suppress
from typing import ClassVar

from django.core.mail.backends import smtp

from scaling.outbound.line import Line


class LineBackend(smtp.EmailBackend):
    """Django's SMTP backend (settings ``EMAIL_*``), speaking over a ``Line``."""

    def __init__(self, *, line: Line, timeout: float) -> None:
        """Speak over ``line``; ``timeout`` in seconds limits the connecting and each single read."""
        super().__init__(timeout=timeout)
        self._line = line

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """Return the class Django makes its connection of, bound to the line."""
        kind = _EncryptedConversation if self.use_ssl else _Conversation
        return type(kind.__name__, (kind,), {"line": self._line})

    def _close_connection(self, connection: smtplib.SMTP) -> None:
        """Say goodbye and hang up without waiting for the answer.

        The message has been taken by then. A server that hangs at the farewell must not make it look refused, or
        the same page would be sent again and again.
        """
        with suppress(smtplib.SMTPException, OSError):
            connection.putcmd("quit")
        connection.close()


class _Conversation(smtplib.SMTP):
    line: ClassVar[Line]

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connected: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]  # not in the stubs
        self.line.hold(connected)
        return connected


class _EncryptedConversation(smtplib.SMTP_SSL, _Conversation):
    """TLS from the first byte. ``SMTP_SSL`` asks the next class for the plain socket: the handshake is on the line."""
