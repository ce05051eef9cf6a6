"""Keeping a set of child processes running until told to stop.

A child that ends is started again, after all it left behind has been ended too: at once if it had run for a while,
else after a pause that doubles each time, so that one that cannot start does not heat the machine. Stopping is
orderly: SIGTERM to all, time to finish what they have in hand, SIGKILL to what is left.

Each child leads a session of its own, so that Ctrl-C reaches the supervisor alone; on Linux the kernel ends the
children of a supervisor that was killed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import FrameType
from typing import Final

import structlog

LOOK_EVERY_SECONDS: Final = 0.2
STEADY_SECONDS: Final = 10.0
LONGEST_PAUSE_SECONDS: Final = 30.0
DRAIN_SECONDS: Final = 25.0

_PR_SET_PDEATHSIG: Final = 1

_log = structlog.get_logger(__name__)


class Child:
    """One process to keep running."""

    def __init__(self, name: str, command: Sequence[str], *, keep_open: Sequence[int] = ()) -> None:
        """Describe the process; ``keep_open`` are file descriptors it inherits."""
        self.name = name
        self._command = command
        self._keep_open = keep_open
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._start_at = 0.0
        self._pause = 0.0

    @property
    def is_running(self) -> bool:
        """Whether the process has been started and its end has not been noticed."""
        return self._process is not None

    def tend(self, now: float, environment: Mapping[str, str]) -> None:
        """Start the process if it is time to; note its end if it ended. ``now`` is monotonic, in seconds."""
        if self._process is None and now >= self._start_at:
            self._start(now, environment)
        elif self._process is not None and self._process.poll() is not None:
            self._note_end(self._process, now)

    def terminate(self) -> None:
        """Ask the process to finish."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.terminate()

    def wait(self, seconds: float) -> None:
        """Wait for the end, at most so long; then kill the process and all it started."""
        if self._process is None:
            return
        try:
            self._process.wait(max(seconds, 0))
        except subprocess.TimeoutExpired:
            _log.warning("child_killed", child=self.name, pid=self._process.pid)
        _kill_all_of(self._process)
        self._process = None

    def _start(self, now: float, environment: Mapping[str, str]) -> None:
        self._started_at = now
        try:
            self._process = subprocess.Popen(  # noqa: S603 - commands made by our code
                self._command,
                env=environment,
                stdin=subprocess.DEVNULL,
                pass_fds=self._keep_open,
                start_new_session=True,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )
        except (OSError, subprocess.SubprocessError) as error:
            # A machine short of memory or processes is no reason to end what still runs.
            self._put_off(now)
            _log.error("child_not_started", child=self.name, error=str(error), again_in_seconds=self._pause)
        else:
            _log.info("child_started", child=self.name, pid=self._process.pid)

    def _note_end(self, process: subprocess.Popen[bytes], now: float) -> None:
        _kill_all_of(process)
        self._process = None
        self._put_off(now)
        _log.error("child_ended", child=self.name, status=process.returncode, again_in_seconds=self._pause)

    def _put_off(self, now: float) -> None:
        is_steady = now - self._started_at >= STEADY_SECONDS
        self._pause = 0.0 if is_steady else min(max(2 * self._pause, 0.5), LONGEST_PAUSE_SECONDS)
        self._start_at = now + self._pause


class Supervisor:
    """Runs children until SIGTERM or SIGINT. Use it from the main thread, and start no others before."""

    def __init__(self, children: Sequence[Child], environment: Mapping[str, str]) -> None:
        """Take the children and the environment all of them get."""
        self._children = children
        self._environment = environment
        self._stopping = threading.Event()
        self._drain_until = 0.0

    def run(self, every_second: Callable[[], None]) -> None:
        """Keep the children running; return when they have been stopped. ``every_second`` is called in between."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        try:
            next_second = time.monotonic()
            while not self._stopping.wait(LOOK_EVERY_SECONDS):
                now = time.monotonic()
                for child in self._children:
                    child.tend(now, self._environment)
                if now >= next_second:
                    next_second = now + 1
                    every_second()
        finally:
            self._end_children()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        """Begin to drain; a second signal ends the draining."""
        self._drain_until = 0.0 if self._stopping.is_set() else time.monotonic() + DRAIN_SECONDS
        self._stopping.set()

    def _end_children(self) -> None:
        for child in self._children:
            child.terminate()
        for child in self._children:
            child.wait(self._drain_until - time.monotonic())


def _kill_all_of(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and what it started: left behind, they would hold the port their successors need."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _end_with_parent() -> None:
    """Run in the child before its program: have the kernel end it when the supervisor is gone."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
