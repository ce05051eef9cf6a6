"""The senders: a pool of threads that take claimed deliveries to their channels.

The loop claims only what a thread is free for, so a lease never runs out in a line. A send runs outside any
transaction. If its outcome cannot be recorded because the database is away, it is tried for a while; should that fail,
the lease ends, and the delivery goes out again under the same key: twice rather than never.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from queue import SimpleQueue
from typing import Final
from uuid import UUID

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connection

from incidents.alarms import alarm_operator
from incidents.channels import sender_for
from incidents.channels.base import Failure, Message, SendFailed
from incidents.delivery import (
    Attempt,
    claim_deliveries,
    record_failure,
    record_handed_over,
    renew_lease,
)
from incidents.messages import bare_message, compose
from scaling.clock import Clock

SENDERS: Final = 16
"""How many sends one worker runs at a time."""

_RETRY_SENDERS: Final = SENDERS // 4
_PAUSES_BEFORE_RECORDING_AGAIN: Final = (0.2, 0.5, 1.0, 2.0)

_log = structlog.get_logger(__name__)


class SenderPool:
    """Claims due deliveries and sends them, until told to stop."""

    def __init__(self, clock: Clock, poke: Callable[[], None]) -> None:
        """``poke`` is called whenever a thread comes free, so that the owner looks for more work."""
        self._clock = clock
        self._poke = poke
        self._lock = threading.Lock()
        self._running: dict[UUID, Attempt] = {}
        self._claimed: SimpleQueue[tuple[Attempt, Message] | None] = SimpleQueue()
        self._threads = [threading.Thread(target=self._serve, name="sender", daemon=True) for _ in range(SENDERS)]
        for thread in self._threads:
            thread.start()

    def send_due(self, now: datetime) -> int:
        """Claim what is due and threads are free for, and begin to send it; return how much that was."""
        with self._lock:
            running = list(self._running.values())
        retries = sum(attempt.number > 1 for attempt in running)
        attempts = claim_deliveries(
            now,
            slots=SENDERS - len(running),
            retry_slots=max(0, _RETRY_SENDERS - retries),
            busy=[attempt.destination for attempt in running],
        )
        for attempt, message in _compose(attempts):
            with self._lock:
                self._running[attempt.delivery_id] = attempt
            self._claimed.put((attempt, message))
        return len(attempts)

    def drain(self) -> None:
        """Wait until everything in hand has been sent and recorded."""
        for _ in self._threads:
            self._claimed.put(None)
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        try:
            while (claimed := self._claimed.get()) is not None:
                self._send_and_forget(*claimed)
        finally:
            connection.close()

    def _send_and_forget(self, attempt: Attempt, message: Message) -> None:
        try:
            close_old_connections()
            self._send(attempt, message)
        except Exception:
            # The item boundary of a thread: the row's lease brings it back.
            _log.exception("send_crashed", delivery_id=str(attempt.delivery_id))
        finally:
            with self._lock:
                del self._running[attempt.delivery_id]
            self._poke()

    def _send(self, attempt: Attempt, message: Message) -> None:
        _load_channel(attempt)
        held = renew_lease(attempt, self._clock.now())
        if held is None:
            _log.info("send_not_begun", delivery_id=str(attempt.delivery_id))
            return
        if held != attempt:  # somebody answered for a part of it meanwhile
            [(held, message)] = _compose([held])
        failed = _try(held, message)
        for part in held.parts:
            self._record(partial(_write_outcome, part, failed))
        if failed is not None and failed.failure is Failure.OURS:
            alarm_operator("channel_refuses_us", f"Channel {attempt.channel} refuses us: {failed.reason}")

    def _record(self, write: Callable[[datetime], None]) -> None:
        """Write an outcome down; while the database is away, try again for as long as the lease may last."""
        for pause in (*_PAUSES_BEFORE_RECORDING_AGAIN, None):
            try:
                return write(self._clock.now())
            except DatabaseError:
                connection.close()
                if pause is None:
                    raise
                threading.Event().wait(pause)
        return None


def _load_channel(attempt: Attempt) -> None:
    """Import the channel before the attempt begins: what a library takes to load must not come off its eight seconds."""
    try:
        sender_for(attempt.channel)
    except Exception:
        _log.warning("channel_not_loaded", delivery_id=str(attempt.delivery_id), channel=attempt.channel)


def _write_outcome(part: Attempt, failed: SendFailed | None, now: datetime) -> None:
    if failed is None:
        record_handed_over(part, now)
    else:
        record_failure(part, failed, now)


def _try(attempt: Attempt, message: Message) -> SendFailed | None:
    """Send; return how it failed, or None. A bug in a channel counts as a temporary failure: others are used beside it."""
    if not message.destination:
        return SendFailed(Failure.RECIPIENT, "This contact method has been removed.")
    try:
        sender_for(attempt.channel).send(message)
    except SendFailed as failed:
        return failed
    except Exception as error:
        _log.exception("channel_crashed", delivery_id=str(attempt.delivery_id), channel=attempt.channel)
        return SendFailed(Failure.TEMPORARY, f"The channel failed: {type(error).__name__}.")
    return None


def _compose(attempts: Sequence[Attempt]) -> list[tuple[Attempt, Message]]:
    """Return each attempt with its message; one that cannot be composed goes out bare rather than not at all."""
    try:
        return _composed(attempts)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        _log.exception("compose_failed", deliveries=len(attempts))
    return [_compose_alone(attempt) for attempt in attempts]


def _compose_alone(attempt: Attempt) -> tuple[Attempt, Message]:
    """Return ``attempt`` with its message; a bare one tells of one incident, so who rides along waits for the next."""
    try:
        return _composed([attempt])[0]
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        _log.exception("compose_failed", delivery_id=str(attempt.delivery_id))
        return replace(attempt, riders=()), bare_message(attempt.delivery_id)


def _composed(attempts: Sequence[Attempt]) -> list[tuple[Attempt, Message]]:
    messages = compose({attempt.delivery_id: [rider.delivery_id for rider in attempt.riders] for attempt in attempts})
    return [(attempt, messages[attempt.delivery_id]) for attempt in attempts]
