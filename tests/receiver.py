"""A real HTTP server that keeps what it is sent and answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Received:
    """A request as it arrived; header names are lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """``answers`` maps a path to a status and headers; other paths are answered 204. ``released`` ends a hanging one."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: dict[str, tuple[int, dict[str, str]]] = {}
        self.bodies: dict[str, bytes] = {}
        self.hanging: set[str] = set()
        self.released = threading.Event()
        self.port = 0
        self.scheme = "http"

    def url(self, path: str = "/hook") -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"


@contextmanager
def receiver(wrap: Callable | None = None) -> Iterator[Receiver]:
    """Run a receiver on a port of its own; ``wrap`` makes its listening socket speak TLS."""
    told = Receiver()
    server = _Server(("127.0.0.1", 0), _handler(told))
    if wrap is not None:
        server.socket = wrap(server.socket)
        told.scheme = "https"
    told.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        told.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address) -> None:
        """Clients that hang up are what the tests are about."""


def _handler(told: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            told.received.append(Received(self.command, self.path, headers, body))
            if self.path in told.hanging:
                told.released.wait(30)
                return
            self._answer()

        do_GET = do_POST
        do_PUT = do_POST

        def _answer(self) -> None:
            status, headers = told.answers.get(self.path, (204, {}))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if self.path in told.bodies:
                self.send_header("Content-Length", str(len(told.bodies[self.path])))
            self.end_headers()
            self.wfile.write(told.bodies.get(self.path, b""))

        def log_message(self, *_) -> None:
            """Say nothing."""

    return Handler
