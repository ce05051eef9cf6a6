"""How policies and schedules reach people in the days to come, for those who show it.

A batch is read in a fixed number of statements, whatever its size: what is declared, the world, and plans or schedules.
Each is then judged by itself, and that costs no statement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Final
from uuid import UUID

from escalation.domain.coverage import Coverage, cover_plan, cover_schedule
from escalation.domain.intended import IntendedGap
from escalation.domain.model import Layer, Plan, Schedule, World
from escalation.loaders import Loaded, Needs, Wanted, load_intended, load_wanted_plans, load_worlds

LONGEST_DAYS: Final = 90
DEFAULT_DAYS: Final = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """All that the coverage of a policy or of a schedule is judged by: of a policy its plan.

    ``intended`` are the declarations that may concern it, oldest first, those for a policy before those for the
    schedules its layers target.
    """

    subject: Plan | Schedule
    loaded: Loaded
    intended: tuple[IntendedGap, ...]

    @property
    def world(self) -> World:
        """What may be looked at."""
        return self.loaded.world

    def layer_at(self, position: int | None) -> Layer | None:
        """Return the layer a gap is about; None for a gap of the whole."""
        return self.subject.layers[position - 1] if isinstance(self.subject, Plan) and position is not None else None

    def cover(self, start: datetime, days: int) -> Coverage:
        """Return the coverage of ``days`` times 24 hours from ``start`` on.

        Raises:
            TooManyChanges: judging would take too long.
        """
        end = start + timedelta(days=days)
        if isinstance(self.subject, Plan):
            return cover_plan(self.subject, self.world, start, end, self.intended)
        return cover_schedule(self.subject, self.world, start, end, self.intended)


def load_policy_grounds(wanted: Wanted, since: datetime) -> Mapping[UUID, Ground]:
    """Return what these policies are judged by from ``since`` on, by policy; those that do not exist are absent.

    At most five statements.
    """
    plans = {policy_id: found.plan for policy_id, found in load_wanted_plans(wanted).items()}
    owners = {policy_id: owner for owner, policy_id in wanted if policy_id in plans}
    worlds = load_worlds(_needs((owners[each], _needs_of(plan)) for each, plan in plans.items()), since=since)
    targeted = {layer.schedule for plan in plans.values() for layer in plan.layers if layer.schedule is not None}
    intended = load_intended(plans.keys(), targeted) if plans else {}
    return {
        policy_id: Ground(
            subject=plan,
            loaded=worlds[owners[policy_id]],
            intended=_together(intended, [policy_id, *_schedules_of(plan)]),
        )
        for policy_id, plan in plans.items()
    }


def load_schedule_grounds(wanted: Wanted, since: datetime) -> Mapping[UUID, Ground]:
    """Return what these schedules are judged by from ``since`` on, by schedule; those that do not exist are absent.

    Three statements.
    """
    worlds = load_worlds(_needs((owner, Needs(schedules={each})) for owner, each in wanted), since=since)
    found = {each: owner for owner, each in wanted if owner in worlds and each in worlds[owner].world.schedules}
    intended = load_intended([], found.keys()) if found else {}
    return {
        schedule_id: Ground(
            subject=worlds[owner].world.schedules[schedule_id],
            loaded=worlds[owner],
            intended=intended.get(schedule_id, ()),
        )
        for schedule_id, owner in found.items()
    }


def _needs(each: Iterable[tuple[str, Needs]]) -> Mapping[str, Needs]:
    needs: dict[str, Needs] = {}
    for owner, needed in each:
        needs[owner] = needs[owner] | needed if owner in needs else needed
    return needs


def _needs_of(plan: Plan) -> Needs:
    return Needs(
        users={user for layer in plan.layers for user in layer.users},
        schedules=frozenset(_schedules_of(plan)),
        hours={layer.hours for layer in plan.layers if layer.hours is not None},
    )


def _schedules_of(plan: Plan) -> Sequence[UUID]:
    """Return the schedules that the layers target, each once, in their order."""
    return list(dict.fromkeys(layer.schedule for layer in plan.layers if layer.schedule is not None))


def _together(intended: Mapping[UUID, tuple[IntendedGap, ...]], owners: Collection[UUID]) -> tuple[IntendedGap, ...]:
    return tuple(chain.from_iterable(intended.get(owner, ()) for owner in owners))
