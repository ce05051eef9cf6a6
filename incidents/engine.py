"""The engine: what is due is decided and written, batch by batch (design D2, "The way of one incident" 3).

A batch is one transaction: claim, load, decide, write. If anything in it raises, its rows are taken one by one, so
that a row that cannot be handled holds back no other; such a row gets a strike, and with two it is parked
(``incidents.parking``). What a crash interrupts was not committed, and the next claim finds it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, transaction

from escalation.domain.model import UserId
from escalation.loaders import load_worlds
from incidents.claims import ESCALATIONS
from incidents.decisions import Turn, write
from incidents.domain.escalation import decide
from incidents.domain.model import Due, Event, Trigger, Undeliverable
from incidents.facts import Facts, load_facts
from incidents.models import Escalation
from incidents.parking import MAX_STRIKES, clear_strikes, page_fallback_of, strike
from incidents.states import is_begun, needs_by_organization, plan_of, state_of
from incidents.wake import hint_after_commit

BATCH: Final = 50

_log = structlog.get_logger(__name__)

InHand = Callable[[UUID | None], None]
"""Told which row is being decided, so that the watchdog can write it down."""


def step_escalations(now: datetime, in_hand: InHand) -> int:
    """Handle at most one batch of escalations due at ``now``; return how many were due.

    Ten statements for a batch of any size, one more each if a plan in it names schedules or working hours, and a few
    more for each row that is parked.
    """
    due: list[UUID] = []
    try:
        return len(_step_batch(now, BATCH, in_hand, due))
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        _log.exception("batch_failed", rows=len(due))
    for row_id in due:
        _step_alone(row_id, now, in_hand)
    return len(due)


@transaction.atomic(durable=True)
def _step_batch(now: datetime, limit: int, in_hand: InHand, due: list[UUID]) -> list[UUID]:
    due.extend(ESCALATIONS.claim(now, limit))
    if due:
        _handle(due, now, in_hand)
    return due


def _step_alone(row_id: UUID, now: datetime, in_hand: InHand) -> None:
    try:
        with transaction.atomic(durable=True):
            free = Escalation.objects.select_for_update(no_key=True, skip_locked=True)
            if free.filter(pk=row_id, wake_at__lte=now).exists():
                _handle([row_id], now, in_hand)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        _log.exception("row_failed", incident_id=str(row_id))
        strike(row_id, error, now)


def _handle(ids: Sequence[UUID], now: datetime, in_hand: InHand) -> None:
    """Decide and write the locked escalations ``ids``; page the fallback of those with too many strikes instead."""
    facts = load_facts(ids)
    parked = [row_id for row_id in ids if facts[row_id].strikes >= MAX_STRIKES]
    for row_id in parked:
        page_fallback_of(row_id, now)
    healthy = [row_id for row_id in ids if row_id not in parked]
    if healthy:
        write(_decide_all(_load(healthy), facts, now, in_hand), now)
        clear_strikes([row_id for row_id in healthy if facts[row_id].strikes])
    hint_after_commit()


def _load(ids: Sequence[UUID]) -> list[Escalation]:
    return list(
        Escalation.objects.filter(pk__in=ids).select_related("incident__owner", "holder").order_by("wake_at", "pk")
    )


def _decide_all(rows: Sequence[Escalation], facts: Mapping[UUID, Facts], now: datetime, in_hand: InHand) -> list[Turn]:
    plans = {row.pk: plan_of(row) for row in rows}
    worlds = load_worlds(needs_by_organization((row, plans[row.pk]) for row in rows), since=now)
    turns = []
    for row in rows:
        in_hand(row.pk)
        loaded = worlds[row.organization_id]
        state = state_of(row) if is_begun(row) else None
        decision = decide(plans[row.pk], state, _event(row, facts[row.pk], now), loaded.world, now)
        turns.append(Turn(row=row, decision=decision, loaded=loaded))
    in_hand(None)
    return turns


def _event(row: Escalation, facts: Facts, now: datetime) -> Event:
    if not is_begun(row):
        return Trigger(owner=None if row.incident.owner is None else UserId(row.incident.owner.user_id))
    is_due = row.due_at is not None and row.due_at <= now
    return Undeliverable(reach=facts.reach) if facts.is_dead and not is_due else Due(reach=facts.reach)
