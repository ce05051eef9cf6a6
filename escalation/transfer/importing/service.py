"""Imports, from beginning to end: planned against what is there, judged, applied or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from escalation.transfer.arrival import Arrival
from escalation.transfer.importing.applying import Kept, apply
from escalation.transfer.importing.planning import Options, Plan, State, plan_import
from escalation.transfer.importing.rows import Author
from escalation.transfer.importing.state import load_state, lock_for_import
from scaling.errors import PreconditionFailed

Arrive = Callable[[State], Arrival]
"""What makes an arrival of what was read; it is told what is there, as files may refer to that."""


def preview_import(arrive: Arrive, *, organization_id: str, options: Options, now: datetime) -> Plan:
    """Return what an import would do; nothing is written. Five statements.

    Raises:
        InvalidInput: there is no such organization, or the arrival refers to what is not there.
    """
    state = load_state(organization_id)
    return plan_import(arrive(state), state, options, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A plan, and what became of it. ``kept`` is what was to be removed and is in use; None: nothing was applied."""

    plan: Plan
    kept: Kept | None


def run_import(
    arrive: Arrive,
    may_apply: Callable[[Plan], bool],
    *,
    organization_id: str,
    actor_id: str,
    options: Options,
    now: datetime,
    fingerprint: str | None = None,
    planned_at: datetime | None = None,
) -> Outcome:
    """Import if the plan may be applied, all of it or nothing; the plan is made and applied under one lock.

    ``fingerprint`` is that of the state a plan was made against before, at ``planned_at``: any other is refused.

    Raises:
        NotFound, InvalidInput: there is no such organization, or the arrival refers to what is not there.
        PreconditionFailed: the organization is not the one that was planned for, or somebody changes it at this moment.
    """
    try:
        with transaction.atomic():
            lock_for_import(organization_id)
            state = load_state(organization_id)
            _check(state, fingerprint)
            plan = plan_import(arrive(state), state, options, planned_at or now)
            kept = apply(plan, Author(organization_id, actor_id, now)) if may_apply(plan) else None
    except IntegrityError as error:
        raise PreconditionFailed(
            "Somebody else has just changed the same things. Nothing was imported: try again."
        ) from error
    return Outcome(plan=plan, kept=kept)


def _check(state: State, fingerprint: str | None) -> None:
    if fingerprint is not None and fingerprint != state.fingerprint:
        raise PreconditionFailed("The organization has changed since the plan was made: make a new one.")
