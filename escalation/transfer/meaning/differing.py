"""Which schedules and policies mean something else than before.

A schedule differs by its turns and overrides, and by whether the people in it can be paged; a policy by whom its layers
lead to, and by all that these lead to. Names, descriptions and waits mean nothing here, nor do overrides that are over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from escalation.domain.model import World
from escalation.transfer.document import (
    Condition,
    Document,
    Layer,
    Policy,
    Schedule,
    ScheduleTarget,
    UsersTarget,
    people_named,
)
from escalation.transfer.worlds import part_id

_Leads = tuple[ScheduleTarget | UsersTarget, Condition | None]


class PolicyPair(NamedTuple):
    """A policy before, None for a new one, and after; and whether its layers lead elsewhere themselves."""

    before: Policy | None
    after: Policy
    leads_elsewhere: bool


class Differing:
    """Two documents, part by part: what bears one key is one part. The worlds are theirs."""

    def __init__(self, before: Document, after: Document, worlds: tuple[World, World]) -> None:
        self._schedules = {each.key: each for each in before.schedules}
        self._policies = {each.key: each for each in before.policies}
        self._after, self._worlds = after, worlds
        self._differing_people = _people_differing(before, after)
        self._differing_hours = _hours_differing(before, after)
        self._differing_schedules = frozenset(each.key for each in after.schedules if self._differs(each))

    def schedules(self) -> Iterator[tuple[Schedule | None, Schedule]]:
        """Yield the schedules that are new or differ: before, None for a new one, and after."""
        for schedule in self._after.schedules:
            former = self._schedules.get(schedule.key)
            if former is None or schedule.key in self._differing_schedules:
                yield former, schedule

    def policies(self) -> Iterator[PolicyPair]:
        """Yield the policies that are new or differ."""
        for policy in self._after.policies:
            former = self._policies.get(policy.key)
            if former is None or _leads(former) != _leads(policy):
                yield PolicyPair(former, policy, True)
            elif any(map(self._leads_to_what_differs, policy.layers)):
                yield PolicyPair(former, policy, False)

    def _differs(self, schedule: Schedule) -> bool:
        former = self._schedules.get(schedule.key)
        if former is None:
            return False
        if self._differing_people and not self._differing_people.isdisjoint(people_named([schedule], [])):
            return True
        if former == schedule:
            return False
        before, after = (world.schedules[part_id("schedules", schedule.key)] for world in self._worlds)
        return before != after

    def _leads_to_what_differs(self, layer: Layer) -> bool:
        target, condition = layer.target, layer.condition
        if condition is not None and condition.working_hours in self._differing_hours:
            return True
        if isinstance(target, ScheduleTarget):
            return target.schedule in self._differing_schedules
        return not self._differing_people.isdisjoint(target.users)


def _people_differing(before: Document, after: Document) -> frozenset[str]:
    """Return the keys of those who can be paged now and could not before, or the other way round."""
    active = {user.key: user.active for user in before.users}
    return frozenset(user.key for user in after.users if active.get(user.key, user.active) != user.active)


def _hours_differing(before: Document, after: Document) -> frozenset[str]:
    former = {each.key: (each.timezone, each.windows) for each in before.working_hours}
    return frozenset(
        each.key
        for each in after.working_hours
        if former.get(each.key, (each.timezone, each.windows)) != (each.timezone, each.windows)
    )


def _leads(policy: Policy) -> list[_Leads]:
    return [(layer.target, layer.condition) for layer in policy.layers]
