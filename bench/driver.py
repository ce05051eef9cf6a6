"""A client that keeps a fixed number of requests in flight, at as little cost as Python allows.

Product and floor are asked by the same client, so that what it takes of the machine weighs on both.
"""

from __future__ import annotations

import selectors
import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

CONNECTIONS: Final = 16
_PATIENCE_SECONDS: Final = 20.0
_CHUNK: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One request to make again and again, and the status that answers it."""

    title: str
    method: str
    path: str
    key: str
    status: int
    body: bytes = b""

    @property
    def request(self) -> bytes:
        """The request as it travels."""
        head = [f"{self.method} {self.path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {self.key}"]
        if self.body:
            head += ["Content-Type: application/json", f"Content-Length: {len(self.body)}"]
        return "\r\n".join([*head, "", ""]).encode() + self.body


def drive(port: int, endpoint: Endpoint, seconds: float) -> tuple[int, float]:
    """Ask for so long; return how many answers came, and after how many seconds the last.

    Raises:
        RuntimeError: an answer has another status, or none comes.
    """
    request, begun = endpoint.request, time.monotonic()
    answered = in_flight = 0
    with ExitStack() as stack:
        ready = stack.enter_context(selectors.DefaultSelector())
        for _ in range(CONNECTIONS):
            caller = stack.enter_context(_Caller(port))
            ready.register(caller.socket, selectors.EVENT_READ, caller)
            caller.socket.sendall(request)
            in_flight += 1
        while in_flight:
            for key, _ in _some(ready):
                if key.data.has_answer(endpoint.status):
                    answered += 1
                    if time.monotonic() - begun < seconds:
                        key.data.socket.sendall(request)
                    else:
                        in_flight -= 1
    return answered, time.monotonic() - begun


def ask(port: int, endpoint: Endpoint) -> bytes:
    """Return the body of one answer."""
    with _Caller(port) as caller:
        caller.socket.sendall(endpoint.request)
        while not caller.has_answer(endpoint.status):
            pass
        return caller.body


def _some(ready: selectors.BaseSelector) -> list[tuple[selectors.SelectorKey, int]]:
    events = ready.select(_PATIENCE_SECONDS)
    if not events:
        raise RuntimeError(f"No answer within {_PATIENCE_SECONDS:.0f} seconds.")
    return events


class _Caller:
    """A connection that is kept, and the last answer on it."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), _PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.body = b""
        self._received = b""

    def __enter__(self) -> _Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def has_answer(self, status: int) -> bool:
        """Read what has come; tell whether the answer is whole."""
        chunk = self.socket.recv(_CHUNK)
        if not chunk:
            raise RuntimeError("The server hung up.")
        self._received += chunk
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return False
        if not head.startswith(b"HTTP/1.1 %d " % status):
            raise RuntimeError(f"Not a {status}: {self._received[:2_000]!r}")
        self._received, self.body = b"", body
        return True


def _length(head: bytes) -> int:
    _, name, rest = head.lower().partition(b"\r\ncontent-length:")
    if not name:
        raise RuntimeError(f"An answer without a length: {head!r}")
    return int(rest.partition(b"\r\n")[0])
