"""The demo's mail server: takes every message and keeps it as a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

from aiosmtpd.smtp import Envelope
from uuid_utils import compat


class Keeper:
    """An aiosmtpd handler that writes each message into a directory."""

    def __init__(self, directory: Path) -> None:
        """Keep messages in ``directory``, which is made if need be."""
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        """Take a message; it is complete before anybody can see it."""
        content = envelope.content
        path = self._directory / f"{compat.uuid7()}.eml"
        draft = path.with_suffix(".part")
        draft.write_bytes(content if isinstance(content, bytes) else (content or "").encode())
        draft.rename(path)
        return "250 OK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A message as the mailbox shows it; ``html`` is empty if it has plain text alone."""

    id: UUID
    to: str
    subject: str
    arrived_at: datetime
    text: str
    html: str


def mails(directory: Path) -> list[Mail]:
    """Return what has arrived, newest first."""
    return [_read(path) for path in sorted(directory.glob("*.eml"), reverse=True)]


def mail(directory: Path, mail_id: UUID) -> Mail | None:
    """Return one message, or None if there is no such message."""
    path = directory / f"{mail_id}.eml"
    return _read(path) if path.exists() else None


def _read(path: Path) -> Mail:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    return Mail(
        id=UUID(path.stem),
        to=str(message["to"]),
        subject=str(message["subject"]),
        arrived_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    """Return a message's text of a kind; nothing if it comes without."""
    body = message.get_body((kind,))
    return "" if body is None else str(body.get_content())
