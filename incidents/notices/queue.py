"""Which notice is sent next, and what became of it.

Claimed as deliveries are: by a lease in the row, renewed just before the send. A worker that dies leaves a row that
falls due again when the lease ends; what was sent and not recorded goes out again, under the same key.

An endpoint that fails rests: five seconds, twice as long after each further failure, at most five minutes, or as long
as it asks for. So nobody waits for one that hangs, and one that is drowning is not held under.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import structlog
from django.db import connection, transaction
from django.db.models import F

from incidents.domain.retry import PAUSES, PAUSES_OF_NEWS, pause_after, rest_after
from incidents.models import Notice, Webhook
from incidents.notices.outbox import tell_admins

LEASE: Final = timedelta(seconds=30)
"""How long a claim holds a notice; a call takes fifteen seconds at most."""

KEPT: Final = timedelta(days=30)
"""How long a notice is kept once it has ended."""

MOST_OF_CHANNEL: Final = {"email": 2, "chat": 2, "webhook": 3}
"""How many sends at a time over one channel: whatever hangs, somebody else is served."""

MOST_TO_FAILING: Final = 2
"""How many sends at a time to endpoints that failed last time."""

_DELETED_AT_ONCE: Final = 1_000
_GONE: Final = 410
_NOT_FOUND: Final = 404
_NEWS: Final = frozenset(
    {
        Notice.Kind.TAKEN,
        Notice.Kind.RESOLVED,
        Notice.Kind.SHIFT_OFFERED,
        Notice.Kind.SHIFT_TAKEN,
        Notice.Kind.SHIFT_BEGUN,
    }
)

_log = structlog.get_logger(__name__)

# The lanes are found by leaping through the index, one probe each, and of each the head alone is looked at: a hundred
# thousand events for an endpoint that rests cost a claim as much as one. An organization's first row goes before any
# organization's second, however many endpoints it has.
_CLAIM: Final = """
WITH RECURSIVE lane (id) AS (
  (SELECT lane FROM incidents_notice WHERE next_at IS NOT NULL ORDER BY lane LIMIT 1)
  UNION ALL
  SELECT next.lane FROM lane CROSS JOIN LATERAL (
    SELECT lane FROM incidents_notice WHERE next_at IS NOT NULL AND lane > lane.id ORDER BY lane LIMIT 1
  ) AS next
),
open AS (
  SELECT id FROM lane
  WHERE split_part(id, ':', 2) <> ALL (%(full)s::text[]) AND id <> ALL (%(busy)s::text[])
    AND id NOT IN (
      SELECT endpoint.id || ':webhook' FROM incidents_webhook AS endpoint
      WHERE endpoint.failures > 0 AND (endpoint.rest_until > %(now)s OR %(is_failing_full)s)
    )
),
head AS (
  SELECT first.* FROM open CROSS JOIN LATERAL (
    SELECT id, organization_id, next_at, event_id FROM incidents_notice
    WHERE lane = open.id AND next_at <= %(now)s
    ORDER BY next_at, event_id, id LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
  ) AS first
)
SELECT id FROM head
ORDER BY row_number() OVER (PARTITION BY organization_id ORDER BY next_at, event_id, id), next_at, id LIMIT %(slots)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A claimed notice: whoever holds the token may send it once. ``webhook_id`` is that of an event."""

    notice_id: UUID
    token: UUID
    number: int
    channel: str
    webhook_id: UUID | None
    is_failing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """How an attempt failed: ``status`` is what a webhook answered, ``asked`` how long it wants to be left alone.

    ``is_final`` says that nobody is there.
    """

    reason: str
    is_final: bool = False
    status: int | None = None
    asked: timedelta = timedelta()


# Claiming


def claim_notices(now: datetime, *, slots: int, running: Sequence[Claimed]) -> list[Claimed]:
    """Claim at most ``slots`` due notices, fair over organizations, beside those that are ``running``.

    One of each lane, and one at a time to an endpoint. Three statements, one if nothing is due.
    """
    with transaction.atomic(durable=True):
        ids = _due(now, slots, running)
        return _lease(_calm(_candidates(ids), running), now) if ids else []


def _due(now: datetime, slots: int, running: Sequence[Claimed]) -> list[UUID]:
    told: dict[str, Any] = {
        "now": now,
        "slots": slots,
        "full": [channel for channel, most in MOST_OF_CHANNEL.items() if _count(running, channel) >= most],
        "busy": [f"{claimed.webhook_id}:webhook" for claimed in running if claimed.webhook_id is not None],
        "is_failing_full": sum(claimed.is_failing for claimed in running) >= MOST_TO_FAILING,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, told)
        return [row_id for (row_id,) in cursor.fetchall()]


def _count(claimed: Sequence[Claimed], channel: str) -> int:
    return sum(one.channel == channel for one in claimed)


def _candidates(ids: Sequence[UUID]) -> list[Claimed]:
    token = uuid4()
    rows = {row.pk: row for row in Notice.objects.filter(pk__in=ids).select_related("webhook")}
    return [_candidate(rows[row_id], token) for row_id in ids]


def _candidate(row: Notice, token: UUID) -> Claimed:
    webhook = row.webhook if row.kind == Notice.Kind.EVENT else None
    return Claimed(
        notice_id=row.pk,
        token=token,
        number=row.attempts + 1,
        channel=row.channel,
        webhook_id=None if webhook is None else webhook.pk,
        is_failing=webhook is not None and webhook.failures > 0,
    )


def _calm(candidates: Sequence[Claimed], running: Sequence[Claimed]) -> list[Claimed]:
    """Keep what may run beside each other; the others stay due."""
    kept = list(running)
    for one in candidates:
        is_busy = one.webhook_id is not None and any(other.webhook_id == one.webhook_id for other in kept)
        is_full = _count(kept, one.channel) >= MOST_OF_CHANNEL[one.channel]
        is_failing_full = one.is_failing and sum(other.is_failing for other in kept) >= MOST_TO_FAILING
        if not (is_busy or is_full or is_failing_full):
            kept.append(one)
    return kept[len(running) :]


def _lease(claimed: list[Claimed], now: datetime) -> list[Claimed]:
    if claimed:
        held = Notice.objects.filter(pk__in=[one.notice_id for one in claimed])
        held.update(token=claimed[0].token, next_at=now + LEASE, attempts=F("attempts") + 1)
    return claimed


def renew_lease(claimed: Claimed, now: datetime) -> bool:
    """Take the last look before the send: tell whether it may begin. One statement."""
    held = Notice.objects.filter(pk=claimed.notice_id, token=claimed.token)
    return held.update(next_at=now + LEASE) == 1


# What became of it


@transaction.atomic(durable=True)
def record_sent(claimed: Claimed, now: datetime) -> None:
    """Record that a notice was taken, however late. Two statements for an event, one for the others."""
    if claimed.webhook_id is not None:
        failing = Webhook.objects.filter(pk=claimed.webhook_id, failures__gt=0)
        failing.update(failures=0, rest_until=None, failing_told_at=None)
    Notice.objects.filter(pk=claimed.notice_id).update(
        status=Notice.Status.SENT, next_at=None, token=None, sent_at=now, last_status=None, last_error=""
    )


@transaction.atomic(durable=True)
def record_failure(claimed: Claimed, failed: Failed, now: datetime) -> None:
    """Record a failed attempt: due again by the retry table, or given up.

    Nothing happens if the claim is no longer ours. Of what is given up to a webhook its organization's admins are told
    by mail, once until it works again; one that is gone is disabled.
    """
    # The endpoint is locked first, as by whoever changes its settings.
    webhook = None if claimed.webhook_id is None else _locked_endpoint(claimed.webhook_id)
    notice: Notice | None = Notice.objects.filter(pk=claimed.notice_id, token=claimed.token).first()
    if notice is None:
        return
    pauses = PAUSES_OF_NEWS if notice.kind in _NEWS else PAUSES
    pause = None if failed.is_final else pause_after(claimed.number, notice.pk, pauses, asked=failed.asked)
    ended = {"status": Notice.Status.FAILED, "next_at": None}
    Notice.objects.filter(pk=notice.pk, token=claimed.token).update(
        token=None,
        last_status=failed.status,
        last_error=failed.reason,
        **(ended if pause is None else {"next_at": now + pause}),
    )
    if webhook is not None:
        _record_failing_endpoint(webhook, failed, now, is_given_up=pause is None)
    elif pause is None:
        _log.warning("notice_given_up", notice_id=str(notice.pk), kind=notice.kind, reason=failed.reason)


def _locked_endpoint(webhook_id: UUID) -> Webhook:
    rows = Webhook.objects.select_related("organization").select_for_update(of=("self",), no_key=True)
    webhook: Webhook = rows.get(pk=webhook_id)
    return webhook


def _record_failing_endpoint(webhook: Webhook, failed: Failed, now: datetime, *, is_given_up: bool) -> None:
    webhook.failures += 1
    webhook.rest_until = now + rest_after(webhook.failures, asked=failed.asked)
    if failed.status == _GONE:
        _disable(webhook, Webhook.Disabled.GONE, now)
    elif is_given_up and failed.status == _NOT_FOUND:
        _disable(webhook, Webhook.Disabled.NOT_FOUND, now)
    elif is_given_up and webhook.failing_told_at is None:
        webhook.failing_told_at = now
        tell_admins(webhook, Notice.Kind.WEBHOOK_FAILING, now)
    webhook.save()


def _disable(webhook: Webhook, reason: Webhook.Disabled, now: datetime) -> None:
    if webhook.disabled_at is None and webhook.removed_at is None:
        webhook.disabled_at, webhook.disabled_reason = now, reason
        webhook.version += 1
        tell_admins(webhook, Notice.Kind.WEBHOOK_DISABLED, now)
        call_off(webhook)


def call_off(webhook: Webhook) -> None:
    """Send nothing more of what waits for ``webhook``; it can be sent again later. One statement."""
    waiting = Notice.objects.filter(webhook=webhook, kind=Notice.Kind.EVENT, status=Notice.Status.PENDING)
    waiting.update(status=Notice.Status.CANCELLED, next_at=None, token=None)


def delete_old_notices(now: datetime) -> int:
    """Delete some of what ended a month ago; return how many. One statement."""
    ended = Notice.objects.filter(next_at__isnull=True, created_at__lt=now - KEPT)
    deleted, _ = Notice.objects.filter(pk__in=ended.order_by("created_at").values("pk")[:_DELETED_AT_ONCE]).delete()
    return deleted
