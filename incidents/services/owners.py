"""Whose an incident is at its trigger (contract section 6 and C11).

Named by the caller; else who bears a schedule at that moment: the one the caller names, or that of the policy's first
layer; else the first person of that layer. Nobody is an answer too: an incident is never refused because its owner
could not be told (design D3).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from accounts.models import Membership
from accounts.services import current_member
from escalation.domain.schedule import owner as owner_of
from escalation.loaders import LoadedPlan, load_schedules
from scaling.errors import NotFound

_log = structlog.get_logger(__name__)


def named_owner(organization_id: str, user_id: str) -> Membership:
    """Return the member who is to own an incident, even if they cannot be paged at present. One statement.

    Raises:
        NotFound: the organization has no such member.
    """
    found = current_member(organization_id, user_id)
    if found is None:
        raise NotFound.of("owner")
    return found


def owner_by_schedule(organization_id: str, schedule_id: UUID, now: datetime) -> Membership | None:
    """Return who bears a schedule of the organization at ``now``, None if nobody does or it cannot be told.

    Two statements, in a savepoint.
    """
    try:
        with transaction.atomic():
            schedule = load_schedules(organization_id, [schedule_id]).get(schedule_id)
            user = None if schedule is None else owner_of(schedule, now)
            return None if user is None else current_member(organization_id, user)
    except Exception:
        _log.exception("owner_unknown", organization_id=organization_id, schedule_id=str(schedule_id))
        return None


def owner_by_plan(organization_id: str, found: LoadedPlan, now: datetime) -> Membership | None:
    """Return who owns an incident that names only a policy: whoever its first layer puts first (contract C11)."""
    person, first_layer = found.first_person, next(iter(found.plan.layers), None)
    if person is not None:
        return Membership(id=person.membership_id, user_id=person.user_id)
    if first_layer is None or first_layer.schedule is None:
        return None
    return owner_by_schedule(organization_id, first_layer.schedule, now)
