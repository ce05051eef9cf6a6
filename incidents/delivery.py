"""Sending: claim a delivery by a lease, renew the lease just before the send, record what came of it (design D8, D9).

The lease lives in the row: a claim moves ``next_at`` to its end and sets a token. A worker that dies leaves a row that
falls due again when the lease ends, so recovery needs nobody's memory. An acknowledgement cancels rows and voids
tokens, so what was claimed but not begun is not sent. A message may go out twice, under the same key; it is never lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.db import connection, transaction

from incidents.channels.base import Failure, SendFailed
from incidents.claims import FIRST_ATTEMPTS, RETRIES
from incidents.decisions import event
from incidents.models import Delivery, Escalation, Page, TimelineEvent
from incidents.wake import hint_after_commit

LEASE: Final = timedelta(seconds=10)
"""How long a claim holds a delivery; a send gives up after 8 seconds, so it never outlives its lease."""

_PAUSES: Final = (5, 15, 30, 60)
"""Seconds before the second, third, … attempt; from then on the last, without end (design D9)."""

_MOST_TO_ONE_DESTINATION: Final = 2
_TOLD_ONE_BY_ONE: Final = 5
_TOLD_EVERY: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A claimed delivery: whoever holds the token may send it once."""

    delivery_id: UUID
    escalation_id: UUID
    token: UUID
    number: int
    channel: str
    destination: str


def claim_deliveries(now: datetime, *, slots: int, retry_slots: int, busy: Sequence[str]) -> list[Attempt]:
    """Claim at most ``slots`` due deliveries, first attempts before retries, at most ``retry_slots`` of the latter.

    ``busy`` are the destinations being sent to: they are left alone. No more is claimed than can start at once, for a
    lease that runs while its delivery waits in a line is a message sent twice. Four statements.
    """
    with transaction.atomic(durable=True):
        ids = FIRST_ATTEMPTS.claim(now, slots, busy=list(busy)) if slots else []
        free = min(slots - len(ids), retry_slots)
        retries = RETRIES.claim(now, free, busy=list(busy)) if free > 0 else []
        return _lease(_calm([*ids, *retries]), now)


def _calm(ids: Sequence[UUID]) -> list[UUID]:
    """Keep the first two deliveries to each destination; the others stay due."""
    destinations = dict(Delivery.objects.filter(pk__in=ids).values_list("pk", "destination")) if ids else {}
    kept: list[UUID] = []
    for row_id in ids:
        to_same = sum(destinations[other] == destinations[row_id] for other in kept)
        if to_same < _MOST_TO_ONE_DESTINATION:
            kept.append(row_id)
    return kept


_LEASE: Final = """
UPDATE incidents_delivery SET token = %s, next_at = %s, attempts = attempts + 1 WHERE id = ANY(%s)
RETURNING id, escalation_id, attempts, channel, destination
"""


def _lease(ids: Sequence[UUID], now: datetime) -> list[Attempt]:
    if not ids:
        return []
    token = uuid4()
    with connection.cursor() as cursor:
        cursor.execute(_LEASE, [token, now + LEASE, list(ids)])
        rows = cursor.fetchall()
    found = {
        row_id: Attempt(
            delivery_id=row_id,
            escalation_id=escalation_id,
            token=token,
            number=number,
            channel=channel,
            destination=destination,
        )
        for row_id, escalation_id, number, channel, destination in rows
    }
    return [found[row_id] for row_id in ids]


def renew_lease(attempt: Attempt, now: datetime) -> bool:
    """Take the last look before the send: tell whether it may begin. One statement.

    False means that an acknowledgement or another claim came between; nothing must be sent then.
    """
    held = Delivery.objects.filter(pk=attempt.delivery_id, token=attempt.token)
    return held.update(next_at=now + LEASE) == 1


@transaction.atomic(durable=True)
def record_handed_over(attempt: Attempt, now: datetime) -> None:
    """Record that the provider took the message, however late and whoever else tried. Four statements.

    A delivery cancelled while its call was running stays cancelled, and the timeline says that it was in flight.
    """
    row, delivery = _lock(attempt)
    in_flight = delivery.status == Delivery.Status.CANCELLED
    if delivery.handed_over_at is None:
        delivery.handed_over_at = now
    if not in_flight:
        delivery.status = Delivery.Status.HANDED_OVER
        delivery.next_at = None
        delivery.token = None
    delivery.save(update_fields=["status", "next_at", "token", "handed_over_at"])
    _tell(row, delivery, now, "notification_sent", attempt=attempt.number, wasInFlight=in_flight)


@transaction.atomic(durable=True)
def record_failure(attempt: Attempt, failed: SendFailed, now: datetime) -> None:
    """Record a failed attempt: dead if the recipient was refused, else due again after a pause, without end.

    The first failure, and every death, lets the person's next method start at once. Nothing happens if the claim is
    no longer ours: an acknowledgement cancelled it, or another attempt has taken over.
    """
    row, delivery = _lock(attempt)
    if delivery.token != attempt.token:
        return
    is_first = not delivery.last_error
    delivery.token = None
    delivery.last_error = failed.reason
    if failed.failure is Failure.RECIPIENT:
        delivery.status = Delivery.Status.DEAD
        delivery.next_at = None
    else:
        delivery.next_at = now + _pause(attempt.number)
    delivery.save(update_fields=["status", "next_at", "token", "last_error"])
    if is_first or delivery.status == Delivery.Status.DEAD:
        Page.objects.filter(pk=delivery.page_id).update(next_at=now)
        hint_after_commit()
    _tell_failure(row, delivery, attempt, failed, now)


def _pause(attempts: int) -> timedelta:
    return timedelta(seconds=_PAUSES[min(attempts, len(_PAUSES)) - 1])


def _tell_failure(row: Escalation, delivery: Delivery, attempt: Attempt, failed: SendFailed, now: datetime) -> None:
    """Write the failure down; of a long outage only every half hour, for a timeline must stay readable."""
    if delivery.status == Delivery.Status.DEAD:
        _tell(row, delivery, now, "notification_dead", attempt=attempt.number, reason=failed.reason)
    elif attempt.number <= _TOLD_ONE_BY_ONE or attempt.number % _TOLD_EVERY == 0:
        _tell(row, delivery, now, "notification_retry", attempt=attempt.number, reason=failed.reason)


def _tell(row: Escalation, delivery: Delivery, now: datetime, kind: str, **data: object) -> None:
    page = delivery.page
    user_id = None if page.membership is None else page.membership.user_id
    TimelineEvent.objects.bulk_create(
        [
            event(
                row,
                now,
                kind,
                userId=user_id,
                recipient=user_id or page.address,
                deliveryId=str(delivery.pk),
                channel=delivery.channel,
                **data,
            )
        ]
    )


def _lock(attempt: Attempt) -> tuple[Escalation, Delivery]:
    """Lock the incident first, then the delivery (design D7)."""
    row = Escalation.objects.select_for_update(no_key=True).get(pk=attempt.escalation_id)
    delivery = (
        Delivery.objects.select_related("page__membership")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=attempt.delivery_id)
    )
    return row, delivery
