"""Who is on call, for those who show it.

The plan alone says who is on call. Whether a page reaches them is another question: somebody inactive, or who has left
the organization, stays on call until the plan is changed, and is not paged. So whoever shows shifts shows with each
whether its person can be paged at present, as ``Membership.is_reachable`` says.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from accounts.models import Membership
from escalation.domain.model import Schedule, Shift, UserId
from escalation.domain.schedule import current_shifts, next_change, shifts
from escalation.loaders import load_schedules
from escalation.models import Schedule as ScheduleRow

LONGEST_SPAN = timedelta(days=366)
"""For how long shifts may be asked for at once."""

People = Mapping[UserId, Membership]
"""The members behind the users of some shifts, those who have left included, each with its login."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCall:
    """Who is on call in a schedule at an instant.

    ``shifts`` names each person once, in order of position, so that the first bears the owner; none where nobody is
    on call. ``until`` is when that may change, None for never.
    """

    schedule: Schedule
    shifts: tuple[Shift, ...]
    until: datetime | None

    @property
    def owner(self) -> Shift | None:
        """The shift of the schedule's owner."""
        return next(iter(self.shifts), None)


def load_on_call(
    organization_id: str, at: datetime, schedule_ids: Collection[UUID] | None = None
) -> Mapping[UUID, OnCall]:
    """Return who is on call at ``at`` in these schedules of an organization, or in all of them, oldest first.

    What the organization does not have is absent. One statement.
    """
    schedules = load_schedules(organization_id, schedule_ids, since=at)
    return {schedule_id: on_call_in(schedule, at) for schedule_id, schedule in schedules.items()}


def on_call_in(schedule: Schedule, at: datetime) -> OnCall:
    """Return who is on call in a schedule at ``at``; its overrides that have not ended have to be there."""
    found: dict[UserId, Shift] = {}
    for shift in current_shifts(schedule, at):
        found.setdefault(shift.user, shift)
    return OnCall(schedule=schedule, shifts=tuple(found.values()), until=next_change(schedule, at))


def load_watch(organization_id: str, at: datetime, *, most: int) -> tuple[Sequence[tuple[ScheduleRow, OnCall]], People]:
    """Return who is on call in the first ``most`` schedules of an organization, by name, and who they are.

    Three statements; fewer where there is no schedule, or nobody on call.
    """
    rows = list(ScheduleRow.objects.for_organization(organization_id).order_by("name_key")[:most])
    there = load_on_call(organization_id, at, [row.id for row in rows]) if rows else {}
    found = [(row, there[row.id]) for row in rows if row.id in there]  # one deleted this moment is not there
    return found, load_people(organization_id, (shift for _, one in found for shift in one.shifts))


def first_shifts(
    schedules: Iterable[Schedule], start: datetime, end: datetime, *, most: int, user: UserId | None = None
) -> Sequence[tuple[Schedule, Shift]]:
    """Return the shifts of several schedules that overlap [``start``, ``end``), sorted by start, ``most`` at most.

    With ``user`` only theirs. Each has its true bounds, so ``schedules`` have to come with their past overrides.
    """
    found = heapq.merge(
        *(_shifts_of(schedule, start, end, user) for schedule in schedules), key=lambda each: each[1].starts_at
    )
    return list(islice(found, most))


def load_people(organization_id: str, shown: Iterable[Shift]) -> People:
    """Return whose shifts these are. One statement, none for no shifts."""
    users = {shift.user for shift in shown}
    if not users:
        return {}
    members = Membership.objects.for_organization(organization_id).filter(user_id__in=users).select_related("user")
    return {UserId(member.user_id): member for member in members}


def name_of(user: UserId, people: People) -> str:
    """Return the name by which people know ``user``: as their organization calls them, else by email."""
    member = people.get(user)
    return user if member is None else member.name or member.user.email


def is_reachable(user: UserId, people: People) -> bool:
    """Tell whether a page reaches ``user`` at present."""
    member = people.get(user)
    return member is not None and member.is_reachable


def _shifts_of(
    schedule: Schedule, start: datetime, end: datetime, user: UserId | None
) -> Iterable[tuple[Schedule, Shift]]:
    found = shifts(schedule, start, end)
    return ((schedule, shift) for shift in found if user is None or shift.user == user)
