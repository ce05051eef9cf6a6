"""What files leave unsaid stays as it is here.

``before`` is the organization's document, and ``wanted`` the files'; both call the same thing by the same key.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from escalation.transfer.document import (
    Condition,
    Document,
    Layer,
    Override,
    Policy,
    Rotation,
    Schedule,
    ScheduleTarget,
    User,
    UsersTarget,
    WorkingHours,
)
from escalation.transfer.findings import Section, Subject
from scaling.text import name_key

Target = ScheduleTarget | UsersTarget
Part = TypeVar("Part", User, WorkingHours, Schedule, Policy)

_SCALARS = frozenset({"first_name", "last_name", "active", "description", "repeat_count", "repage_after_ack_minutes"})


def filled(
    wanted: Document, unsaid: Mapping[Subject, frozenset[str]], before: Document, *, now: datetime, prune: bool
) -> Document:
    """Return what the parts of ``wanted`` are to be, everything said.

    An override that is here and not in the files stays, unless another of the same rotation lies in its time; with
    ``prune`` only those that have ended by ``now``, or where the files say nothing of overrides.
    """
    filling = _Filling(unsaid, now, prune)
    return replace(
        wanted,
        users=tuple(filling.users(wanted.users, before.users)),
        schedules=tuple(filling.schedules(wanted.schedules, before.schedules)),
        policies=tuple(filling.policies(wanted.policies, before.policies)),
    )


def overlaps(overrides: Iterable[Override], first: str | None) -> bool:
    """Tell whether two overrides displace one rotation at one time; ``first`` is the name of the first rotation."""
    last: dict[str, datetime] = {}
    for each in sorted(overrides, key=lambda override: override.starts_at):
        rotation = name_key(each.rotation or first or "")
        if rotation in last and each.starts_at < last[rotation]:
            return True
        last[rotation] = each.ends_at
    return False


def by_key(parts: Iterable[Part]) -> Mapping[str, Part]:
    """Return parts by their keys."""
    return {part.key: part for part in parts}


class _Filling:
    def __init__(self, unsaid: Mapping[Subject, frozenset[str]], now: datetime, prune: bool) -> None:
        self._unsaid = unsaid
        self._now = now
        self._prune = prune

    def users(self, wanted: Iterable[User], before: Iterable[User]) -> Iterator[User]:
        """An address is its owner's, and ways to be reached are: the files change neither of somebody who is here."""
        for user, old in _pairs(wanted, before):
            yield user if old is None else replace(self._said("users", user, old), email=old.email, contact_methods=())

    def schedules(self, wanted: Iterable[Schedule], before: Iterable[Schedule]) -> Iterator[Schedule]:
        for schedule, old in _pairs(wanted, before):
            yield schedule if old is None else self._schedule(self._said("schedules", schedule, old), old)

    def policies(self, wanted: Iterable[Policy], before: Iterable[Policy]) -> Iterator[Policy]:
        for policy, old in _pairs(wanted, before):
            yield policy if old is None else self._policy(self._said("policies", policy, old), old)

    def _said(self, section: Section, part: Part, old: Part) -> Part:
        fields = self._unsaid.get(Subject(section, part.key), frozenset()) & _SCALARS
        return replace(part, **{field: getattr(old, field) for field in fields}) if fields else part

    def _is_unsaid(self, section: Section, key: str, field: str) -> bool:
        return field in self._unsaid.get(Subject(section, key), ())

    def _policy(self, policy: Policy, old: Policy) -> Policy:
        if not self._is_unsaid("policies", policy.key, "condition"):
            return policy
        conditions = [(layer.target, layer.condition) for layer in old.layers]
        return replace(policy, layers=tuple(_with_condition(layer, conditions) for layer in policy.layers))

    def _schedule(self, schedule: Schedule, old: Schedule) -> Schedule:
        if self._is_unsaid("schedules", schedule.key, "restrictions"):
            known = {name_key(rotation.name): rotation for rotation in old.rotations}
            schedule = replace(schedule, rotations=tuple(_restricted(each, known) for each in schedule.rotations))
        if self._is_unsaid("schedules", schedule.key, "override_rotation"):
            named = {(each.user, each.starts_at, each.ends_at): each for each in old.overrides}
            overrides = (named.get((each.user, each.starts_at, each.ends_at), each) for each in schedule.overrides)
            schedule = replace(schedule, overrides=tuple(overrides))
        prune = self._prune and not self._is_unsaid("schedules", schedule.key, "overrides")
        return self._with_overrides(schedule, old, prune)

    def _with_overrides(self, schedule: Schedule, old: Schedule, prune: bool) -> Schedule:
        names = {name_key(rotation.name) for rotation in schedule.rotations}
        first = schedule.rotations[0].name if schedule.rotations else None
        wanted, taken = frozenset(schedule.overrides), _times_taken(schedule.overrides, first)
        stay = [
            each
            for each in old.overrides
            if each not in wanted
            and (not prune or each.ends_at <= self._now)
            and (each.rotation is None or name_key(each.rotation) in names)
            and not _is_displaced(each, taken[name_key(each.rotation or first or "")])
        ]
        return replace(schedule, overrides=(*schedule.overrides, *stay)) if stay else schedule


def _times_taken(overrides: Iterable[Override], first: str | None) -> Mapping[str, list[tuple[datetime, datetime]]]:
    """Return when each rotation is displaced, in order: no two of these times overlap."""
    times: defaultdict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for each in sorted(overrides, key=lambda override: override.starts_at):
        times[name_key(each.rotation or first or "")].append((each.starts_at, each.ends_at))
    return times


def _is_displaced(override: Override, taken: Sequence[tuple[datetime, datetime]]) -> bool:
    before_its_end = bisect_left(taken, (override.ends_at,))
    return before_its_end > 0 and taken[before_its_end - 1][1] > override.starts_at


def _pairs(wanted: Iterable[Part], before: Iterable[Part]) -> Iterator[tuple[Part, Part | None]]:
    known = by_key(before)
    return ((part, known.get(part.key)) for part in wanted)


def _with_condition(layer: Layer, conditions: list[tuple[Target, Condition | None]]) -> Layer:
    """Return the layer with the condition of the first one with its target that no other layer has taken."""
    for place, (target, condition) in enumerate(conditions):
        if target == layer.target:
            del conditions[place]
            return replace(layer, condition=condition)
    return layer


def _restricted(rotation: Rotation, known: Mapping[str, Rotation]) -> Rotation:
    old = known.get(name_key(rotation.name))
    return rotation if old is None else replace(rotation, restrictions=old.restrictions)
