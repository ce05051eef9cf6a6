"""What an escalation does next unless somebody acts: whom it pages, and when.

It is what ``decide`` says about the next due time with the world as it is now, so it can never tell another ladder
than the one the engine climbs. Who will be on call by then may still change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from escalation.domain.model import Plan
from escalation.loaders import Loaded, load_worlds
from incidents.domain.escalation import decide
from incidents.domain.model import Cause, Due, Fire
from incidents.domain.story import ALL_ARRIVES
from incidents.models import Escalation
from incidents.names import Names, named
from incidents.states import needs_by_organization, plan_of, state_of
from incidents.wording import listing, moment, moment_and_away


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The next call for attention: when, why, at which layer (0: before the first), and who by now's knowledge."""

    at: datetime
    cause: Cause
    position: int
    recipients: tuple[str, ...]


def load_outlooks(rows: Sequence[Escalation]) -> Mapping[UUID, Outlook]:
    """Return the outlook of each escalation that has one, by its id.

    Needs ``holder`` and ``incident.owner`` loaded. At most two statements, whatever the number of rows.
    """
    plans = {row.pk: _plan(row) for row in rows if row.parked_at is None and row.due_at is not None}
    deciding = [(row, plan) for row in rows if (plan := plans.get(row.pk)) is not None]
    since = min((row.due_at for row, _ in deciding if row.due_at is not None), default=None)
    worlds = load_worlds(needs_by_organization(deciding), since=since) if deciding else {}
    found = {
        **{row.pk: _of_parked(row) for row in rows if row.parked_at is not None},
        **{row.pk: _next_firing(row, plan, worlds[row.organization_id]) for row, plan in deciding},
    }
    return {row_id: outlook for row_id, outlook in found.items() if outlook is not None}


def next_step(
    row: Escalation, outlook: Outlook | None, names: Names, now: datetime, *, reader: str | None = None
) -> str:
    """Return what happens if nobody acts, or who has acted; ``reader`` is the actor who is called "you"."""
    if row.state == Escalation.State.CANCELLED:
        return "The incident is resolved. Nobody else is paged."
    if row.state == Escalation.State.ACKNOWLEDGED:
        return _acknowledged(row, outlook, names, now, reader)
    if outlook is None:
        return "Nobody has acknowledged."
    if row.state == Escalation.State.SNOOZED and outlook.at > now:
        until = moment_and_away(outlook.at, now)
        return f"This is snoozed until {until}. Unless somebody acknowledges, then {_paged(row, outlook, names)}."
    if outlook.at <= now:
        return f"Nobody has acknowledged in time, so now {_paged(row, outlook, names)}."
    return f"Unless somebody acknowledges by {moment_and_away(outlook.at, now)}, {_paged(row, outlook, names)}."


def _acknowledged(row: Escalation, outlook: Outlook | None, names: Names, now: datetime, reader: str | None) -> str:
    who = "You" if reader and row.acknowledged_by == reader else named(row.acknowledged_by, names)
    when = "" if row.acknowledged_at is None else f" at {moment_and_away(row.acknowledged_at, now)}"
    if outlook is None:
        return f"{who} acknowledged this{when}. Nobody else is paged."
    then = f"Unless it is resolved by {moment(outlook.at, now)}, the next page goes to {_people(outlook, names)}."
    return f"{who} acknowledged this{when}. {then}"


def _paged(row: Escalation, outlook: Outlook, names: Names) -> str:
    who = "the fallback" if outlook.cause is Cause.FALLBACK else f"layer {outlook.position}"
    people = f": {_people(outlook, names)}" if outlook.recipients else ""
    return f"{who} is paged{' again' if _is_again(row, outlook) else ''}{people}"


def _is_again(row: Escalation, outlook: Outlook) -> bool:
    if outlook.cause is Cause.FALLBACK:
        return row.state == Escalation.State.EXHAUSTED or row.parked_at is not None
    return outlook.cause is not Cause.LAYER


def _people(outlook: Outlook, names: Names) -> str:
    return listing([named(recipient, names) for recipient in outlook.recipients])


def _plan(row: Escalation) -> Plan | None:
    """Return the snapshot, or None for one of a newer release: whoever is paged by it must be able to answer."""
    try:
        return plan_of(row)
    except ValueError:
        return None


def _next_firing(row: Escalation, plan: Plan, loaded: Loaded) -> Outlook | None:
    at = row.due_at
    if at is None:
        return None
    decision = decide(plan, state_of(row), Due(reach=ALL_ARRIVES), loaded.world, at)
    for effect in decision.effects:
        if isinstance(effect, Fire):
            recipients = tuple(str(duty.user) for duty in effect.roster.duties)
            return Outlook(at=at, cause=effect.cause, position=effect.position, recipients=recipients)
    return None


def _of_parked(row: Escalation) -> Outlook | None:
    """Return what becomes of a row that is not decided any more: its fallback is paged over and over."""
    if row.due_at is None:
        return None
    return Outlook(at=row.due_at, cause=Cause.FALLBACK, position=row.position, recipients=())
