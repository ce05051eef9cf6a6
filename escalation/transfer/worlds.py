"""A document as the domain knows it, for whoever asks what a document means.

The domain tells things apart by ids, and a document by keys: ids are made of the keys, the same in every process. So
what bears one key in two documents, as before and after an import, has one id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar
from uuid import UUID, uuid5

import tzdata

from escalation.domain import model as domain
from escalation.domain.model import ACCOUNT_EMAIL_AT_ONCE, Address, UserId, World
from escalation.domain.plan import PLAN_FORMAT
from escalation.transfer.document import (
    Document,
    Layer,
    Override,
    Policy,
    Rotation,
    Schedule,
    ScheduleTarget,
    UsersTarget,
    Window,
    WorkingHours,
)
from escalation.transfer.findings import Section
from scaling.text import name_key

_ALL_KEYS: Final = UUID("6a3b6f0e-52a5-4f0d-9f38-6f6f0c2f1d11")

Part = TypeVar("Part")
Made = TypeVar("Made")


def part_id(section: Section, key: str) -> UUID:
    """Return the id of the part of a document that bears ``key``."""
    return uuid5(_ALL_KEYS, f"{section}/{key}")


def user_id(key: str) -> UserId:
    """Return the id of the person with that key."""
    return UserId(f"user_{part_id('users', key).hex}")


def layer_id(policy: UUID, position: int) -> UUID:
    """Return the id of the layer of a policy at ``position``, from 1."""
    return uuid5(policy, str(position))


def world_of(document: Document, since: datetime | None = None) -> World:
    """Return all that a decision may look at, without the overrides that had ended by ``since``.

    Nobody has any contact method but the account's email, and nobody is the fallback: a document does not say. Its
    schedules and working hours are made when they are first asked for, and kept.
    """
    return World(
        schedules=_Made(_by_id("schedules", document.schedules), lambda each: schedule_of(each, since)),
        hours=_Made(_by_id("workingHours", document.working_hours), hours_of),
        people={user_id(user.key): _person(user.key, user.active) for user in document.users},
        fallback=(),
        operator=Address("@"),
        default_timeout=timedelta(minutes=5),
        tzdata=tzdata.IANA_VERSION,
    )


def schedule_of(schedule: Schedule, since: datetime | None = None) -> domain.Schedule:
    """Return a schedule, without the overrides that had ended by ``since``."""
    schedule_id = part_id("schedules", schedule.key)
    ids = {name_key(each.name): uuid5(schedule_id, str(place)) for place, each in enumerate(schedule.rotations)}
    overrides = (each for each in schedule.overrides if since is None or each.ends_at > since)
    return domain.Schedule(
        id=schedule_id,
        timezone=schedule.timezone,
        paging_mode="first" if schedule.paging_mode == "first" else "all",
        rotations=tuple(
            _rotation(each, ids[name_key(each.name)], place) for place, each in enumerate(schedule.rotations)
        ),
        overrides=tuple(_override(each, UUID(int=place), ids) for place, each in enumerate(overrides)),
    )


def hours_of(hours: WorkingHours) -> domain.WorkingHours:
    """Return working hours."""
    return domain.WorkingHours(
        id=part_id("workingHours", hours.key), timezone=hours.timezone, windows=_windows(hours.windows)
    )


def plan_of(policy: Policy) -> domain.Plan:
    """Return the plan an incident would be triggered with."""
    policy_id, repage = part_id("policies", policy.key), policy.repage_after_ack_minutes
    return domain.Plan(
        format=PLAN_FORMAT,
        policy_version=1,
        layers=tuple(_layer(each, policy_id, position) for position, each in enumerate(policy.layers, 1)),
        repeat=policy.repeat_count,
        repage=None if repage is None else timedelta(minutes=repage),
    )


class _Made(Mapping[UUID, Made], Generic[Part, Made]):
    """Parts of a document by their ids, each made when it is first asked for."""

    def __init__(self, parts: Mapping[UUID, Part], make: Callable[[Part], Made]) -> None:
        self._parts = parts
        self._make = make
        self._made: dict[UUID, Made] = {}

    def __getitem__(self, part_id: UUID) -> Made:
        if part_id not in self._made:
            self._made[part_id] = self._make(self._parts[part_id])
        return self._made[part_id]

    def __iter__(self) -> Iterator[UUID]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


Keyed = TypeVar("Keyed", Schedule, WorkingHours)


def _by_id(section: Section, parts: Iterable[Keyed]) -> Mapping[UUID, Keyed]:
    return {part_id(section, part.key): part for part in parts}


def _person(key: str, active: bool) -> domain.Person:
    return domain.Person(user=user_id(key), active=active, rules=(ACCOUNT_EMAIL_AT_ONCE,))


def _rotation(rotation: Rotation, rotation_id: UUID, position: int) -> domain.Rotation:
    return domain.Rotation(
        id=rotation_id,
        position=position,
        handoff=rotation.handoff_time,
        length_days=rotation.rotation_length_days,
        starts_at=rotation.effective_from,
        ends_at=rotation.effective_until,
        participants=tuple(map(user_id, rotation.participants)),
        restrictions=_windows(rotation.restrictions),
    )


def _override(override: Override, override_id: UUID, rotations: Mapping[str, UUID]) -> domain.Override:
    """Return an override; one that names a rotation which is not there displaces nobody."""
    named = override.rotation
    return domain.Override(
        id=override_id,
        rotation=None if named is None else rotations.get(name_key(named), override_id),
        user=user_id(override.user),
        starts_at=override.starts_at,
        ends_at=override.ends_at,
    )


def _layer(layer: Layer, policy_id: UUID, position: int) -> domain.Layer:
    target, condition = layer.target, layer.condition
    return domain.Layer(
        id=layer_id(policy_id, position),
        position=position,
        timeout=timedelta(seconds=layer.ack_timeout_seconds),
        schedule=part_id("schedules", target.schedule) if isinstance(target, ScheduleTarget) else None,
        users=tuple(map(user_id, target.users)) if isinstance(target, UsersTarget) else (),
        hours=None if condition is None else part_id("workingHours", condition.working_hours),
        during=condition is None or condition.when == "during",
    )


def _windows(windows: Iterable[Window]) -> tuple[domain.Window, ...]:
    return tuple(domain.Window(days=frozenset(each.days), start=each.start, end=each.end) for each in windows)
