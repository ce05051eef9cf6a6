"""Logs: JSON, one object a line on standard error, without secrets and without control characters.

Whatever a program or a person sent may end up in a log line: names, paths, user agents, an exception's text. JSON
with ASCII alone keeps it from breaking out of its line or from steering a terminal, and ``redact`` takes out what
would let a reader act for somebody else.
"""

from __future__ import annotations

import json
import logging.config
import re
import sys
from collections.abc import Mapping
from typing import Any, Final

import structlog
from structlog.typing import EventDict, WrappedLogger

REDACTED: Final = "[redacted]"

# Each pattern's first group stays, to tell what was there.
_SECRETS: Final = (
    re.compile(r"(scl_live_)[0-9A-Za-z]+"),
    re.compile(r"(whsec_)[0-9A-Za-z+/=_-]+"),
    re.compile(r"(\b(?:bearer|basic|token)\s+)[^\s\"',;]+", re.IGNORECASE),
    re.compile(r"(/a/)[^\s\"'/?#<>]+"),  # the token of an answer page
    re.compile(r"(/calendar/)[^\s\"'/?#<>]+"),  # the token of a calendar feed
    re.compile(r"(/join/)[^\s\"'/?#<>]+"),  # the token of an invitation
    re.compile(r"(/password/new/[^\s\"'/?#<>]+/)[^\s\"'/?#<>]+"),  # the token that sets a new password
    re.compile(r"(://[^\s:/@]*:)[^\s/@]+(?=@)"),  # the password of a database or a mail server
)
_SECRET_FIELDS: Final = frozenset({"authorization", "cookie", "password", "secret", "token"})


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Take secrets out of a log entry, whichever of its texts they stand in."""
    return {name: REDACTED if name.lower() in _SECRET_FIELDS else _redacted(value) for name, value in event.items()}


def _redacted(value: Any) -> Any:
    match value:
        case bool() | int() | float() | None:
            return value
        case Mapping():
            return {str(key): _redacted(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_redacted(inner) for inner in value]
    text = str(value)
    for pattern in _SECRETS:
        text = pattern.sub(_hidden, text)
    return text


def _hidden(secret: re.Match[str]) -> str:
    # A function, because a replacement with a reference in it is taken apart anew for every text, match or none.
    return f"{secret[1]}{REDACTED}"


def configure(settings: Mapping[str, Any]) -> None:
    """Set up ``logging`` and ``structlog`` alike (Django's ``LOGGING_CONFIG``); ``settings`` holds the ``level``."""
    described: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*described, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    written = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        redact,
        structlog.processors.JSONRenderer(serializer=json.dumps),
    ]
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": written,
                    "foreign_pre_chain": [*described, structlog.stdlib.ExtraAdder(allow=())],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "json"}},
            "root": {"handlers": ["stderr"], "level": settings["level"]},
            "loggers": {
                # Every request has an entry of its own (scaling.request_log); here only what crashed is told.
                "django": {"handlers": [], "propagate": True},
                "django.request": {"level": "ERROR"},
                "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
                # Axes tells of each try that succeeded in four lines.
                "axes": {"level": "WARNING"},
                # The demo's mail server repeats every word of every conversation.
                "mail.log": {"level": "WARNING"},
            },
        }
    )
