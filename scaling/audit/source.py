"""On whose behalf the work in hand changes something."""

from __future__ import annotations

import json
import os
import pwd
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from typing import Final

PERSON: Final = "person"
KEY: Final = "key"
LINK: Final = "link"
VISITOR: Final = "visitor"
COMMAND: Final = "command"
DATABASE: Final = "database"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who changes something, and from where.

    ``id`` is the user, the key, what the link is of, or the command's name; ``origin`` the request's method and route,
    or who runs the command on which host. No part of it may be a secret, as all of it is kept for ever.
    """

    kind: str
    id: str = ""
    request_id: str = ""
    origin: str = ""

    def __str__(self) -> str:
        """Return what PostgreSQL is told."""
        return json.dumps(asdict(self))


_asked: ContextVar[Callable[[], Source] | None] = ContextVar("audit_source", default=None)
_of_process: Source | None = None


def current_source() -> Source | None:
    """Return who acts, nothing where nobody said; the database then names its own role."""
    ask = _asked.get()
    return _of_process if ask is None else ask()


@contextmanager
def acting_for(source: Callable[[], Source]) -> Iterator[None]:
    """Let the block act for ``source``, which is only asked where something audited is written."""
    token = _asked.set(source)
    try:
        yield
    finally:
        _asked.reset(token)


@contextmanager
def acting_as_command(name: str) -> Iterator[None]:
    """Let this process, all threads of it, act as the management command ``name`` of whoever runs it."""
    global _of_process
    before, _of_process = _of_process, Source(kind=COMMAND, id=name, origin=f"{_operator()}@{socket.gethostname()}")
    try:
        yield
    finally:
        _of_process = before


def _operator() -> str:
    """Return who runs this process, as the operating system knows them: the environment may say anything."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"
