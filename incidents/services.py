"""What people and programs do with incidents. The only writer of incidents beside the engine.

Each service is one transaction. It takes the incident's one lock, the escalation's row, before it looks at anything
that may change (design D7), asks ``decide``, and writes what was decided.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from django.db import connection, transaction

from accounts.models import Membership
from escalation.domain.model import Plan, UserId
from escalation.domain.plan import empty_plan, plan_to_json
from escalation.loaders import LoadedPlan, Needs, find_policy_of_schedule, load_plan, load_worlds
from escalation.models import POLICY_IN_USE_CONSTRAINT, Schedule
from incidents.decisions import Turn, event, write, write_first
from incidents.domain.escalation import decide
from incidents.domain.lifecycle import RESOLVED, next_status
from incidents.domain.model import ActorId, Command, CommandKind, Refusal, Trigger
from incidents.errors import (
    DuplicateComponentId,
    EscalationMoved,
    IncidentResolved,
    InvalidComponentId,
    InvalidStatusTransition,
    InvalidTargetUser,
    OwnerRequired,
)
from incidents.models import Escalation, Incident, TimelineEvent
from incidents.states import needs_of, plan_for_command, state_of
from incidents.wake import hint_after_commit
from scaling.api.preconditions import require_match
from scaling.errors import DomainError, NotFound
from scaling.ids import new_uuid
from scaling.integrity import refusing

_log = structlog.get_logger(__name__)


# Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    """What a trigger settles before anything is paged."""

    owner: Membership | None
    policy_id: UUID | None
    plan: Plan
    schedule_ids: frozenset[UUID]


@transaction.atomic
def trigger_incident(
    *,
    organization_id: str,
    actor_id: str,
    title: str,
    description: str | None,
    severity: str,
    owner_user_id: str | None,
    policy_id: UUID | None,
    owner_schedule_id: UUID | None = None,
    component_ids: Sequence[str] = (),
    now: datetime,
) -> Incident:
    """Open an incident and page its first layer, in one transaction (design D3).

    If paging raises, the incident is committed all the same, with its first page deferred to the engine: an incident
    is never refused because somebody could not be resolved. ``owner_schedule_id`` supplies the owner and the policy
    where they are not named themselves (contract section 6). The incident comes with its ``owner`` and ``escalation``.

    Eight statements; one more for an owner by name, two for a schedule, two if the plan targets schedules.

    Raises:
        OwnerRequired: no owner, schedule or policy is named, so nobody could be paged (contract C11).
        NotFound: the owner, the schedule or the policy is not in the organization.
        DuplicateComponentId, InvalidComponentId: a component is named twice, or is not in the organization.
    """
    if owner_user_id is None and owner_schedule_id is None and policy_id is None:
        raise OwnerRequired("Name an ownerId, an ownerScheduleId or an escalationPolicyId: somebody must be paged.")
    _check_components(component_ids)
    start = _start(organization_id, owner_user_id, owner_schedule_id, policy_id)
    incident = Incident(
        organization_id=organization_id,
        title=title,
        description=description,
        severity=severity,
        owner=start.owner,
        created_by=actor_id,
        created_at=now,
        updated_at=now,
    )
    incident.save(force_insert=True)
    escalation = _new_escalation(incident, start, now)
    opening = event(escalation, now, "incident_triggered", actorId=actor_id, status=incident.status)
    _insert_escalation(escalation, start, opening, now)
    hint_after_commit()
    return incident


def _check_components(component_ids: Sequence[str]) -> None:
    """Refuse every component: an organization has none."""
    if len(set(component_ids)) != len(component_ids):
        raise DuplicateComponentId("componentIds names a component more than once.")
    if component_ids:
        raise InvalidComponentId("No component with that id in this organization.")


def _start(organization_id: str, user_id: str | None, schedule_id: UUID | None, policy_id: UUID | None) -> _Start:
    owner = None if user_id is None else _owner(organization_id, user_id)
    if schedule_id is not None:
        matching = _matching_policy(organization_id, schedule_id)
        policy_id = policy_id or matching
    if policy_id is None:
        return _Start(owner=owner, policy_id=None, plan=empty_plan(), schedule_ids=frozenset())
    found = load_plan(organization_id=organization_id, policy_id=policy_id)
    if found is None:
        raise NotFound.of("policy")
    if owner is None and schedule_id is None:
        owner = _first_person(found)
    return _Start(owner=owner, policy_id=policy_id, plan=found.plan, schedule_ids=found.schedule_ids)


def _matching_policy(organization_id: str, schedule_id: UUID) -> UUID | None:
    if not Schedule.objects.for_organization(organization_id).filter(pk=schedule_id).exists():
        raise NotFound.of("schedule")
    return find_policy_of_schedule(organization_id=organization_id, schedule_id=schedule_id)


def _owner(organization_id: str, user_id: str) -> Membership:
    """Return the member who is to own an incident, even if they cannot be paged at present (design D3)."""
    found: Membership | None = (
        Membership.objects.current().for_organization(organization_id).filter(user_id=user_id).first()
    )
    if found is None:
        raise NotFound.of("owner")
    return found


def _first_person(found: LoadedPlan) -> Membership | None:
    """Return who owns an incident that names only a policy: the first person of its first layer (contract C11)."""
    person = found.first_person
    return None if person is None else Membership(id=person.membership_id, user_id=person.user_id)


def _new_escalation(incident: Incident, start: _Start, now: datetime) -> Escalation:
    """Return the unsaved row in which the first page is still to come."""
    return Escalation(
        incident=incident,
        organization_id=incident.organization_id,
        policy_id=start.policy_id,
        active_policy_id=start.policy_id,
        plan=plan_to_json(start.plan),
        repeats_left=start.plan.repeat,
        due_at=now,
        wake_at=now,
    )


def _insert_escalation(row: Escalation, start: _Start, opening: TimelineEvent, now: datetime) -> None:
    try:
        # A savepoint, so that what raises takes nothing else along; the policy may be deleted meanwhile (I24).
        with refusing({POLICY_IN_USE_CONSTRAINT: NotFound.of("policy")}):
            _page_first_layer(row, start, opening, now)
    except NotFound:
        raise
    except Exception:
        _log.exception("first_page_deferred", incident_id=str(row.incident_id), organization_id=row.organization_id)
        _defer_first_page(row, start, opening, now)
    if start.schedule_ids:
        _hold_schedules(row, start.schedule_ids)


def _page_first_layer(row: Escalation, start: _Start, opening: TimelineEvent, now: datetime) -> None:
    """Write the escalation as its trigger leaves it."""
    loaded = load_worlds({row.organization_id: needs_of(row, start.plan)})[row.organization_id]
    owner = None if start.owner is None else UserId(start.owner.user_id)
    decision = decide(start.plan, None, Trigger(owner=owner), loaded.world, now)
    write_first(Turn(row=row, decision=decision, loaded=loaded), now, before=[opening])


def _defer_first_page(row: Escalation, start: _Start, opening: TimelineEvent, now: datetime) -> None:
    fresh = _new_escalation(row.incident, start, now)
    fresh.save(force_insert=True)
    TimelineEvent.objects.bulk_create([opening, event(fresh, now, "first_page_deferred")])


# Locked where it stands: a schedule deleted at this moment is left out instead of refusing the incident.
_HOLD_SCHEDULES: Final = """
INSERT INTO incidents_scheduleuse (id, organization_id, escalation_id, schedule_id)
SELECT wanted.id, schedule.organization_id, %s, schedule.id
FROM unnest(%s::uuid[], %s::uuid[]) AS wanted (id, schedule_id)
JOIN escalation_schedule AS schedule ON schedule.id = wanted.schedule_id
WHERE schedule.organization_id = %s
ORDER BY schedule.id FOR KEY SHARE OF schedule
"""


def _hold_schedules(row: Escalation, schedule_ids: Collection[UUID]) -> None:
    """Keep the schedules of the plan from being deleted while the escalation runs. One statement."""
    ids = [new_uuid() for _ in schedule_ids]
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_SCHEDULES, [row.incident_id, ids, list(schedule_ids), row.organization_id])


# Commands


@transaction.atomic
def acknowledge_incident(
    *, organization_id: str, incident_id: UUID, actor_id: str, user_id: str | None = None, now: datetime
) -> Incident:
    """Stop the escalation: somebody has it. Acknowledging twice, or a resolved incident, changes nothing.

    ``user_id`` names the person who holds it; without it, only the actor is known (contract 7.2).

    Raises:
        NotFound: the organization has no such incident.
        InvalidTargetUser: ``user_id`` is not an active member of the organization.
    """
    row = _lock(organization_id, incident_id)
    if user_id is not None:
        _active_member(organization_id, user_id)
    _command(row, CommandKind.ACKNOWLEDGE, actor_id, now, user_id=user_id)
    return row.incident


@transaction.atomic
def hand_off_incident(
    *,
    organization_id: str,
    incident_id: UUID,
    actor_id: str,
    target_user_id: str,
    firing: int | None = None,
    now: datetime,
) -> Incident:
    """Make somebody else the owner, page them now and restart the current layer's timer (contract 7.3).

    Raises:
        NotFound: the organization has no such incident.
        InvalidTargetUser: the target is not an active member of the organization.
        IncidentResolved: there is nothing left to hand off.
        EscalationMoved: ``firing`` is given and is not the last one any more.
    """
    row = _lock(organization_id, incident_id)
    target = _active_member(organization_id, target_user_id)
    _command(row, CommandKind.HANDOFF, actor_id, now, user_id=target_user_id, firing=firing)
    incident = row.incident
    incident.owner = target
    incident.updated_at = now
    incident.save(update_fields=["owner", "updated_at"])
    return incident


@transaction.atomic
def change_status(
    *,
    organization_id: str,
    incident_id: UUID,
    actor_id: str,
    status: str,
    resolution_note: str | None = None,
    if_match: str | None = None,
    now: datetime,
) -> Incident:
    """Take the incident one step forward; ``resolved`` ends its escalation.

    Raises:
        NotFound: the organization has no such incident.
        PreconditionFailed: ``if_match`` does not name the incident's current version.
        InvalidStatusTransition: ``status`` is not the next one.
    """
    row = _lock(organization_id, incident_id)
    incident = row.incident
    require_match(if_match, row)
    if status != next_status(incident.status):
        raise InvalidStatusTransition(_only_way(incident.status))
    incident.status = status
    incident.updated_at = now
    incident.save(update_fields=["status", "updated_at"])
    TimelineEvent.objects.bulk_create(
        [event(row, now, "status_changed", actorId=actor_id, status=status, resolutionNote=resolution_note)]
    )
    if status == RESOLVED:
        _command(row, CommandKind.RESOLVE, actor_id, now)
    else:
        row.version += 1
        row.save(update_fields=["version"])
    return incident


def _only_way(status: str) -> str:
    following = next_status(status)
    if following is None:
        return "The incident is resolved: its status does not change any more."
    return f"From {status} an incident goes to {following}, one step at a time."


_REFUSALS: Final[Mapping[Refusal, tuple[type[DomainError], str]]] = {
    Refusal.INCIDENT_RESOLVED: (IncidentResolved, "The incident is resolved."),
    Refusal.ESCALATION_MOVED: (EscalationMoved, "The escalation has moved on since that firing."),
}


def _command(
    row: Escalation,
    kind: CommandKind,
    actor_id: str,
    now: datetime,
    *,
    user_id: str | None = None,
    firing: int | None = None,
) -> None:
    """Decide and write one command for a locked escalation."""
    plan = plan_for_command(row)
    user = None if user_id is None else UserId(user_id)
    needs = needs_of(row, plan)
    if user is not None:
        needs = Needs(users=needs.users | {user}, schedules=needs.schedules)
    loaded = load_worlds({row.organization_id: needs})[row.organization_id]
    command = Command(kind=kind, actor=ActorId(actor_id), user=user, firing=firing)
    decision = decide(plan, state_of(row), command, loaded.world, now)
    if decision.refused is not None:
        error, message = _REFUSALS[decision.refused]
        raise error(message)
    if decision.effects:
        write([Turn(row=row, decision=decision, loaded=loaded, actor=actor_id)], now)
        hint_after_commit()


def _lock(organization_id: str, incident_id: UUID) -> Escalation:
    """Return the incident's escalation under the incident's one lock, with incident, owner and holder loaded.

    Locked first and read afterwards: a statement that waited for the lock sees the locked row as it is now, but the
    rows joined to it as they were before it waited.
    """
    rows = Escalation.objects.for_organization(organization_id).filter(pk=incident_id)
    if not rows.select_for_update(no_key=True).values_list("pk", flat=True):
        raise NotFound.of("incident")
    row: Escalation = rows.select_related("incident__owner", "holder").get()
    return row


def _active_member(organization_id: str, user_id: str) -> Membership:
    found: Membership | None = (
        Membership.objects.reachable().for_organization(organization_id).filter(user_id=user_id).first()
    )
    if found is None:
        raise InvalidTargetUser("No active member with that id in this organization.")
    return found
