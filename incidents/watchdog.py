"""A tick that takes too long ends its worker (design, "The way of one incident" 4).

A thread that hangs cannot be stopped from within, and while it hangs it holds its rows. So the process ends, the
database drops its locks, another worker goes on. The row that was being decided is written down first; the second
time, it is parked by whoever claims it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final
from uuid import UUID

import psycopg
import structlog
from django.db import connection

from incidents.parking import STRIKE

TICK_LIMIT_SECONDS: Final = 5.0
EXIT_STATUS: Final = 70
_LOOK_EVERY_SECONDS: Final = 0.25

_log = structlog.get_logger(__name__)


class Progress:
    """What the engine is doing right now, for the watchdog to see. Written by one thread, read by another."""

    def __init__(self) -> None:
        self.row: UUID | None = None
        self.now: datetime | None = None
        self._since: float | None = None

    @contextmanager
    def tick(self) -> Iterator[None]:
        """Mark the time in which a tick runs."""
        self._since = time.monotonic()
        try:
            yield
        finally:
            self._since = None
            self.row = None

    def in_hand(self, row: UUID | None) -> None:
        """Tell which escalation is being decided."""
        self.row = row

    def is_stuck(self) -> bool:
        """Tell whether the tick under way has taken too long."""
        since = self._since
        return since is not None and time.monotonic() - since > TICK_LIMIT_SECONDS


def start_watchdog(progress: Progress, end: Callable[[int], None] = os._exit) -> None:
    """Watch ``progress`` from a thread of its own, and ``end`` the process when a tick is stuck."""
    parameters = {**connection.get_connection_params(), "connect_timeout": 2}
    threading.Thread(target=_watch, args=(progress, parameters, end), name="watchdog", daemon=True).start()


def _watch(progress: Progress, parameters: dict[str, object], end: Callable[[int], None]) -> None:
    while not progress.is_stuck():
        time.sleep(_LOOK_EVERY_SECONDS)
    row, now = progress.row, progress.now
    _log.error("tick_stuck", incident_id=row and str(row))
    try:
        if row is not None:
            _write_down(row, now, parameters)
    except psycopg.Error as error:
        _log.error("strike_not_written", incident_id=str(row), error=str(error))
    finally:
        end(EXIT_STATUS)


def _write_down(row: UUID, now: datetime | None, parameters: dict[str, object]) -> None:
    """Write a strike by a connection of its own: the engine's is in the hands of what hangs."""
    allowed = {name: value for name, value in parameters.items() if name not in {"cursor_factory", "context"}}
    with psycopg.connect(**allowed) as own:  # type: ignore[arg-type]
        own.execute(STRIKE, {"row": row, "now": now, "error": "The tick did not end."})
