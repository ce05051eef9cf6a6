"""The threads that send notices. They are none of the threads that page, and no page waits for them.

One thread looks for what is due, once a second and whenever a sender comes free; it claims no more than can start at
once. Whatever hangs holds one of the senders for fifteen seconds, and its endpoint rests afterwards.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue
from typing import Final
from uuid import UUID

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from escalation.services.planned_imports import forget_old_imports
from incidents.channels import sender_for
from incidents.channels.base import Failure, Message, SendFailed
from incidents.counting import count_next, forget_old_figures
from incidents.models import Notice
from incidents.notices.events import Call, compose_calls
from incidents.notices.news import compose_letters
from incidents.notices.queue import (
    Claimed,
    Failed,
    claim_notices,
    delete_old_notices,
    record_failure,
    record_sent,
    renew_lease,
)
from incidents.notices.shifts import tell_begun
from scaling.clock import Clock
from scaling.outbound import Gone, OutboundFailed, Unavailable, post
from scaling.outbound.signing import signed_headers

SENDERS: Final = 4
"""How many notices one worker sends at a time."""

CALL_LIMIT_SECONDS: Final = 15.0
"""How long one call of a webhook may take in all."""

_LOOK_EVERY_SECONDS: Final = 1.0
_BEGUN_EVERY_SECONDS: Final = 60.0
_TIDY_EVERY_SECONDS: Final = 600.0
_COUNT_EVERY_SECONDS: Final = 10.0

_log = structlog.get_logger(__name__)

Parcel = Call | Message | None
"""What is sent; None where it cannot be put together."""


class NoticePool:
    """Sends due notices from ``start`` until ``drain``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._running: dict[UUID, Claimed] = {}
        self._claimed: SimpleQueue[tuple[Claimed, Parcel] | None] = SimpleQueue()
        self._look = threading.Event()
        self._stopping = threading.Event()
        self._begun_at = self._tidy_at = self._count_at = time.monotonic()
        self._threads = [threading.Thread(target=self._serve, name="notice", daemon=True) for _ in range(SENDERS)]
        self._looker = threading.Thread(target=self._look_for_work, name="notices", daemon=True)

    def start(self) -> None:
        """Begin to look and to send."""
        for thread in (*self._threads, self._looker):
            thread.start()

    def stop(self) -> None:
        """Claim nothing any more; what is in hand goes on."""
        self._stopping.set()
        self._look.set()

    def drain(self) -> None:
        """Stop, and wait until everything in hand has been sent and recorded."""
        self.stop()
        self._looker.join()
        for _ in self._threads:
            self._claimed.put(None)
        for thread in self._threads:
            thread.join()

    def send_due(self, now: datetime) -> int:
        """Claim what is due and threads are free for, and begin to send it; return how much that was."""
        with self._lock:
            running = list(self._running.values())
        slots = SENDERS - len(running)
        claimed = claim_notices(now, slots=slots, running=running) if slots else []
        parcels = compose([one.notice_id for one in claimed], now)
        for one in claimed:
            with self._lock:
                self._running[one.notice_id] = one
            self._claimed.put((one, parcels[one.notice_id]))
        return len(claimed)

    def _look_for_work(self) -> None:
        try:
            while not self._stopping.is_set():
                self._look.clear()
                if not self._look_once():
                    self._look.wait(_LOOK_EVERY_SECONDS)
        finally:
            connection.close()

    def _look_once(self) -> int:
        try:
            close_old_connections()
            now = self._clock.now()
            self._tidy(now)
            self._tell_begun(now)
            self._count(now)
            return self.send_due(now)
        except (DatabaseError, InterfaceError) as error:
            _log.warning("no_database_for_notices", error=str(error))
            connection.close()
        except Exception:
            # The item boundary of this thread: what it had claimed comes back when the lease ends.
            _log.exception("notices_failed")
        return 0

    def _tidy(self, now: datetime) -> None:
        if time.monotonic() >= self._tidy_at:
            is_all = delete_old_notices(now) == 0
            self._tidy_at = time.monotonic() + (_TIDY_EVERY_SECONDS if is_all else 0)
            forget_old_figures(now)
            forget_old_imports(now)

    def _tell_begun(self, now: datetime) -> None:
        if time.monotonic() >= self._begun_at:
            self._begun_at = time.monotonic() + _BEGUN_EVERY_SECONDS
            tell_begun(now)

    def _count(self, now: datetime) -> None:
        if time.monotonic() >= self._count_at:
            has_more = count_next(now)
            self._count_at = time.monotonic() + (1.0 if has_more else _COUNT_EVERY_SECONDS)

    def _serve(self) -> None:
        try:
            while (claimed := self._claimed.get()) is not None:
                self._send_and_forget(*claimed)
        finally:
            connection.close()

    def _send_and_forget(self, claimed: Claimed, parcel: Parcel) -> None:
        try:
            close_old_connections()
            send_notice(claimed, parcel, self._clock)
        except Exception:
            # The item boundary of a thread: the row's lease brings it back.
            _log.exception("notice_crashed", notice_id=str(claimed.notice_id))
        finally:
            with self._lock:
                del self._running[claimed.notice_id]
            self._look.set()


# Putting together


def compose(notice_ids: Sequence[UUID], now: datetime) -> Mapping[UUID, Parcel]:
    """Return what each notice sends. At most ten statements; one by one if one of them cannot be put together."""
    try:
        return _compose(notice_ids, now)
    except (DatabaseError, InterfaceError):
        raise
    except Exception:
        _log.exception("notices_not_composed", notices=len(notice_ids))
    return {one: _compose_alone(one, now) for one in notice_ids}


def _compose(notice_ids: Sequence[UUID], now: datetime) -> dict[UUID, Parcel]:
    if not notice_ids:
        return {}
    needed = ("organization", "incident", "webhook", "membership", "contact_method")
    notices = list(Notice.objects.filter(pk__in=notice_ids).select_related(*needed))
    events = [notice for notice in notices if notice.kind == Notice.Kind.EVENT]
    others = [notice for notice in notices if notice.kind != Notice.Kind.EVENT]
    nothing: dict[UUID, Parcel] = dict.fromkeys(notice_ids)
    return {**nothing, **compose_calls(events, now), **compose_letters(others, now)}


def _compose_alone(notice_id: UUID, now: datetime) -> Parcel:
    try:
        return _compose([notice_id], now)[notice_id]
    except (DatabaseError, InterfaceError):
        raise
    except Exception:
        _log.exception("notice_not_composed", notice_id=str(notice_id))
        return None


# Sending


def send_notice(claimed: Claimed, parcel: Parcel, clock: Clock) -> None:
    """Send a claimed notice and record what came of it, unless the claim is no longer ours."""
    if not renew_lease(claimed, clock.now()):
        return
    failed = _try(claimed, parcel)
    if failed is None:
        record_sent(claimed, clock.now())
    else:
        record_failure(claimed, failed, clock.now())


def _try(claimed: Claimed, parcel: Parcel) -> Failed | None:
    """Send; return how it failed, or None. A bug counts as a temporary failure."""
    try:
        if parcel is None:
            return Failed(reason="It could not be put together.")
        return _call(parcel) if isinstance(parcel, Call) else _hand_over(claimed, parcel)
    except Exception as error:
        _log.exception("notice_crashed", notice_id=str(claimed.notice_id))
        return Failed(reason=f"The channel failed: {type(error).__name__}.")


def _hand_over(claimed: Claimed, message: Message) -> Failed | None:
    if not message.destination:
        return Failed(reason="This contact method has been removed.", is_final=True)
    try:
        sender_for(claimed.channel).send(message)
    except SendFailed as failed:
        return Failed(reason=failed.reason, is_final=failed.failure is Failure.RECIPIENT)
    return None


def _call(call: Call) -> Failed | None:
    headers = signed_headers(str(call.key), call.body, call.secrets, datetime.now(UTC))
    try:
        post(call.url, call.body, headers, CALL_LIMIT_SECONDS)
    except Gone as gone:
        return Failed(reason=gone.reason, status=gone.status, is_final=gone.status == _GONE)
    except Unavailable as failed:
        asked = timedelta(seconds=failed.retry_after_seconds or 0)
        return Failed(reason=failed.reason, status=failed.status, asked=asked)
    except OutboundFailed as refused:
        return Failed(reason=refused.reason)
    return None


_GONE: Final = 410
