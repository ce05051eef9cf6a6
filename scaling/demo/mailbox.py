"""The demo's mail server: takes every message and keeps it as a file."""

from __future__ import annotations

import time
from dataclasses import dataclass
from email import message_from_bytes, policy
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
    """A message as the mailbox shows it."""

    id: UUID
    to: str
    subject: str
    arrived_at: float
    text: str


def mails(directory: Path) -> list[Mail]:
    """Return what has arrived, newest first."""
    return [_read(path) for path in sorted(directory.glob("*.eml"), reverse=True)]


def mail(directory: Path, mail_id: UUID) -> Mail | None:
    """Return one message, or None if there is no such message."""
    path = directory / f"{mail_id}.eml"
    return _read(path) if path.exists() else None


def _read(path: Path) -> Mail:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",))
    return Mail(
        id=UUID(path.stem),
        to=str(message["to"]),
        subject=str(message["subject"]),
        arrived_at=time.time() - path.stat().st_mtime,
        text="" if body is None else body.get_content(),
    )
