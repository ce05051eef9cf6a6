"""People whom a plan, or a schedule, leads to, and whom a page would not reach, or not as it should.

Everybody counts whom a layer names, who takes turns in a rotation that is in force at some instant of the time asked
about, or who serves by an override then; whether their turn comes in that time does not matter. Of each the gravest
trouble is told: ``unknown`` is no member of the organization and ``inactive`` cannot be paged, so no page reaches them;
of ``email_only`` nothing usable is beside their account's email, at some severities or at all, so a page may wait until
they read their mail.

Example: Bob has verified a phone and has a rule that uses it at severity critical. He is ``email_only`` at severity
high, medium and low. Without any rule the phone would be used at every severity, and nothing would be told of him.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from escalation.domain.model import ACCOUNT_EMAIL, ALL_SEVERITIES, Person, Plan, Schedule, UserId, World
from escalation.domain.span import FOREVER

Problem = Literal["unknown", "inactive", "email_only"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """Somebody whom a page does not reach as it should, at which severities, and where they stand.

    ``positions`` are those of the layers that lead to them, from 1, or of a schedule's rotations, from 0; an override
    that names no rotation counts for the first.
    """

    user: UserId
    problem: Problem
    severities: frozenset[str]
    positions: tuple[int, ...]


def concerns_of_plan(plan: Plan, world: World, start: datetime, end: datetime) -> tuple[Concern, ...]:
    """Return those of a plan from ``start`` until before ``end``, in the order in which its layers lead to them."""
    return _concerns(_named_by_plan(plan, world, start, end), world)


def concerns_of_schedule(schedule: Schedule, world: World, start: datetime, end: datetime) -> tuple[Concern, ...]:
    """Return those of a schedule from ``start`` until before ``end``, in the order of its rotations."""
    return _concerns(_named_by_schedule(schedule, start, end), world)


def _concerns(named: Iterable[tuple[UserId, int]], world: World) -> tuple[Concern, ...]:
    places: dict[UserId, dict[int, None]] = {}
    for user, position in named:
        places.setdefault(user, {})[position] = None
    troubles = ((user, tuple(positions), _trouble(world.people.get(user))) for user, positions in places.items())
    return tuple(
        Concern(user=user, problem=trouble[0], severities=trouble[1], positions=positions)
        for user, positions, trouble in troubles
        if trouble is not None
    )


def _trouble(person: Person | None) -> tuple[Problem, frozenset[str]] | None:
    if person is None:
        return "unknown", ALL_SEVERITIES
    if not person.active:
        return "inactive", ALL_SEVERITIES
    served = (rule.severities for rule in person.rules if rule.usable and rule.method != ACCOUNT_EMAIL)
    missing = ALL_SEVERITIES.difference(*served)
    return ("email_only", missing) if missing else None


def _named_by_plan(plan: Plan, world: World, start: datetime, end: datetime) -> Iterator[tuple[UserId, int]]:
    for layer in plan.layers:
        yield from ((user, layer.position) for user in layer.users)
        schedule = None if layer.schedule is None else world.schedules.get(layer.schedule)
        if schedule is not None:
            yield from ((user, layer.position) for user, _ in _named_by_schedule(schedule, start, end))


def _named_by_schedule(schedule: Schedule, start: datetime, end: datetime) -> Iterator[tuple[UserId, int]]:
    for rotation in schedule.rotations:
        if rotation.starts_at < end and (rotation.ends_at or FOREVER) > start:
            yield from ((user, rotation.position) for user in rotation.participants)
    positions = {rotation.id: rotation.position for rotation in schedule.rotations}
    for override in schedule.overrides:
        if override.starts_at < end and override.ends_at > start:
            yield override.user, 0 if override.rotation is None else positions.get(override.rotation, 0)
