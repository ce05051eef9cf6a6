"""Sending: claim a delivery by a lease, renew the lease just before the send, record what came of it (design D8, D9).

The lease lives in the row: a claim moves ``next_at`` to its end and sets a token. A worker that dies leaves a row that
falls due again when the lease ends, so recovery needs nobody's memory. An acknowledgement cancels rows and voids
tokens, so what was claimed but not begun is not sent. A message may go out twice, under the same key; it is never lost.

A message over a loud method may carry several deliveries (``incidents.bundles``): one leads, the others ride along. Each
has its own lease and its own record, so whatever happens in between, those not recorded go out again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Final
from uuid import UUID, uuid4

from django.db import connection, transaction

from incidents.bundles import LEASE, bundle
from incidents.channels.base import Failure, SendFailed
from incidents.claims import FIRST_ATTEMPTS, RETRIES
from incidents.decisions import event
from incidents.models import Delivery, Escalation, Page
from incidents.timeline import append
from incidents.wake import hint_after_commit
from scaling.messengers import LOUD

_PAUSES: Final = (5, 15, 30, 60)
"""Seconds before the second, third, … attempt; from then on the last, without end (design D9)."""

_MOST_TO_ONE_DESTINATION: Final = 2
_TOLD_ONE_BY_ONE: Final = 5
_TOLD_EVERY: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A claimed delivery: whoever holds the token may send it once, and ``riders`` with it in the same message.

    ``carried_by`` is the delivery that a rider goes with.
    """

    delivery_id: UUID
    escalation_id: UUID
    token: UUID
    number: int
    channel: str
    destination: str
    riders: tuple[Attempt, ...] = ()
    carried_by: UUID | None = None

    @property
    def parts(self) -> tuple[Attempt, ...]:
        """The delivery itself and its riders: each has an outcome to be recorded."""
        return (self, *self.riders)


def claim_deliveries(now: datetime, *, slots: int, retry_slots: int, busy: Sequence[str]) -> list[Attempt]:
    """Claim at most ``slots`` due deliveries, first attempts before retries, at most ``retry_slots`` of the latter.

    ``busy`` are the destinations being sent to: they are left alone. No more is claimed than can start at once, for a
    lease that runs while its delivery waits in a line is a message sent twice. What rides along counts for nothing.
    Four statements, and at most four more where a loud method is among what is due.
    """
    with transaction.atomic(durable=True):
        ids = FIRST_ATTEMPTS.claim(now, slots, busy=list(busy)) if slots else []
        free = min(slots - len(ids), retry_slots)
        retries = RETRIES.claim(now, free, busy=list(busy)) if free > 0 else []
        return _lease(_messages([*ids, *retries], now), now)


def _messages(ids: Sequence[UUID], now: datetime) -> list[Sequence[UUID]]:
    """Return the deliveries of each message to send, in the order of ``ids``.

    Loud methods bundle what they have; of the others the first two to each destination go, the rest stays due.
    """
    rows = Delivery.objects.in_bulk(ids) if ids else {}
    methods = {row.pk: row.contact_method_id for row in rows.values() if row.channel in LOUD}
    loud = {row_id: method_id for row_id, method_id in methods.items() if method_id is not None}
    bundles = dict(bundle(set(loud.values()), now))
    to_same: Counter[str] = Counter()
    messages: list[Sequence[UUID]] = []
    for row_id in ids:
        row = rows[row_id]
        if row_id in loud:
            messages.append(bundles.pop(loud[row_id], ()))
        elif to_same[row.destination] < _MOST_TO_ONE_DESTINATION:
            to_same[row.destination] += 1
            messages.append([row_id])
    return [message for message in messages if message]


_LEASE: Final = """
UPDATE incidents_delivery SET token = %s, next_at = %s, attempts = attempts + 1 WHERE id = ANY(%s)
RETURNING id, escalation_id, attempts, channel, destination
"""


def _lease(messages: Sequence[Sequence[UUID]], now: datetime) -> list[Attempt]:
    if not messages:
        return []
    token = uuid4()
    with connection.cursor() as cursor:
        cursor.execute(_LEASE, [token, now + LEASE, list(chain.from_iterable(messages))])
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
    return [_led([found[row_id] for row_id in message]) for message in messages]


def _led(attempts: Sequence[Attempt]) -> Attempt:
    """Return the first of ``attempts`` with the others as its riders."""
    leader, *others = (replace(attempt, riders=(), carried_by=None) for attempt in attempts)
    return replace(leader, riders=tuple(replace(other, carried_by=leader.delivery_id) for other in others))


# What an acknowledgement has in its hands is not waited for: it is on its way out of the message.
_RENEW: Final = """
UPDATE incidents_delivery SET next_at = %s, begun_at = %s WHERE id IN (
  SELECT id FROM incidents_delivery WHERE id = ANY(%s) AND token = %s FOR NO KEY UPDATE SKIP LOCKED
) RETURNING id
"""


def renew_lease(attempt: Attempt, now: datetime) -> Attempt | None:
    """Take the last look before the send: return what of ``attempt`` may go, None for nothing. One statement.

    What an acknowledgement or another claim came for is left out. Where that was the leader, the first rider leads.
    """
    begun_at = now if attempt.channel in LOUD else None
    ids = [part.delivery_id for part in attempt.parts]
    with connection.cursor() as cursor:
        cursor.execute(_RENEW, [now + LEASE, begun_at, ids, attempt.token])
        held = {row_id for (row_id,) in cursor.fetchall()}
    parts = [part for part in attempt.parts if part.delivery_id in held]
    return _led(parts) if parts else None


@transaction.atomic(durable=True)
def record_handed_over(attempt: Attempt, now: datetime) -> None:
    """Record that the provider took the message, however late and whoever else tried. Four statements; riders apart.

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
    _tell(row, delivery, now, "notification_sent", attempt=attempt.number, wasInFlight=in_flight, **_company(attempt))


def _company(attempt: Attempt) -> Mapping[str, object]:
    """Return what the timeline tells of a message that several deliveries shared."""
    if attempt.carried_by is not None:
        return {"carriedBy": str(attempt.carried_by)}
    return {"carried": len(attempt.riders)} if attempt.riders else {}


@transaction.atomic(durable=True)
def record_failure(attempt: Attempt, failed: SendFailed, now: datetime) -> None:
    """Record a failed attempt: dead if the recipient was refused, else due again after a pause, without end.

    Riders are recorded apart. The first failure, and every death, lets the person's next method start at once. Nothing happens if the claim is
    no longer ours: an acknowledgement cancelled it, or another attempt has taken over.
    """
    row, delivery = _lock(attempt)
    if delivery.token != attempt.token:
        return
    is_first = not delivery.last_error
    delivery.token = delivery.begun_at = None
    delivery.last_error = failed.reason
    if failed.failure is Failure.RECIPIENT:
        delivery.status = Delivery.Status.DEAD
        delivery.next_at = None
    else:
        delivery.next_at = now + _pause(attempt.number)
    delivery.save(update_fields=["status", "next_at", "token", "begun_at", "last_error"])
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
    append(
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
