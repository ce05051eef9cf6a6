"""What can be chosen beside the one big button, on the answer page and in the admin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.models import Membership
from escalation.domain.local_time import instant_of, local_time, zone_named
from escalation.models import Schedule
from incidents.domain.model import CommandKind
from incidents.models import Escalation
from incidents.orders import SNOOZES
from incidents.states import plan_for_command
from incidents.wording import away, moment, moment_and_away, span

_MORNING: Final = time(8)
_SOON: Final = timedelta(hours=1)
_UTC: Final = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """The next 08:00 that is more than an hour off: the instant, and how it reads."""

    until: datetime
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A time for which an incident may be snoozed: in minutes, and how it reads."""

    minutes: int
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody to hand off to."""

    user_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What may be done beside acknowledging. Empty lists and false: not by this reader, or not now."""

    can_take_back: bool
    waits: tuple[Wait, ...] = ()
    morning: Morning | None = None
    people: tuple[Candidate, ...] = ()


def load_choices(
    row: Escalation, now: datetime, *, may: Collection[CommandKind], reader: UUID | None = None
) -> Choices | None:
    """Return what somebody who ``may`` do those things can do; None once the incident is resolved.

    ``reader`` is a membership that is not offered, as nobody hands off to themselves. At most two statements.
    """
    if row.state == Escalation.State.CANCELLED:
        return None
    can_snooze = CommandKind.SNOOZE in may
    return Choices(
        can_take_back=row.state == Escalation.State.ACKNOWLEDGED,
        waits=tuple(Wait(minutes=wait // timedelta(minutes=1), shown=span(wait)) for wait in SNOOZES if can_snooze),
        morning=_morning(_zone(row), now) if can_snooze else None,
        people=_people(row, reader) if CommandKind.HANDOFF in may else (),
    )


def _morning(zone: ZoneInfo, now: datetime) -> Morning:
    """Return the next morning in ``zone``: an organization has no clock of its own, so its schedule's counts."""
    there = local_time(now + _SOON, zone)
    until = instant_of(datetime.combine(there, _MORNING, zone))
    if until <= now + _SOON:
        until = instant_of(datetime.combine(there + timedelta(days=1), _MORNING, zone))
    if zone.key == _UTC:
        return Morning(until=until, shown=moment_and_away(until, now))
    return Morning(until=until, shown=f"{_MORNING:%H:%M} in {zone.key} ({moment(until, now)}, {away(until, now)})")


def _zone(row: Escalation) -> ZoneInfo:
    """Return the zone of the schedule that the current layer pages, else of the plan's first; else UTC."""
    layers = plan_for_command(row).layers
    here = sorted(layers, key=lambda layer: layer.position != row.position)
    schedule_id = next((layer.schedule for layer in here if layer.schedule is not None), None)
    found = Schedule.objects.for_organization(row.organization_id).filter(pk=schedule_id) if schedule_id else ()
    name = next((schedule.timezone for schedule in found), _UTC)
    return zone_named(name) or ZoneInfo(_UTC)


def _people(row: Escalation, reader: UUID | None) -> tuple[Candidate, ...]:
    """Return everybody who can be paged but the reader, by name; of two with one name the addresses tell."""
    found = Membership.objects.reachable().for_organization(row.organization_id).exclude(pk=reader)
    people = list(found.select_related("user"))
    same = Counter(person.name for person in people)
    named = [
        (person.name if same[person.name] == 1 else f"{person.name} {person.user.email}".strip(), person)
        for person in people
    ]
    named.sort(key=lambda one: (one[0].casefold(), one[1].pk))
    return tuple(Candidate(user_id=person.user_id, name=name or person.user.email) for name, person in named)
