"""A running escalation goes over to its policy as it is now (design D5)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from escalation.domain.plan import empty_plan
from escalation.loaders import LoadedPlan, load_plan
from incidents.domain.model import ActorId, Command, CommandKind
from incidents.models import Escalation, Incident
from incidents.parking import clear_strikes
from incidents.services.deciding import decide_and_write
from incidents.services.locking import lock_escalation
from incidents.uses import hold, release


@transaction.atomic
def apply_plan(
    *, organization_id: str, incident_id: UUID, actor_id: str, firing: int | None = None, now: datetime
) -> Incident:
    """Run an incident by its policy as it is now, from the layer it stands at; an exhausted one from the first layer.

    An incident without a policy has its owner for its only layer, with the organization's timeout of today. The
    schedules and hours the plan no longer names may be deleted from now on, those it does may not. A row that had to be
    parked, its old plan being one nobody could handle, is handled again.

    Raises:
        NotFound: the organization has no such incident.
        IncidentResolved: the incident is resolved.
        EscalationMoved: ``firing`` is given and is not the last one any more.
    """
    row = lock_escalation(organization_id, incident_id)
    found = _current_plan(row)
    plan = empty_plan() if found is None else found.plan
    command = Command(kind=CommandKind.APPLY_PLAN, actor=ActorId(actor_id), plan=plan, firing=firing)
    decide_and_write(row, command, now)
    release([row.pk])
    if found is not None:
        hold(organization_id, row.pk, schedules=found.schedule_versions, hours=found.hours_versions)
    clear_strikes([row.pk])
    return row.incident


def _current_plan(row: Escalation) -> LoadedPlan | None:
    """Return the plan of the row's policy, None without one; a policy in use cannot have been deleted."""
    if row.policy_id is None:
        return None
    return load_plan(organization_id=row.organization_id, policy_id=row.policy_id)
