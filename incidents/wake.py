"""A hint that there is work (design D14): never relied on, so every failure is swallowed.

One ``NOTIFY`` after commit, in a statement of its own, at most every 100 ms and process. Workers look at the
database every second anyway.
"""

from __future__ import annotations

import threading
import time
from typing import Final

import structlog
from django.db import DatabaseError, connection, transaction

CHANNEL: Final = "scaling_work"
_SECONDS_BETWEEN_HINTS: Final = 0.1

_log = structlog.get_logger(__name__)
_lock = threading.Lock()
_last_hint = float("-inf")


def hint_after_commit() -> None:
    """Tell the workers to look for work once the current transaction is committed."""
    transaction.on_commit(_hint, robust=True)


def _hint() -> None:
    if not _may_hint():
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {CHANNEL}")
    except DatabaseError as error:
        _log.info("hint_failed", error=str(error))


def _may_hint() -> bool:
    global _last_hint
    with _lock:
        current = time.monotonic()
        if current - _last_hint < _SECONDS_BETWEEN_HINTS:
            return False
        _last_hint = current
        return True
