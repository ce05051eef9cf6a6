"""A clock that tests can move, also in the processes they start."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from scaling.clock import DatabaseClock
from tests.settings import CLOCK_OFFSET_FILE


class OffsetClock:
    """The database's clock plus the seconds written in the file ``SCALING_TEST_CLOCK`` names."""

    def now(self) -> datetime:
        """Return the present as the test wants it; without a file, or while it is empty, the database's."""
        return DatabaseClock().now() + offset()


def offset() -> timedelta:
    """Return how far ahead of the database's clock the test is."""
    if CLOCK_OFFSET_FILE is None:
        return timedelta()
    path = Path(CLOCK_OFFSET_FILE)
    return timedelta(seconds=float(path.read_text() or 0) if path.exists() else 0)
