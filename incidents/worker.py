"""The worker: looks for what is due, and sleeps until the next thing is, at most a second (design D2, D14).

Any number of workers run side by side, on any number of hosts; none of them is special, and none remembers anything
that another could not read in the tables. A worker survives a restart of the database, and ends with an exception on
what it cannot handle, so that its supervisor starts a fresh one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from accounts.services import delete_ended_sessions
from incidents.alarms import alarm_operator
from incidents.audit import violations
from incidents.claims import next_due
from incidents.coverage import CoverageKeeper
from incidents.dead_man import EVERY_SECONDS as DEAD_MAN_SECONDS
from incidents.dead_man import DeadManSwitch
from incidents.engine import step_escalations
from incidents.heartbeat import beat, forget_old_heartbeats
from incidents.invitations import INVITATIONS
from incidents.listener import start_listener
from incidents.login_mails import LOGIN_MAILS
from incidents.mail_sender import MailSender
from incidents.notices.pool import NoticePool
from incidents.pages import step_pages
from incidents.primary import OldPrimary, PrimaryGuard
from incidents.sending import SenderPool
from incidents.steady import SteadyClock
from incidents.uses import wake_where_edited
from incidents.watchdog import Progress, start_watchdog
from scaling.api.idempotency import delete_expired
from scaling.clock import clock
from scaling.ratelimit import delete_old_windows

LONGEST_SLEEP: Final = timedelta(seconds=1)
_SLEEP_WHILE_BUSY: Final = timedelta(milliseconds=50)
_PAUSE_WITHOUT_DATABASE_SECONDS: Final = 0.5

_log = structlog.get_logger(__name__)


class _Chore:
    """Something to do beside the work, every so many seconds of this process's own time."""

    def __init__(self, every_seconds: float, do: Callable[[datetime], object]) -> None:
        self._every_seconds = every_seconds
        self._do = do
        self._next = time.monotonic()

    def do_if_due(self, now: datetime) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + self._every_seconds
            self._do(now)


class Worker:
    """One worker process. ``run`` returns once ``stop`` was called and everything in hand is finished."""

    def __init__(self) -> None:
        self._id = uuid4()
        self._started_at: datetime | None = None
        self._stopping = threading.Event()
        self._work = threading.Event()
        self._clock = SteadyClock(clock(), _alarm_step_back)
        self._progress = Progress()
        self._guard = PrimaryGuard()
        self._pool = SenderPool(self._clock, self._work.set)
        self._notices = NoticePool(self._clock)
        self._coverage = CoverageKeeper(self._clock)
        self._chores: Sequence[_Chore] = (
            _Chore(1, wake_where_edited),
            _Chore(2, MailSender(LOGIN_MAILS, INVITATIONS).send_due),
            _Chore(5, self._beat),
            _Chore(30, _audit),
            _Chore(DEAD_MAN_SECONDS, DeadManSwitch().report),
            _Chore(600, _tidy),
        )

    def stop(self) -> None:
        """Finish what is in hand and return from ``run``. Safe to call from a signal handler."""
        self._stopping.set()
        self._work.set()

    def run(self) -> None:
        """Work until told to stop."""
        _log.info("worker_started", worker_id=str(self._id))
        start_watchdog(self._progress)
        start_listener(self._work)
        self._notices.start()
        self._coverage.start()
        try:
            while not self._stopping.is_set():
                self._turn()
        finally:
            self._notices.stop()
            self._coverage.stop()
            self._pool.drain()
            self._notices.drain()
            self._coverage.drain()
            connection.close()
        _log.info("worker_stopped", worker_id=str(self._id))

    def _turn(self) -> None:
        self._work.clear()
        try:
            pause = self._tick()
        except (OperationalError, InterfaceError, OldPrimary) as error:
            _log.warning("no_database", error=str(error))
            connection.close()
            pause = _PAUSE_WITHOUT_DATABASE_SECONDS
        if pause > 0 and not self._stopping.is_set():
            self._work.wait(pause)

    def _tick(self) -> float:
        """Do what is due; return how many seconds may pass before the next look."""
        close_old_connections()
        with self._progress.tick():
            self._guard.check()
            now = self._progress.now = self._clock.now()
            done = step_escalations(now, self._progress.in_hand) + step_pages(now) + self._pool.send_due(now)
        for chore in self._chores:
            chore.do_if_due(now)
        return 0.0 if done else _seconds_until_next_due(now)

    def _beat(self, now: datetime) -> None:
        self._started_at = self._started_at or now
        beat(self._id, self._started_at, now)


def _seconds_until_next_due(now: datetime) -> float:
    """Return how long to sleep. What is due but was not taken is in other hands, or waits for a free sender."""
    due = next_due()
    if due is None:
        return LONGEST_SLEEP.total_seconds()
    sleep = due - now if due > now else _SLEEP_WHILE_BUSY
    return min(sleep, LONGEST_SLEEP).total_seconds()


def _audit(now: datetime) -> None:
    found = violations(now)
    if found:
        first = found[0]
        text = f"{len(found)} overdue or silent rows; the first: {first.kind}, incident {first.incident_id}."
        alarm_operator("auditor", text)


def _tidy(now: datetime) -> None:
    forget_old_heartbeats(now)
    delete_expired(now=now)
    delete_old_windows(now=now)
    delete_ended_sessions(now=now)


def _alarm_step_back(behind: timedelta) -> None:
    alarm_operator("clock_stepped_back", f"The database's clock went back by {behind.total_seconds():.0f} seconds.")
