"""Who is on call now, until when, and who then: for the page of a schedule and for the list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from escalation.admin.coverage import MarkedList
from escalation.domain.local_time import zone_named
from escalation.domain.model import Schedule as Planned
from escalation.domain.model import Shift
from escalation.loaders import load_schedules
from escalation.models import Schedule
from escalation.oncall import OnCall, People, is_reachable, load_people, name_of, on_call_in
from scaling.clock import now

_WEEK = timedelta(days=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """One person on call: for which rotation, by an override or a turn, and until when."""

    name: str
    is_reachable: bool
    rotation: str
    override: UUID | None
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Those on call, the owner first; ``until`` is when that may change, empty for never, and ``then`` who is next."""

    serving: Sequence[Serving]
    until: str
    then: str

    @property
    def summary(self) -> str:
        """All of it but who is next, in a few words."""
        names = ", ".join(one.name for one in self.serving) or "nobody"
        return f"{names} until {self.until}" if self.until else names


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who is on call in a schedule at an instant, and who when that changes."""

    at: datetime
    present: OnCall
    following: OnCall | None

    @property
    def shifts(self) -> Iterable[Shift]:
        """All shifts it tells of."""
        return (*self.present.shifts, *(() if self.following is None else self.following.shifts))


def watch(schedule: Planned, at: datetime) -> Watch:
    """Return the watch of ``at``; the overrides of the schedule that have not ended have to be there."""
    present = on_call_in(schedule, at)
    following = None if present.until is None else on_call_in(schedule, present.until)
    return Watch(at=at, present=present, following=following)


def presence_of(watched: Watch, names: Mapping[UUID, str], people: People) -> Presence:
    """Return it in words; ``names`` are those of rotations, and ``people`` those of its shifts."""
    following = () if watched.following is None else watched.following.shifts
    return Presence(
        serving=[_serving(shift, watched, names, people) for shift in watched.present.shifts],
        until=_until(watched.present.until, watched),
        then=", ".join(name_of(shift.user, people) for shift in following) or "nobody",
    )


class ScheduleList(MarkedList):
    """A list of schedules, each with ``presence``, who is on call there now. Three statements for a page."""

    def get_results(self, request: HttpRequest) -> None:
        """Find the rows of the page."""
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        self.result_list = rows
        found = _presences(rows, now()) if rows else {}
        for row in rows:
            row.presence = found.get(row.pk)


def _presences(rows: Sequence[Schedule], at: datetime) -> Mapping[UUID, Presence]:
    planned = load_schedules(rows[0].organization_id, [row.pk for row in rows], since=at)
    watches = {schedule_id: watch(schedule, at) for schedule_id, schedule in planned.items()}
    people = load_people(rows[0].organization_id, [shift for each in watches.values() for shift in each.shifts])
    return {schedule_id: presence_of(each, {}, people) for schedule_id, each in watches.items()}


def _serving(shift: Shift, watched: Watch, names: Mapping[UUID, str], people: People) -> Serving:
    return Serving(
        name=name_of(shift.user, people),
        is_reachable=is_reachable(shift.user, people),
        rotation="" if shift.rotation is None else names.get(shift.rotation, ""),
        override=shift.override,
        until=_until(shift.ends_at, watched),
    )


def _until(at: datetime | None, watched: Watch) -> str:
    """Return an instant as the schedule's clocks show it: the day of the week if it is near, else the date."""
    if at is None:
        return ""
    local = at.astimezone(zone_named(watched.present.schedule.timezone) or UTC)
    return f"{local:%a %H:%M}" if at - watched.at < _WEEK else f"{local.day} {local:%b %Y %H:%M}"
