"""What the page of a schedule tells beside its form: who is on call, the fortnight, its overrides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from escalation.admin.fortnight import Picture, View, first_day, picture_of
from escalation.admin.instants import shown_instant
from escalation.admin.presence import Presence, presence_of, watch
from escalation.fortnight import fortnight_of, starts_at
from escalation.loaders import load_schedules
from escalation.models import Override, Rotation, Schedule
from escalation.oncall import load_people

MOST_OVERRIDES: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """An override that has not ended, its times as the clocks of the schedule show them."""

    override: Override
    begins: str
    ends: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A schedule at an instant. ``overrides`` are those that have not ended, the next first.

    ``has_more`` where there are more of them than are listed.
    """

    presence: Presence
    picture: Picture
    overrides: Sequence[Replacement]
    has_more: bool


def report_of(schedule: Schedule, view: View, now: datetime) -> Report:
    """Return what there is to tell of ``schedule``. Four statements, three where nobody serves."""
    first = first_day(view, now, schedule.timezone)
    since = min(now, starts_at(first, schedule.timezone))
    planned = load_schedules(schedule.organization_id, [schedule.pk], since=since)[schedule.pk]
    watched, fortnight = watch(planned, now), fortnight_of(planned, first)
    people = load_people(schedule.organization_id, [*watched.shifts, *fortnight.shifts])
    names = _rotation_names(schedule)
    overrides = _overrides(schedule, now)
    return Report(
        presence=presence_of(watched, names, people),
        picture=picture_of(fortnight, view, now, names, people),
        overrides=[_replacement(override, schedule, now) for override in overrides[:MOST_OVERRIDES]],
        has_more=len(overrides) > MOST_OVERRIDES,
    )


def _replacement(override: Override, schedule: Schedule, now: datetime) -> Replacement:
    return Replacement(
        override=override,
        begins=shown_instant(override.starts_at, schedule.timezone),
        ends=shown_instant(override.ends_at, schedule.timezone),
        is_current=override.starts_at <= now,
    )


def _rotation_names(schedule: Schedule) -> dict[UUID, str]:
    rotations = Rotation.objects.for_organization(schedule.organization_id).filter(schedule=schedule)
    return dict(rotations.values_list("id", "name"))


def _overrides(schedule: Schedule, now: datetime) -> list[Override]:
    overrides = Override.objects.for_organization(schedule.organization_id).filter(schedule=schedule)
    coming = overrides.reaching_into(now, None).select_related("membership__user", "rotation")
    return list(coming.order_by("starts_at", "id")[: MOST_OVERRIDES + 1])
