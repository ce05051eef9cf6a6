"""Engine time never goes back (design D6).

Example: the database's clock is set back an hour at 12:00. The engine's time goes on from 12:00 by the clock of this
machine that cannot be set, and an alarm is raised, until the database's clock has caught up.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from scaling.clock import Clock

_NOTICED: Final = timedelta(seconds=1)
"""A step back smaller than this is absorbed without an alarm."""


class SteadyClock:
    """A clock on top of another that never goes back; safe to share between threads."""

    def __init__(self, clock: Clock, stepped_back: Callable[[timedelta], None]) -> None:
        """Call ``stepped_back`` with how far, whenever ``clock`` has jumped back by a second or more."""
        self._clock = clock
        self._stepped_back = stepped_back
        self._lock = threading.Lock()
        self._last: datetime | None = None
        self._last_monotonic = 0.0

    def now(self) -> datetime:
        """Return the present; not before any instant returned earlier. One statement."""
        told = self._clock.now()
        with self._lock:
            behind = self._behind(told)
            present = told + behind
            self._last, self._last_monotonic = present, time.monotonic()
        if behind >= _NOTICED:
            self._stepped_back(behind)
        return present

    def _behind(self, told: datetime) -> timedelta:
        """Return how far ``told`` lies before what this process knows the time to be, if it went back."""
        if self._last is None or told >= self._last:
            return timedelta()
        return self._last + timedelta(seconds=time.monotonic() - self._last_monotonic) - told
