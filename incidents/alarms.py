"""Telling the operator of the installation that the system itself is in trouble.

An alarm is a log line of level error, always, and an email to the operator's address, at most one of a kind every ten
minutes and process. It never raises and keeps nobody waiting: it must not make matters worse.
"""

from __future__ import annotations

import threading
import time
from typing import Final

import structlog
from django.conf import settings

from incidents.channels import sender_for
from incidents.channels.base import SendFailed
from incidents.letters import Letter, headers_for, write_letter
from scaling.ids import new_uuid

_SECONDS_BETWEEN_EMAILS: Final = 600.0

_log = structlog.get_logger(__name__)
_lock = threading.Lock()
_last_email: dict[str, float] = {}


def alarm_operator(kind: str, text: str) -> None:
    """Tell the operator ``text``. Returns at once: the email is sent by a thread of its own."""
    _log.error("operator_alarm", kind=kind, text=text)
    if _may_email(kind):
        threading.Thread(target=_email, args=(kind, text), name="alarm", daemon=True).start()


def _email(kind: str, text: str) -> None:
    key = new_uuid()
    about = f"This is about the installation itself, not about an incident. Kind of alarm: {kind}."
    message = write_letter(
        Letter(heading="Scaling needs its operator", paragraphs=(text, about)),
        key=key,
        destination=settings.OPERATOR_EMAIL,
        subject=f"Scaling needs its operator: {text}",
        headers=headers_for(None, key),
    )
    try:
        sender_for("email").send(message)
    except SendFailed as error:
        _log.error("operator_alarm_not_sent", kind=kind, reason=error.reason)


def _may_email(kind: str) -> bool:
    with _lock:
        current = time.monotonic()
        if current - _last_email.get(kind, float("-inf")) < _SECONDS_BETWEEN_EMAILS:
            return False
        _last_email[kind] = current
        return True
