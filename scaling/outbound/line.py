"""One attempt to talk to somebody else's server, and the clock beside it.

A socket's timeout begins anew with every read, so a server that answers one byte a second holds its caller for hours.
Here a conversation runs in a thread of its own, its socket lies on a ``Line``, and whoever waits for it cuts the line
when the time is up, whatever the conversation is waiting for: a TLS handshake, a greeting, the end of an answer.
Whatever has no line yet, such as a name server that does not answer, is waited for no longer and ends by itself.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

_Outcome = TypeVar("_Outcome")


class Line:
    """The connection of one attempt. Any thread may cut it at any moment, also before it exists."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_cut = False

    @property
    def is_cut(self) -> bool:
        """Whether it has been cut; what a read on it returned then need not be all there was."""
        return self._is_cut

    def hold(self, connected: socket.socket) -> None:
        """Put a connected socket on the line.

        Raises:
            TimeoutError: the line has been cut meanwhile; the socket is closed.
        """
        with self._lock:
            if self._is_cut:
                connected.close()
                raise TimeoutError("connected too late")
            # A duplicate, because TLS takes the descriptor out of the object given here.
            self._socket = connected.dup()

    def cut(self) -> None:
        """End the connection now: every read and write on it returns at once. Cutting twice changes nothing."""
        with self._lock:
            self._is_cut = True
            held, self._socket = self._socket, None
        if held is not None:
            # The other end may have hung up first.
            with held, suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)


def within(limit_seconds: float, conversation: Callable[[Line], _Outcome], *, name: str) -> _Outcome:
    """Return what ``conversation`` returns, or raise what it raises; its line is cut in any case.

    Raises:
        TimeoutError: it was not done within ``limit_seconds``; or it raised one itself.
    """
    line = Line()
    outcome: Future[_Outcome] = Future()
    threading.Thread(target=_converse, args=(conversation, line, outcome), name=name, daemon=True).start()
    try:
        return outcome.result(timeout=limit_seconds)
    finally:
        line.cut()


def _converse(conversation: Callable[[Line], _Outcome], line: Line, outcome: Future[_Outcome]) -> None:
    try:
        outcome.set_result(conversation(line))
    except Exception as error:  # told to the thread that waits for it
        outcome.set_exception(error)
    finally:
        line.cut()
