"""A decision becomes rows: the new state, its firings, pages and first deliveries, and what the timeline tells.

All of it goes into the caller's transaction, under the escalation's lock (design D3, D7), in a number of statements
that does not grow with the batch: cancel, states, records of what was looked at, firings, pages, deliveries, events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from escalation.domain.model import ACCOUNT_EMAIL, Duty, MethodId, UserId
from escalation.domain.plan import plan_to_json
from escalation.domain.roster import is_address
from escalation.loaders import EMAIL, Loaded, Method
from incidents.domain.model import Decision, Fire, Note, Status, Stop
from incidents.domain.page import next_sends
from incidents.domain.rules import LeftOut, frozen_rules, left_out_to_json, person_called, rules_to_json
from incidents.domain.run import text
from incidents.models import Delivery, Escalation, Firing, Page, TimelineEvent
from incidents.records import Seen, record
from incidents.states import STATE_COLUMNS, state_columns
from incidents.timeline import append
from incidents.uses import release
from scaling.ids import new_uuid
from scaling.rows import insert_rows, json_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One escalation, what was decided for it, and the world it was decided in. ``actor`` gave the command, if any."""

    row: Escalation
    decision: Decision
    loaded: Loaded
    actor: str | None = None


@dataclass(slots=True)
class _Rows:
    worlds: Mapping[UUID, UUID]
    firings: list[Firing] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    events: list[TimelineEvent] = field(default_factory=list)


def write(turns: Sequence[Turn], now: datetime) -> None:
    """Write what was decided for escalations whose rows exist and are locked."""
    cancelled = _cancel_unsent(turns)
    _save_states(turns, now)
    release([turn.row.incident_id for turn in turns if turn.decision.state.status is Status.CANCELLED])
    _insert(turns, now, cancelled=cancelled)


def write_first(turn: Turn, now: datetime, *, before: Iterable[TimelineEvent]) -> None:
    """Insert a new escalation with what was decided at its trigger; ``before`` opens its timeline."""
    row, state = turn.row, turn.decision.state
    for column, value in state_columns(row, state, turn.loaded.directory, turn.actor, now).items():
        setattr(row, column, value)
    row.plan = plan_to_json(turn.decision.plan)
    row.save(force_insert=True)
    _insert([turn], now, before=before)


def event(row: Escalation, now: datetime, kind: str, **data: object) -> TimelineEvent:
    """Return an unsaved timeline event; ``actorId, layerId, position, userId`` are its columns, the rest details."""
    details: dict[str, Any] = dict(data)
    return TimelineEvent(
        organization_id=row.organization_id,
        incident_id=row.incident_id,
        at=now,
        type=kind,
        actor_id=details.pop("actorId", None),
        layer_id=details.pop("layerId", None),
        position=details.pop("position", None),
        user_id=details.pop("userId", None),
        details=details,
    )


def _insert(
    turns: Sequence[Turn],
    now: datetime,
    *,
    before: Iterable[TimelineEvent] = (),
    cancelled: Iterable[tuple[Any, ...]] = (),
) -> None:
    rows = _Rows(worlds=_record(turns), events=list(before))
    for turn in turns:
        for effect in turn.decision.effects:
            if isinstance(effect, Fire):
                _add_firing(rows, turn, effect, now)
            elif isinstance(effect, Note):
                rows.events.append(event(turn.row, now, effect.kind, **effect.data))
    rows.events.extend(_cancelled(row, now) for row in cancelled)
    insert_rows(rows.firings)
    insert_rows(rows.pages)
    insert_rows(rows.deliveries)
    append(rows.events)


def _record(turns: Sequence[Turn]) -> Mapping[UUID, UUID]:
    """Write down what was looked at by decisions that fire; return the id of the record by the escalation's."""
    fired = [turn for turn in turns if any(isinstance(effect, Fire) for effect in turn.decision.effects)]
    seen = [Seen(turn.row.organization_id, turn.decision.plan, turn.loaded.world) for turn in fired]
    return {turn.row.incident_id: world_id for turn, world_id in zip(fired, record(seen), strict=True)}


# Firings


def _add_firing(rows: _Rows, turn: Turn, fire: Fire, now: datetime) -> None:
    firing = Firing(
        id=new_uuid(),
        organization_id=turn.row.organization_id,
        escalation_id=turn.row.incident_id,
        number=fire.firing,
        cause=str(fire.cause),
        pass_no=fire.pass_no,
        position=fire.position,
        fired_at=now,
        due_at=fire.due_at,
        world_id=rows.worlds[turn.row.incident_id],
    )
    rows.firings.append(firing)
    for place, duty in enumerate(fire.roster.duties):
        _add_page(rows, turn, firing, duty, place)


def _add_page(rows: _Rows, turn: Turn, firing: Firing, duty: Duty, place: int) -> None:
    person, severity = person_called(turn.loaded.world, duty.user), turn.row.incident.severity
    rules, left_out = frozen_rules(person, severity, firing.fired_at)
    step = next_sends(replace(person, rules=rules), severity, firing.fired_at, (), firing.fired_at)
    page = Page(
        id=new_uuid(),
        organization_id=firing.organization_id,
        escalation_id=firing.escalation_id,
        firing_id=firing.id,
        membership_id=_membership_id(turn.loaded, duty),
        address=duty.user if is_address(duty.user) else "",
        rules=rules_to_json(rules),
        reason=_reason(turn.loaded, duty, left_out),
        started_at=firing.fired_at,
        next_at=step.next_at,
    )
    rows.pages.append(page)
    methods = _methods(turn.loaded, duty)
    rows.deliveries.extend(
        delivery_of(page, send.method, send.round, methods[send.method], place, firing.fired_at) for send in step.sends
    )


def delivery_of(page: Page, method_id: MethodId, round_no: int, method: Method, place: int, now: datetime) -> Delivery:
    """Return an unsaved delivery of ``page`` over one method, due now. ``place`` is its recipient's in the firing."""
    return Delivery(
        id=new_uuid(),
        organization_id=page.organization_id,
        escalation_id=page.escalation_id,
        page_id=page.id,
        contact_method_id=None if method_id == ACCOUNT_EMAIL else method_id,
        round=round_no,
        turn=place,
        channel=method.channel,
        destination=method.address,
        created_at=now,
        next_at=now,
    )


def _reason(loaded: Loaded, duty: Duty, left_out: Sequence[LeftOut]) -> dict[str, object]:
    """Return why the recipient is paged, and which of their methods are not used for it."""
    source_id = duty.source_id and str(duty.source_id)
    reason: dict[str, object] = {"source": duty.source, "sourceId": source_id, "until": text(duty.until)}
    if left_out:
        reached = loaded.directory[UserId(duty.user)]
        channels = {
            **reached.unverified,
            **{method_id: method.channel for method_id, method in reached.methods.items()},
        }
        reason["leftOut"] = [
            {**told, "channel": channels[each.method]}
            for each, told in zip(left_out, left_out_to_json(left_out), strict=True)
        ]
    return reason


def _membership_id(loaded: Loaded, duty: Duty) -> UUID | None:
    return None if is_address(duty.user) else loaded.directory[UserId(duty.user)].membership_id


def _methods(loaded: Loaded, duty: Duty) -> Mapping[MethodId, Method]:
    if is_address(duty.user):
        return {ACCOUNT_EMAIL: Method(channel=EMAIL, address=duty.user)}
    return loaded.directory[UserId(duty.user)].methods


# States

_COLUMNS: Final = ", ".join(STATE_COLUMNS)
_SAVE_STATES: Final = f"""
UPDATE incidents_escalation AS escalation
SET ({_COLUMNS}) = ({", ".join(f"new.{column}" for column in STATE_COLUMNS)}),
    plan = coalesce(new.plan, escalation.plan),
    version = escalation.version + 1,
    active_policy_id = CASE WHEN new.state = 'cancelled' THEN NULL ELSE escalation.active_policy_id END
FROM jsonb_to_recordset(%s::jsonb)
  AS new (id uuid, plan jsonb, {", ".join(f"{column} {sql}" for column, sql in STATE_COLUMNS.items())})
WHERE escalation.id = new.id
"""  # noqa: S608 - built of the constants above


def _save_states(turns: Sequence[Turn], now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SAVE_STATES, [json_text([_new_row(turn, now) for turn in turns])])


def _new_row(turn: Turn, now: datetime) -> dict[str, Any]:
    columns = state_columns(turn.row, turn.decision.state, turn.loaded.directory, turn.actor, now)
    plan = plan_to_json(turn.decision.plan)
    return {"id": turn.row.incident_id, "plan": None if plan == turn.row.plan else plan, **columns}


# Cancelling

# Rows under the escalation's lock: whoever else touches them takes that lock first or skips what is locked.
_CANCEL: Final = """
WITH stop (escalation_id, spare_id) AS (SELECT * FROM unnest(%s::uuid[], %s::uuid[])),
calmed AS (
  UPDATE incidents_page AS page SET next_at = NULL FROM stop
  WHERE page.escalation_id = stop.escalation_id AND page.next_at IS NOT NULL
    AND page.membership_id IS DISTINCT FROM coalesce(stop.spare_id, '00000000-0000-0000-0000-000000000000')
)
UPDATE incidents_delivery AS delivery SET status = 'cancelled', next_at = NULL, token = NULL
FROM stop, incidents_page AS page LEFT JOIN accounts_membership AS member ON member.id = page.membership_id
WHERE delivery.escalation_id = stop.escalation_id AND delivery.status = 'pending' AND page.id = delivery.page_id
  AND page.membership_id IS DISTINCT FROM coalesce(stop.spare_id, '00000000-0000-0000-0000-000000000000')
RETURNING delivery.organization_id, delivery.escalation_id, delivery.id, delivery.channel, delivery.attempts,
  member.user_id, coalesce(member.user_id, page.address)
"""


def _cancel_unsent(turns: Sequence[Turn]) -> list[tuple[Any, ...]]:
    stops = [(turn, effect) for turn in turns for effect in turn.decision.effects if isinstance(effect, Stop)]
    if not stops:
        return []
    spares = [_spared(turn, stop) for turn, stop in stops]
    with connection.cursor() as cursor:
        cursor.execute(_CANCEL, [[turn.row.incident_id for turn, _ in stops], spares])
        return list(cursor.fetchall())


def _spared(turn: Turn, stop: Stop) -> UUID | None:
    found = None if stop.spare is None else turn.loaded.directory.get(stop.spare)
    return None if found is None else found.membership_id


def _cancelled(row: tuple[Any, ...], now: datetime) -> TimelineEvent:
    organization_id, escalation_id, delivery_id, channel, attempts, user_id, recipient = row
    return TimelineEvent(
        organization_id=organization_id,
        incident_id=escalation_id,
        at=now,
        type="notification_cancelled",
        user_id=user_id,
        details={
            "deliveryId": str(delivery_id),
            "channel": channel,
            "recipient": recipient,
            "attempts": attempts,
        },
    )
