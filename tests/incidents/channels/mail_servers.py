"""Mail servers for tests: real SMTP ones in the moods of the world, and what rogues say when they speak SMTP."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from tests.rogue import free_port

GREETING = b"220 mail.example.org ready\r\n"


class Handler:
    """Takes what it is sent, or answers ``refusals[command]`` where there is one."""

    def __init__(self, refusals: Mapping[str, str]) -> None:
        self.refusals = refusals
        self.received: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.idle = threading.Event()
        self.idle.set()

    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        if "MAIL" in self.refusals:
            return self.refusals["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if "RCPT" in self.refusals:
            return self.refusals["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if "DATA" in self.refusals:
            return self.refusals["DATA"]
        self.recipients.extend(envelope.rcpt_tos)
        self.received.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"


class _Protocol(SMTP):
    """Tells when nobody is connected: a server stopped earlier would leave an open socket behind."""

    def connection_made(self, transport) -> None:
        self.event_handler.idle.clear()
        super().connection_made(transport)

    def connection_lost(self, error) -> None:
        super().connection_lost(error)
        self.event_handler.idle.set()


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Protocol(self.handler, **self.SMTP_kwargs)


@contextmanager
def mail_server(refusals: Mapping[str, str] | None = None, **options) -> Iterator[tuple[Handler, int]]:
    """Run an SMTP server; give what it receives and its port. ``options`` are aiosmtpd's."""
    handler = Handler(refusals or {})
    controller = _Controller(handler, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield handler, controller.port
    finally:
        handler.idle.wait(timeout=10)
        controller.stop()


def refuse_every_login(server, session, envelope, mechanism, auth_data) -> AuthResult:
    return AuthResult(success=False, handled=False)


def keyless_tls(side: int) -> ssl.SSLContext:
    """Return TLS without certificates: encrypted as any, and no private key has to lie in the repository."""
    context = ssl.SSLContext(side)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("aNULL:@SECLEVEL=0")
    if side == ssl.PROTOCOL_TLS_CLIENT:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def converse(answers: Mapping[bytes, bytes], then: Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    """Answer each command by its first four letters; on the first one without an answer do ``then``."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(GREETING)
        lines = connection.makefile("rb")
        with lines:
            for line in lines:
                answer = answers.get(line[:4].upper())
                if answer is None:
                    then(connection)
                    return
                connection.sendall(answer)
                if line[:4].upper() == b"DATA":
                    _read_message(lines)
                    connection.sendall(b"250 taken\r\n")

    return behave


def _read_message(lines) -> None:
    for line in lines:
        if line == b".\r\n":
            return


def encrypted(behave: Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    """Do what ``behave`` does, over TLS from the first byte."""

    def behave_encrypted(connection: socket.socket) -> None:
        with keyless_tls(ssl.PROTOCOL_TLS_SERVER).wrap_socket(connection, server_side=True) as over_tls:
            behave(over_tls)

    return behave_encrypted
