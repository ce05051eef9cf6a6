"""Servers that do not behave."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Rogue:
    """A server that does with each connection whatever ``behave`` does. ``hung_up`` is set when the client has gone."""

    def __init__(self, behave: Callable[[socket.socket], None]) -> None:
        self.hung_up = threading.Event()
        self._behave = behave
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            try:
                self._behave(connection)
                while connection.recv(4096):
                    pass
            except OSError:
                pass
            self.hung_up.set()

    def close(self) -> None:
        self._listener.close()
        self._thread.join(timeout=10)


@contextmanager
def rogue_server(behave: Callable[[socket.socket], None]) -> Iterator[Rogue]:
    server = Rogue(behave)
    try:
        yield server
    finally:
        server.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def trickle(text: bytes) -> Callable[[socket.socket], None]:
    """Send ``text`` byte by byte, each well within any timeout on a single read, over and over."""

    def behave(connection: socket.socket) -> None:
        pause = threading.Event()
        while True:
            for byte in text:
                connection.sendall(bytes([byte]))
                pause.wait(0.02)

    return behave


def hang_up(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def stay_silent(connection: socket.socket) -> None:
    """Leave the client waiting."""
