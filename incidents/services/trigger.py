"""An incident begins, and its first layer is paged."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from django.db import connection, transaction

from accounts.models import Membership
from escalation.domain.model import Plan, UserId
from escalation.domain.plan import empty_plan, plan_to_json
from escalation.loaders import LoadedPlan, find_policy_of_schedule, load_plan, load_worlds
from escalation.models import POLICY_IN_USE_CONSTRAINT, Schedule
from incidents.decisions import Turn, event, write_first
from incidents.domain.escalation import decide
from incidents.domain.model import Trigger
from incidents.errors import OwnerRequired
from incidents.models import DEDUP_CONSTRAINT, Component, Escalation, Incident, TimelineEvent
from incidents.services.components import find_components, link_components
from incidents.services.owners import named_owner, owner_by_plan, owner_by_schedule
from incidents.states import needs_of
from incidents.timeline import append
from incidents.uses import hold
from incidents.wake import hint_after_commit
from scaling.errors import NotFound
from scaling.integrity import refusing

_log = structlog.get_logger(__name__)


class AlreadyOpen(Exception):
    """An open incident has the key already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a trigger settles before anything is paged."""

    owner: Membership | None
    policy_id: UUID | None
    found: LoadedPlan | None

    @property
    def plan(self) -> Plan:
        """The plan to run: that of the policy, or one without layers."""
        return empty_plan() if self.found is None else self.found.plan


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
    dedup_key: str | None = None,
    now: datetime,
) -> Incident:
    """Open an incident and page its first layer, in one transaction (design D3).

    If paging raises, the incident is committed all the same, with its first page deferred to the engine: an incident
    is never refused because somebody could not be resolved. ``owner_schedule_id`` supplies the owner and the policy
    where they are not named themselves (contract section 6). It gets its number last, because numbering holds up every
    other incident of the organization until the commit. The incident comes with its ``owner``, ``escalation`` and
    ``affected``.

    Ten statements; one more for an owner by name, four for a schedule; two if the plan targets schedules, and two if
    it has working hours; two for a ``dedup_key``, two for components.

    Raises:
        OwnerRequired: no owner, schedule or policy is named, so nobody could be paged (contract C11).
        NotFound: the owner, the schedule or the policy is not in the organization.
        DuplicateComponentId, InvalidComponentId: a component is named twice, or is not in the organization.
        AlreadyOpen: there is an open incident with this ``dedup_key``.
    """
    if owner_user_id is None and owner_schedule_id is None and policy_id is None:
        raise OwnerRequired("Name an ownerId, an ownerScheduleId or an escalationPolicyId: somebody must be paged.")
    components = find_components(organization_id, component_ids)
    start = settle(organization_id, owner_user_id, owner_schedule_id, policy_id, now)
    incident = Incident(
        organization_id=organization_id,
        title=title,
        description=description,
        severity=severity,
        dedup_key=dedup_key,
        owner=start.owner,
        created_by=actor_id,
        created_at=now,
        updated_at=now,
    )
    _insert_incident(incident, components)
    _begin_escalation(incident, start, now)
    _number(incident)
    return incident


def settle(
    organization_id: str, user_id: str | None, schedule_id: UUID | None, policy_id: UUID | None, now: datetime
) -> Start:
    """Return whose an incident of these would be, and by which plan it would be paged. At most six statements.

    Raises:
        NotFound: the owner, the schedule or the policy is not in the organization.
    """
    owner = None if user_id is None else named_owner(organization_id, user_id)
    if schedule_id is not None:
        matching = _matching_policy(organization_id, schedule_id)
        policy_id = policy_id or matching
    found = None if policy_id is None else load_plan(organization_id=organization_id, policy_id=policy_id)
    if policy_id is not None and found is None:
        raise NotFound.of("policy")
    if owner is None and schedule_id is not None:
        owner = owner_by_schedule(organization_id, schedule_id, now)
    elif owner is None and found is not None:
        owner = owner_by_plan(organization_id, found, now)
    return Start(owner=owner, policy_id=policy_id, found=found)


def _matching_policy(organization_id: str, schedule_id: UUID) -> UUID | None:
    if not Schedule.objects.for_organization(organization_id).filter(pk=schedule_id).exists():
        raise NotFound.of("schedule")
    return find_policy_of_schedule(organization_id=organization_id, schedule_id=schedule_id)


def _insert_incident(incident: Incident, components: Sequence[Component]) -> None:
    # Only a key can clash, and a look-out for that costs a savepoint.
    with nullcontext() if incident.dedup_key is None else refusing({DEDUP_CONSTRAINT: AlreadyOpen()}):
        incident.save(force_insert=True)
    link_components(incident, components)
    incident.affected = [[str(one.pk), one.name] for one in components]


_NUMBER: Final = """
WITH numbering AS (
  INSERT INTO incidents_incidentnumbering (organization_id, last) VALUES (%s, 1)
  ON CONFLICT (organization_id) DO UPDATE SET last = incidents_incidentnumbering.last + 1
  RETURNING last
)
UPDATE incidents_incident SET number = numbering.last FROM numbering WHERE id = %s RETURNING number
"""


def _number(incident: Incident) -> None:
    """Give the incident its organization's next number, without gaps. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_NUMBER, [incident.organization_id, incident.pk])
        (incident.number,) = cursor.fetchone()


def _new_escalation(incident: Incident, start: Start, now: datetime) -> Escalation:
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


def _begin_escalation(incident: Incident, start: Start, now: datetime) -> None:
    escalation = _new_escalation(incident, start, now)
    opening = event(escalation, now, "incident_triggered", actorId=incident.created_by, status=incident.status)
    _insert_escalation(escalation, start, opening, now)
    hint_after_commit()


def _insert_escalation(row: Escalation, start: Start, opening: TimelineEvent, now: datetime) -> None:
    try:
        # A savepoint, so that what raises takes nothing else along; the policy may be deleted meanwhile (I24).
        with refusing({POLICY_IN_USE_CONSTRAINT: NotFound.of("policy")}):
            _page_first_layer(row, start, opening, now)
    except NotFound:
        raise
    except Exception:
        _log.exception("first_page_deferred", incident_id=str(row.incident_id), organization_id=row.organization_id)
        _defer_first_page(row, start, opening, now)
    if start.found is not None:
        hold(
            row.organization_id,
            row.incident_id,
            schedules=start.found.schedule_versions,
            hours=start.found.hours_versions,
        )


def _page_first_layer(row: Escalation, start: Start, opening: TimelineEvent, now: datetime) -> None:
    """Write the escalation as its trigger leaves it."""
    loaded = load_worlds({row.organization_id: needs_of(row, start.plan)}, since=now)[row.organization_id]
    owner = None if start.owner is None else UserId(start.owner.user_id)
    decision = decide(start.plan, None, Trigger(owner=owner), loaded.world, now)
    write_first(Turn(row=row, decision=decision, loaded=loaded), now, before=[opening])


def _defer_first_page(row: Escalation, start: Start, opening: TimelineEvent, now: datetime) -> None:
    fresh = _new_escalation(row.incident, start, now)
    fresh.save(force_insert=True)
    append([opening, event(fresh, now, "first_page_deferred")])
