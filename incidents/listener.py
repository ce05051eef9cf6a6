"""Hears hints that there is work (design D14). Losing one costs at most a second."""

from __future__ import annotations

import threading
import time
from typing import Final

import psycopg
import structlog
from django.db import Error, connection

from incidents.wake import CHANNEL

_PAUSE_SECONDS: Final = 1.0

_log = structlog.get_logger(__name__)


def start_listener(work: threading.Event) -> None:
    """Set ``work`` at every hint, from a thread and a connection of its own."""
    threading.Thread(target=_listen, args=(work,), name="listener", daemon=True).start()


def _listen(work: threading.Event) -> None:
    while True:
        try:
            _hear(work)
        except (psycopg.Error, Error) as error:
            _log.info("listener_lost", error=str(error))
            connection.close()
            time.sleep(_PAUSE_SECONDS)


def _hear(work: threading.Event) -> None:
    connection.ensure_connection()
    own = connection.connection
    connection.set_autocommit(True)
    own.execute(f"LISTEN {CHANNEL}")
    for _ in own.notifies():
        work.set()
