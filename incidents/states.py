"""An escalation's row as the state it stands for, and a state as the columns that keep it.

The columns are declared once, here: what a decision changes is written for a whole batch in one statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog

from escalation.domain.model import Address, Plan, Recipient, UserId
from escalation.domain.plan import empty_plan, plan_from_json
from escalation.loaders import Needs, Reachable
from incidents.domain.model import State, Status
from incidents.models import Escalation

_log = structlog.get_logger(__name__)

STATE_COLUMNS: Final[Mapping[str, str]] = {
    "state": "text",
    "pass_no": "integer",
    "position": "integer",
    "firing": "integer",
    "entered": "integer",
    "repeats_left": "integer",
    "reached": "boolean",
    "repeating": "boolean",
    "extended": "boolean",
    "fallback_beside": "boolean",
    "due_at": "timestamptz",
    "roster_at": "timestamptz",
    "wake_at": "timestamptz",
    "holder_id": "uuid",
    "paged": "jsonb",
    "acknowledged_by": "text",
    "acknowledged_at": "timestamptz",
    "parked_at": "timestamptz",
}
"""Every column of an escalation that a decision may change but its plan, with its SQL type."""


def state_of(row: Escalation) -> State:
    """Return the state ``row`` stands for. Needs ``holder`` and ``incident.owner`` loaded."""
    return State(
        status=Status(row.state),
        pass_no=row.pass_no,
        position=row.position,
        firing=row.firing,
        entered=row.entered,
        repeats_left=row.repeats_left,
        reached=row.reached,
        repeating=row.repeating,
        extended=row.extended,
        fallback_beside=row.fallback_beside,
        due_at=row.due_at,
        roster_at=row.roster_at,
        paged=frozenset(_recipient(value) for value in row.paged),
        held_by=None if row.holder is None else UserId(row.holder.user_id),
        owner=None if row.incident.owner is None else UserId(row.incident.owner.user_id),
    )


def is_begun(row: Escalation) -> bool:
    """Tell whether the escalation has been triggered; a deferred first page stands before that (design D3)."""
    return row.firing > 0 or row.state != Escalation.State.PAGING


def state_columns(
    row: Escalation, state: State, directory: Mapping[UserId, Reachable], actor: str | None, now: datetime
) -> dict[str, Any]:
    """Return the columns of ``row`` under ``state``, which ``actor`` (None: the engine) brought about at ``now``."""
    by, at = _acknowledgement(row, state, actor, now)
    return {
        "state": str(state.status),
        "pass_no": state.pass_no,
        "position": state.position,
        "firing": state.firing,
        "entered": state.entered,
        "repeats_left": state.repeats_left,
        "reached": state.reached,
        "repeating": state.repeating,
        "extended": state.extended,
        "fallback_beside": state.fallback_beside,
        "due_at": state.due_at,
        "roster_at": state.roster_at,
        "wake_at": state.wake_at,
        "holder_id": _holder_id(row, state, directory),
        "paged": sorted(state.paged),
        "acknowledged_by": by,
        "acknowledged_at": at,
        "parked_at": None,
    }


def needs_of(row: Escalation, plan: Plan) -> Needs:
    """Return whom and what a decision about ``row`` may look at."""
    people = (row.holder, row.incident.owner)
    return needs_of_plan(plan) | Needs(users={UserId(member.user_id) for member in people if member is not None})


def needs_of_plan(plan: Plan) -> Needs:
    """Return whom and what ``plan`` leads to."""
    return Needs(
        users={user for layer in plan.layers for user in layer.users},
        schedules={layer.schedule for layer in plan.layers if layer.schedule is not None},
        hours={layer.hours for layer in plan.layers if layer.hours is not None},
    )


def needs_by_organization(rows: Iterable[tuple[Escalation, Plan]]) -> dict[str, Needs]:
    """Return what decisions about these escalations, each with its plan, may look at, by organization."""
    needs: dict[str, Needs] = {}
    for row, plan in rows:
        needs[row.organization_id] = needs.get(row.organization_id, Needs()) | needs_of(row, plan)
    return needs


def plan_of(row: Escalation) -> Plan:
    """Return the snapshot ``row`` runs by."""
    return plan_from_json(row.plan)


def plan_for_command(row: Escalation) -> Plan:
    """Return the snapshot a command runs by; one that cannot be read counts as empty.

    Whoever answers must be able to stop the paging, also of an escalation the engine had to park.
    """
    try:
        return plan_of(row)
    except (ValueError, KeyError, TypeError, AttributeError):
        _log.warning("plan_unreadable", incident_id=str(row.incident_id))
        return empty_plan()


def _acknowledgement(
    row: Escalation, state: State, actor: str | None, now: datetime
) -> tuple[str | None, datetime | None]:
    if state.status is not Status.ACKNOWLEDGED:
        return None, None
    if row.state == Escalation.State.ACKNOWLEDGED:
        return row.acknowledged_by, row.acknowledged_at
    return actor, now


def _holder_id(row: Escalation, state: State, directory: Mapping[UserId, Reachable]) -> UUID | None:
    if state.held_by is None:
        return None
    found = directory.get(state.held_by)
    return row.holder_id if found is None else found.membership_id


def _recipient(value: str) -> Recipient:
    return Address(value) if "@" in value else UserId(value)
