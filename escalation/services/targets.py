"""Whether what layers are to target is there, and can be paged (contract section 3, C13)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from accounts.models import Membership
from escalation.domain.model import UserId
from escalation.domain.target import ScheduleTarget, Target, UsersTarget
from escalation.errors import InvalidTarget
from escalation.models import Schedule
from escalation.models.policy import MAX_USERS
from escalation.services.people import members_of
from scaling.errors import InvalidInput

# Whether an id is unknown, deleted or another organization's, nobody outside learns.
UNKNOWN_SCHEDULE = "The target is a schedule that is not in this organization."
UNKNOWN_USER = "The target names a user who is not in this organization."
INACTIVE_USER = "The target names a user who is not active in this organization, and so would not be paged."
NOBODY = "The target names no user."
SAME_USER_TWICE = "The target names a user more than once."


def check_targets(organization_id: str, targets: Mapping[int | None, Target]) -> Mapping[UserId, UUID]:
    """Let targets pass that exist and can be paged; return the membership id of each person they name.

    ``targets`` are by the position of their layer, None where the request is about one layer alone. At most two statements, whatever the number of targets.

    Raises:
        InvalidTarget: a target names nobody, somebody twice, or what the organization does not have.
        InvalidInput: a target names too many people.
    """
    schedules = _schedules(organization_id, targets.values())
    members = _members(organization_id, targets.values())
    for position, target in targets.items():
        reason = _refusal(target, schedules, members)
        if reason is not None:
            raise InvalidTarget(reason, position=position)
    return {user_id: member.id for user_id, member in members.items()}


def _schedules(organization_id: str, targets: Collection[Target]) -> frozenset[UUID]:
    wanted = {target.schedule_id for target in targets if isinstance(target, ScheduleTarget)}
    if not wanted:
        return frozenset()
    found = Schedule.objects.for_organization(organization_id).filter(id__in=wanted)
    return frozenset(found.values_list("id", flat=True))


def _members(organization_id: str, targets: Collection[Target]) -> Mapping[UserId, Membership]:
    named = [target.user_ids for target in targets if isinstance(target, UsersTarget)]
    return members_of(organization_id, set().union(*named))


def _refusal(target: Target, schedules: frozenset[UUID], members: Mapping[UserId, Membership]) -> str | None:
    if isinstance(target, ScheduleTarget):
        return None if target.schedule_id in schedules else UNKNOWN_SCHEDULE
    if not target.user_ids:
        return NOBODY
    if len(target.user_ids) > MAX_USERS:
        raise InvalidInput([("target.userIds", f"A layer names at most {MAX_USERS} users.")])
    if len(set(target.user_ids)) < len(target.user_ids):
        return SAME_USER_TWICE
    if not members.keys() >= set(target.user_ids):
        return UNKNOWN_USER
    return None if all(members[user_id].is_reachable for user_id in target.user_ids) else INACTIVE_USER
