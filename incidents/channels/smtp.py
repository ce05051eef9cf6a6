"""Django's SMTP backend with a line that can be cut.

A socket's timeout begins anew with every read, so a mail server that answers one byte a second holds its caller for
hours. Here the socket of a conversation lies on a ``Line``, and whoever watches the clock cuts it, whatever the
conversation is waiting for: the greeting, a TLS handshake, or the answer to the message.
"""

from __future__ import annotations

import smtplib
import socket
import threading
from contextlib import suppress
from typing import ClassVar

from django.core.mail.backends import smtp


class Line:
    """The connection of one attempt to send. Any thread may cut it at any moment, also before it exists."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_cut = False

    def hold(self, connected: socket.socket) -> None:
        """Put a connected socket on the line.

        Raises:
            TimeoutError: the line has been cut meanwhile; the socket is closed.
        """
        with self._lock:
            if self._is_cut:
                connected.close()
                raise TimeoutError("connected too late")
            # A duplicate, because TLS takes the descriptor out of the object given here.
            self._socket = connected.dup()

    def cut(self) -> None:
        """End the connection now: every read and write on it returns at once. Cutting twice changes nothing."""
        with self._lock:
            self._is_cut = True
            held, self._socket = self._socket, None
        if held is not None:
            # The other end may have hung up first.
            with held, suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)


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
