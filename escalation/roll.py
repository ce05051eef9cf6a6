"""The roll: schedules of the whole installation with who is on call in them, for whoever runs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.db.models import Q

from accounts.models import Organization
from escalation.domain.model import Schedule as Planned
from escalation.domain.model import Shift
from escalation.domain.schedule import shifts
from escalation.loaders import load_schedules
from escalation.models import Schedule
from escalation.oncall import OnCall, People, is_reachable, load_people, on_call_in
from scaling.api.paths import parse_uuid
from scaling.errors import InvalidInput
from scaling.text import name_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """A schedule, who is on call in it at an instant, and its shifts from then on, None if nobody asked for them.

    ``schedule`` comes with its ``organization`` and its ``rotations``; ``people`` are those of all these shifts.
    """

    schedule: Schedule
    there: OnCall
    ahead: tuple[Shift, ...] | None
    people: People

    @property
    def is_attended(self) -> bool:
        """Whether a page would reach anybody."""
        return any(is_reachable(shift.user, self.people) for shift in self.there.shifts)


def load_rolls(
    at: datetime, ahead: timedelta | None, *, organization_id: str | None, schedule: str | None
) -> Sequence[Roll]:
    """Return the schedules of an organization, or of all, by organization and then oldest first.

    With ``schedule`` only the one that has that id, or that name; a name may stand for one in each organization. Two
    statements, one more for each of ``organization_id`` and two for each organization found.

    Raises:
        InvalidInput: there is no such organization or no such schedule; ``organization`` or ``schedule`` is named.
    """
    rows = _rows(organization_id, schedule)
    rolls: list[Roll] = []
    for owner_id, of_owner in groupby(rows, key=lambda row: row.organization_id):
        rolls += _rolls(owner_id, list(of_owner), at, ahead)
    return rolls


def _rows(organization_id: str | None, schedule: str | None) -> Sequence[Schedule]:
    rows = Schedule.objects.select_related("organization").prefetch_related("rotations")
    if organization_id is not None:
        if not Organization.objects.filter(id=organization_id).exists():
            raise InvalidInput([("organization", "There is no organization with that id.")])
        rows = rows.for_organization(organization_id)
    if schedule is not None:
        rows = rows.filter(Q(id=parse_uuid(schedule)) | Q(name_key=name_key(schedule)))
    found = list(rows.order_by("organization__created_at", "organization_id", "created_at", "id"))
    if schedule is not None and not found:
        raise InvalidInput([("schedule", "There is no schedule with that id or name.")])
    return found


def _rolls(organization_id: str, rows: Sequence[Schedule], at: datetime, ahead: timedelta | None) -> Iterable[Roll]:
    # Shifts have their true bounds only where past overrides are known.
    since = at if ahead is None else None
    planned = load_schedules(organization_id, [row.id for row in rows], since=since)
    there = {schedule_id: on_call_in(schedule, at) for schedule_id, schedule in planned.items()}
    coming = {} if ahead is None else _coming(planned, at, at + ahead)
    shown = [shift for found in there.values() for shift in found.shifts]
    people = load_people(organization_id, [*shown, *(shift for found in coming.values() for shift in found)])
    return [
        Roll(schedule=row, there=there[row.id], ahead=coming.get(row.id), people=people)
        for row in rows
        if row.id in there
    ]


def _coming(planned: Mapping[UUID, Planned], start: datetime, end: datetime) -> Mapping[UUID, tuple[Shift, ...]]:
    return {schedule_id: tuple(shifts(schedule, start, end)) for schedule_id, schedule in planned.items()}
