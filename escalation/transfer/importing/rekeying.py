"""Other keys for the parts of a document, and for whatever refers to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from escalation.transfer.document import (
    Condition,
    Document,
    Layer,
    Policy,
    Rotation,
    Schedule,
    ScheduleTarget,
    User,
    UsersTarget,
    WorkingHours,
)
from escalation.transfer.findings import Section, Subject

Part = TypeVar("Part", User, WorkingHours, Schedule, Policy)


def rekeyed(document: Document, keys: Mapping[Subject, str]) -> Document:
    """Return the document with the keys of ``keys`` in place of those of its parts; the others stay.

    Where two users come to bear one key they are one, the first, and a layer that named both names them once.
    """
    changed = {subject: key for subject, key in keys.items() if subject.key != key}
    return _Rekeying(changed).document(document) if changed else document


class _Rekeying:
    def __init__(self, keys: Mapping[Subject, str]) -> None:
        self._keys = keys

    def document(self, document: Document) -> Document:
        users = {user.key: user for user in reversed([self._part("users", user) for user in document.users])}
        return replace(
            document,
            users=tuple(reversed(users.values())),
            working_hours=tuple(self._part("workingHours", each) for each in document.working_hours),
            schedules=tuple(self._part("schedules", self._schedule(each)) for each in document.schedules),
            policies=tuple(self._part("policies", self._policy(each)) for each in document.policies),
        )

    def _key(self, section: Section, key: str) -> str:
        return self._keys.get(Subject(section, key), key)

    def _part(self, section: Section, part: Part) -> Part:
        return replace(part, key=self._key(section, part.key))

    def _schedule(self, schedule: Schedule) -> Schedule:
        return replace(
            schedule,
            rotations=tuple(map(self._rotation, schedule.rotations)),
            overrides=tuple(replace(each, user=self._key("users", each.user)) for each in schedule.overrides),
        )

    def _rotation(self, rotation: Rotation) -> Rotation:
        return replace(rotation, participants=tuple(self._key("users", each) for each in rotation.participants))

    def _policy(self, policy: Policy) -> Policy:
        return replace(policy, layers=tuple(map(self._layer, policy.layers)))

    def _layer(self, layer: Layer) -> Layer:
        return replace(layer, target=self._target(layer.target), condition=self._condition(layer.condition))

    def _target(self, target: ScheduleTarget | UsersTarget) -> ScheduleTarget | UsersTarget:
        if isinstance(target, ScheduleTarget):
            return ScheduleTarget(schedule=self._key("schedules", target.schedule))
        return UsersTarget(users=tuple(dict.fromkeys(self._key("users", each) for each in target.users)))

    def _condition(self, condition: Condition | None) -> Condition | None:
        if condition is None:
            return None
        return replace(condition, working_hours=self._key("workingHours", condition.working_hours))
