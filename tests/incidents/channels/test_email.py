from __future__ import annotations

import socket
import ssl
import threading
from uuid import UUID

import pytest
from django.core import mail
from django.core.mail.backends import smtp

from incidents.channels.base import Failure, Message, SendFailed
from incidents.channels.email import LIMIT_SECONDS, EmailSender
from incidents.channels.smtp import LineBackend
from scaling.outbound.line import Line
from tests.incidents.channels.mail_servers import (
    converse,
    encrypted,
    keyless_tls,
    mail_server,
    refuse_every_login,
)
from tests.rogue import free_port, hang_up, rogue_server, stay_silent, trickle

POLITE = {
    b"EHLO": b"250 mail.example.org\r\n",
    b"MAIL": b"250 OK\r\n",
    b"RCPT": b"250 OK\r\n",
    b"DATA": b"354 go on\r\n",
}


def message(**changes) -> Message:
    fields = {
        "key": UUID("01980000-0000-7000-8000-000000000001"),
        "destination": "ada@example.org",
        "subject": "CRITICAL: Invoices stuck",
        "text": "Invoices stuck",
        "html": "<p>Invoices stuck</p>",
        "headers": {"Message-ID": "<one@oncall.example.org>", "X-Scaling-Incident": "01980000"},
    }
    return Message(**{**fields, **changes})


@pytest.fixture
def use_server(settings):
    def use(port: int, **more) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = more.get("user", "")
        settings.EMAIL_HOST_PASSWORD = more.get("password", "")

    return use


def failure(sender: EmailSender, **changes) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        sender.send(message(**changes))
    return caught.value


def test_a_page_arrives_with_both_parts_and_its_headers(use_server):
    with mail_server() as (handler, port):
        use_server(port)
        EmailSender().send(message())
    (received,) = handler.received
    assert handler.recipients == ["ada@example.org"]
    assert received["Subject"] == "CRITICAL: Invoices stuck"
    assert received["Message-ID"] == "<one@oncall.example.org>"
    assert received["X-Scaling-Incident"] == "01980000"
    assert [part.get_content_type() for part in received.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_a_message_without_html_is_plain_text(use_server):
    with mail_server() as (handler, port):
        use_server(port)
        EmailSender().send(message(html=""))
    (received,) = handler.received
    assert received.get_content_type() == "text/plain"


@pytest.mark.parametrize(
    ("refusals", "expected", "reason"),
    [
        ({"RCPT": "550 5.1.1 no such user"}, Failure.RECIPIENT, "550 5.1.1 no such user"),
        ({"RCPT": "553 bad mailbox"}, Failure.RECIPIENT, "553 bad mailbox"),
        ({"RCPT": "550 5.2.1 mailbox disabled"}, Failure.RECIPIENT, "550 5.2.1 mailbox disabled"),
        ({"RCPT": "554 5.7.1 relay access denied"}, Failure.OURS, "554 5.7.1 relay access denied"),
        ({"RCPT": "550 5.1.8 sender domain not found"}, Failure.OURS, "550 5.1.8 sender domain not found"),
        ({"RCPT": "530 authentication required"}, Failure.OURS, "530 authentication required"),
        ({"RCPT": "450 4.2.1 try later"}, Failure.TEMPORARY, "450 4.2.1 try later"),
        ({"RCPT": "421 shutting down"}, Failure.TEMPORARY, "421 shutting down"),
        ({"MAIL": "550 5.7.1 sender refused"}, Failure.OURS, "550 5.7.1 sender refused"),
        ({"MAIL": "451 4.3.0 try later"}, Failure.TEMPORARY, "451 4.3.0 try later"),
        ({"MAIL": "421 too many connections"}, Failure.TEMPORARY, "421 too many connections"),
        ({"DATA": "552 5.3.4 over quota"}, Failure.OURS, "552 5.3.4 over quota"),
        ({"DATA": "451 greylisted"}, Failure.TEMPORARY, "451 greylisted"),
    ],
)
def test_a_refusal_is_told_by_whom_it_refuses(use_server, refusals, expected, reason):
    with mail_server(refusals) as (handler, port):
        use_server(port)
        failed = failure(EmailSender())
    assert (failed.failure, failed.reason) == (expected, reason)
    assert handler.received == []


def test_a_refused_login_is_ours_and_tells_no_password(use_server):
    with mail_server(authenticator=refuse_every_login, auth_require_tls=False) as (_, port):
        use_server(port, user="scaling", password="hunter2-hunter2")
        failed = failure(EmailSender())
    assert failed.failure is Failure.OURS
    assert "hunter2" not in failed.reason


def test_a_server_without_login_where_one_is_configured_is_ours(use_server):
    with mail_server() as (_, port):
        use_server(port, user="scaling", password="hunter2-hunter2")
        assert failure(EmailSender()).failure is Failure.OURS


@pytest.mark.parametrize(
    "behave",
    [
        stay_silent,
        trickle(b"220-busy\r\n"),
        converse({}, then=stay_silent),
        converse({}, then=trickle(b"250-busy\r\n")),
        converse({b"EHLO": b"250 mail.example.org\r\n", b"MAIL": b"250 OK\r\n"}, then=trickle(b"250-busy\r\n")),
    ],
    ids=["silent", "greeting trickles", "hangs at EHLO", "EHLO trickles", "RCPT trickles"],
)
def test_a_server_that_takes_its_time_is_hung_up_on(use_server, behave):
    with rogue_server(behave) as server:
        use_server(server.port)
        failed = failure(EmailSender(limit_seconds=0.3))
        assert failed.failure is Failure.TEMPORARY
        assert failed.reason == "The mail server did not answer in time."
        assert server.hung_up.wait(timeout=10)


def test_a_line_that_turns_to_tls_carries_a_page(use_server, settings, monkeypatch):
    monkeypatch.setattr(LineBackend, "ssl_context", keyless_tls(ssl.PROTOCOL_TLS_CLIENT))
    with mail_server(tls_context=keyless_tls(ssl.PROTOCOL_TLS_SERVER), require_starttls=True) as (handler, port):
        use_server(port)
        settings.EMAIL_USE_TLS = True
        EmailSender().send(message())
    assert len(handler.received) == 1


def test_a_line_encrypted_from_the_first_byte_carries_a_page(use_server, settings, monkeypatch):
    monkeypatch.setattr(LineBackend, "ssl_context", keyless_tls(ssl.PROTOCOL_TLS_CLIENT))
    with rogue_server(encrypted(converse(POLITE, then=stay_silent))) as server:
        use_server(server.port)
        settings.EMAIL_USE_SSL = True
        EmailSender().send(message())
        assert server.hung_up.wait(timeout=10)


@pytest.mark.parametrize(
    "behave", [stay_silent, trickle(b"\x16\x03\x03\x40\x00" + bytes(64))], ids=["silent", "handshake trickles"]
)
def test_an_encrypted_line_is_cut_in_its_handshake(use_server, settings, behave):
    with rogue_server(behave) as server:
        use_server(server.port)
        settings.EMAIL_USE_SSL = True
        assert failure(EmailSender(limit_seconds=0.3)).failure is Failure.TEMPORARY
        assert server.hung_up.wait(timeout=10)


@pytest.mark.parametrize(
    "behave",
    [hang_up, converse({}, then=hang_up), converse({b"EHLO": b"250 OK\r\n", b"MAIL": b"250 OK\r\n"}, then=hang_up)],
    ids=["before the greeting", "at EHLO", "at RCPT"],
)
def test_a_closed_connection_is_temporary(use_server, behave):
    with rogue_server(behave) as server:
        use_server(server.port)
        assert failure(EmailSender()).failure is Failure.TEMPORARY


def test_a_server_that_refuses_connections_is_temporary(use_server):
    use_server(free_port())
    failed = failure(EmailSender())
    assert failed.failure is Failure.TEMPORARY
    assert "Connection refused" in failed.reason


def test_a_name_server_that_does_not_answer_is_temporary_and_waited_for_no_longer(use_server, monkeypatch):
    use_server(free_port())
    asked, answered = threading.Event(), threading.Event()

    def resolve(*_):
        asked.set()
        answered.wait(10)
        raise OSError("too late")

    monkeypatch.setattr(socket, "create_connection", resolve)
    failed = failure(EmailSender(limit_seconds=0.2))
    answered.set()
    assert asked.is_set()
    assert failed.failure is Failure.TEMPORARY


def test_a_server_that_hangs_after_taking_the_message_has_taken_it(use_server):
    with rogue_server(converse(POLITE, then=stay_silent)) as server:
        use_server(server.port)
        EmailSender(limit_seconds=5).send(message())
        assert server.hung_up.wait(timeout=10)


def test_a_greeting_that_refuses_us_is_ours(use_server):
    with rogue_server(lambda connection: connection.sendall(b"554 no service for you\r\n")) as server:
        use_server(server.port)
        failed = failure(EmailSender())
    assert (failed.failure, failed.reason) == (Failure.OURS, "554 no service for you")


def test_a_certificate_nobody_vouches_for_is_ours(use_server, settings, monkeypatch):
    def refuse(*_args, **_options):
        raise ssl.SSLCertVerificationError("self-signed certificate")

    with mail_server() as (_, port):
        use_server(port)
        monkeypatch.setattr(smtp.EmailBackend, "_send", refuse)
        assert failure(EmailSender()).failure is Failure.OURS


@pytest.mark.parametrize(
    "title",
    [
        "two\r\nlines",
        "two\nlines",
        "bcc\r\nBcc: eve@example.org",
        "nul\x00byte",
        "line\u2028separator",
        "right\u202eto left",
        "x" * 2000,
        "Straße 🔥 brennt",
    ],
)
def test_no_title_breaks_a_message(use_server, title):
    with mail_server() as (handler, port):
        use_server(port)
        EmailSender().send(message(subject=f"HIGH: {title}", headers={"X-Title": title[:100]}))
    (received,) = handler.received
    assert handler.recipients == ["ada@example.org"]
    assert received["Bcc"] is None
    assert not set(received["Subject"]) & set("\r\n\x00\u2028\u202e")
    assert received["Subject"].startswith("HIGH: ")


def test_a_broken_address_delays_a_page_and_never_ends_it(use_server):
    with mail_server() as (handler, port):
        use_server(port)
        for destination in ("ada@example.org\nBcc: eve@example.org", ""):
            assert failure(EmailSender(), destination=destination).failure is Failure.TEMPORARY
    assert handler.received == []


def test_an_error_nobody_foresaw_is_temporary(use_server, monkeypatch):
    monkeypatch.setattr("incidents.channels.email._mail", lambda _: 1 / 0)
    with mail_server() as (_, port):
        use_server(port)
        failed = failure(EmailSender())
    assert (failed.failure, failed.reason) == (Failure.TEMPORARY, "ZeroDivisionError: division by zero")


def test_an_address_of_another_script_is_encoded(use_server):
    with mail_server() as (handler, port):
        use_server(port)
        EmailSender().send(message(destination="ada@bücher.example"))
    assert handler.recipients == ["ada@xn--bcher-kva.example"]


def test_a_long_reason_is_cut(use_server):
    with mail_server({"RCPT": "550 5.1.1 " + "no " * 150}) as (_, port):
        use_server(port)
        assert len(failure(EmailSender()).reason) == 300


def test_other_backends_are_used_as_configured(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    EmailSender().send(message())
    assert [sent.to for sent in mail.outbox] == [["ada@example.org"]]


def test_a_socket_that_connects_after_the_cut_is_closed():
    line = Line()
    line.cut()
    late, other = socket.socketpair()
    with other, pytest.raises(TimeoutError):
        line.hold(late)
    assert late.fileno() == -1


def test_an_attempt_is_limited_to_eight_seconds():
    assert LIMIT_SECONDS == 8
    assert EmailSender()._limit_seconds == LIMIT_SECONDS
