"""The thread that keeps the marks of coverage. It is none of the threads that page, and no page waits for it.

It rests four times as long as it works, so that judging, which needs the interpreter, takes a worker's engine at most a
fifth of its time; and it looks for edits less often where looking takes long.
"""

from __future__ import annotations

import threading
import time
from typing import Final

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from escalation.services.coverage_edits import mark_edited
from escalation.services.coverage_marks import check_marks, claim_marks
from scaling.clock import Clock

AT_ONCE: Final = 10
"""How many marks are checked before the thread rests."""

_REST: Final = 4
_LOOK_EVERY_SECONDS: Final = 5.0
_LOOKS_SHARE: Final = 50
_NOTHING_DUE_SECONDS: Final = 2.0
_AFTER_TROUBLE_SECONDS: Final = 10.0
_LAST_MOMENT_SECONDS: Final = 2.0

_log = structlog.get_logger(__name__)


class CoverageKeeper:
    """Keeps the marks from ``start`` until ``drain``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._stopping = threading.Event()
        self._look_at = time.monotonic()
        self._thread = threading.Thread(target=self._keep, name="coverage", daemon=True)

    def start(self) -> None:
        """Begin to look and to check."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing any more; what is in hand goes on."""
        self._stopping.set()

    def drain(self) -> None:
        """Stop, and give what is in hand a moment to be written; else its claim ends, and another worker checks it."""
        self.stop()
        self._thread.join(_LAST_MOMENT_SECONDS)

    def step(self) -> int:
        """Look for edits if it is time to, and check some of what is due; return how many marks that were."""
        self._look_if_due()
        claimed = claim_marks(self._clock.now(), AT_ONCE)
        check_marks(claimed, self._clock.now())
        return len(claimed)

    def _keep(self) -> None:
        try:
            while not self._stopping.is_set():
                began = time.monotonic()
                pause = self._step_safely()
                self._stopping.wait(max(pause, (time.monotonic() - began) * _REST))
        finally:
            connection.close()

    def _step_safely(self) -> float:
        """Step; return how many seconds to rest at least."""
        try:
            close_old_connections()
            return 0.0 if self.step() else _NOTHING_DUE_SECONDS
        except (DatabaseError, InterfaceError) as error:
            _log.warning("no_database_for_coverage", error=str(error))
            connection.close()
        except Exception:
            # The boundary of this thread: what it had claimed is due again when the claim ends.
            _log.exception("coverage_failed")
        return _AFTER_TROUBLE_SECONDS

    def _look_if_due(self) -> None:
        began = time.monotonic()
        if began >= self._look_at:
            mark_edited(self._clock.now())
            ended = time.monotonic()
            self._look_at = ended + max(_LOOK_EVERY_SECONDS, (ended - began) * _LOOKS_SHARE)
