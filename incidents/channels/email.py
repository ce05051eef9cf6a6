"""Pages by email, through Django's mail backend.

One attempt takes at most eight seconds, whatever the mail server does (design D8): it runs in a thread of its own,
and when the time is up the line is cut and the attempt counts as failed. Whatever had no time limit of its own, such
as a name server that does not answer, ends with it.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from functools import partial
from typing import Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from incidents.channels.base import Failure, Message, SendFailed
from incidents.channels.smtp import LineBackend
from scaling.outbound.line import Line, within
from scaling.text import single_line

LIMIT_SECONDS: Final = 8.0
"""How long one attempt may take, from looking up the server's name to its last answer."""

_SMTP_BACKEND: Final = "django.core.mail.backends.smtp.EmailBackend"
_REASON_LENGTH: Final = 300
# A header breaks its lines at blanks alone, and servers refuse lines of more than 998 bytes: without a limit, a long
# title without blanks would be a lost page.
_SUBJECT_LENGTH: Final = 250
_PERMANENT: Final = 500
_AUTHENTICATION_REQUIRED: Final = 530

# Enhanced status codes (RFC 3463) by which a server refuses the sender while it is asked about the recipient:
# the sender's address (1.7, 1.8), the server's own state (3.x), our protocol (5.x), its policy (7.x: relaying
# denied, blocked address). Read as a refusal of the recipient, one lapsed relay permission would end every page.
_REFUSAL_OF_US: Final = re.compile(r"5\.(1\.[78]|[357]\.\d+)\b")


class EmailSender:
    """Sends messages as mail: a text, and beside it HTML where there is any. Keeps nothing between messages."""

    def __init__(self, limit_seconds: float = LIMIT_SECONDS) -> None:
        self._limit_seconds = limit_seconds

    def send(self, message: Message) -> None:
        """Hand ``message`` over to the mail server.

        No title can break it (B120): subject and headers are made one line each, and the subject is cut where a
        server might refuse its length.

        Raises:
            SendFailed: the server did not take it within the limit. Errors nobody foresaw count as temporary: a bug
                in how a message is put together may delay a page, it must not end it.
        """
        try:
            within(self._limit_seconds, partial(_converse, message, self._limit_seconds), name=f"mail-{message.key}")
        except Exception as error:
            raise _failure(error) from error


def _converse(message: Message, limit_seconds: float, line: Line) -> None:
    backend = _backend(line, limit_seconds)
    try:
        if backend.send_messages([_mail(message)]) != 1:
            raise ValueError("there is no address to send to")
    finally:
        backend.close()


def _backend(line: Line, limit_seconds: float) -> BaseEmailBackend:
    """Return the configured backend; Django's SMTP one on ``line``, the others wait for no network."""
    if settings.EMAIL_BACKEND == _SMTP_BACKEND:
        # The line is cut at the limit. The socket's own timeout ends what is not on the line yet, a connection still
        # being made; it comes later, so that there is one clock that tells an attempt from a failed one.
        return LineBackend(line=line, timeout=2 * limit_seconds)
    return get_connection()


def _mail(message: Message) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        subject=single_line(message.subject)[:_SUBJECT_LENGTH],
        body=message.text,
        to=[message.destination],
        headers={name: single_line(value) for name, value in message.headers.items()},
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    return mail


# What a failure means (design D9)


def _failure(error: Exception) -> SendFailed:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return SendFailed(_refused_recipient(code, text), _reason(code, text))
    if isinstance(error, smtplib.SMTPResponseException):
        return SendFailed(_refused_us(error.smtp_code), _reason(error.smtp_code, error.smtp_error))
    if isinstance(error, TimeoutError):
        return SendFailed(Failure.TEMPORARY, "The mail server did not answer in time.")
    return SendFailed(_without_answer(error), _told(f"{type(error).__name__}: {error}"))


def _refused_recipient(code: int, text: bytes | str) -> Failure:
    if code >= _PERMANENT and code != _AUTHENTICATION_REQUIRED and not _REFUSAL_OF_US.match(_decoded(text)):
        return Failure.RECIPIENT
    return _refused_us(code)


def _refused_us(code: int) -> Failure:
    return Failure.OURS if code >= _PERMANENT else Failure.TEMPORARY


def _without_answer(error: Exception) -> Failure:
    """Tell an unsuitable configuration from a line that broke and from an error nobody foresaw."""
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return Failure.TEMPORARY
    return (
        Failure.OURS if isinstance(error, smtplib.SMTPException | ssl.SSLCertVerificationError) else Failure.TEMPORARY
    )


def _reason(code: int, text: bytes | str) -> str:
    return _told(f"{code} {_decoded(text)}")


def _decoded(text: bytes | str) -> str:
    return text.decode(errors="replace") if isinstance(text, bytes) else text


def _told(text: str) -> str:
    return single_line(text)[:_REASON_LENGTH]
