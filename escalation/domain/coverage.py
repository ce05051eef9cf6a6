"""Where a plan, or a schedule, reaches nobody.

A layer has a gap while escalation would ask it and find nobody: not while its hours leave it out. The plan has one
while none of its layers reaches anybody, so that the fallback would be paged; where the hours leave every layer out,
the last is asked all the same (contract 7.6). A schedule has one while nobody who can be paged is on call in it.

Some gaps are there on purpose, and are declared (``escalation.domain.intended``): these are told apart.

Example: layer 1 targets a schedule on workdays from 8 to 18, layer 2 names Bob. Layer 1 has a gap from Friday 18:00 to
Monday 08:00, and the plan has none. If Bob leaves, layer 2 has one gap without end, and the plan has layer 1's gaps.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple
from uuid import UUID

from escalation.domain.concerns import Concern, concerns_of_plan, concerns_of_schedule
from escalation.domain.intended import IntendedGap, declared_at
from escalation.domain.model import Layer, Plan, Roster, Schedule, World
from escalation.domain.roster import ladder, reach, roster
from escalation.domain.schedule import next_change, on_call
from escalation.domain.span import FOREVER, Span, Timeline, walk

MOST_QUESTIONS: Final = 250_000
"""How many times the rotations of a plan may be asked in all; a sane one of 90 days needs a few thousand."""


class TooManyChanges(Exception):
    """So much changes in that time that telling its gaps would take too long."""


class Gap(NamedTuple):
    """From when until before when, and the position of the layer; None for the plan, or the schedule, as a whole."""

    starts_at: datetime
    ends_at: datetime
    position: int | None


class DeclaredGap(NamedTuple):
    """A gap that is there on purpose, and the ids of those who say so; at least one."""

    starts_at: datetime
    ends_at: datetime
    position: int | None
    declared_by: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How a plan, or a schedule, reaches people from ``start`` until before ``end``.

    Both lists of gaps are sorted by start, a whole plan's before its layers', and disjoint for each position. Together
    they are all the gaps there are: ``declared`` those on purpose, ``gaps`` the others.
    """

    start: datetime
    end: datetime
    gaps: tuple[Gap, ...]
    declared: tuple[DeclaredGap, ...]
    concerns: tuple[Concern, ...]


def cover_plan(
    plan: Plan, world: World, start: datetime, end: datetime, intended: Sequence[IntendedGap] = ()
) -> Coverage:
    """Return the coverage of a plan; ``intended`` are those declared for its policy and for the schedules it targets.

    Raises:
        TooManyChanges: see ``gaps``.
    """
    found = gaps(plan, world, start, end)
    return _coverage(
        start, end, found, partial(declared_for, plan, intended), concerns_of_plan(plan, world, start, end)
    )


def cover_schedule(
    schedule: Schedule, world: World, start: datetime, end: datetime, intended: Sequence[IntendedGap] = ()
) -> Coverage:
    """Return the coverage of a schedule; ``intended`` are those declared for it.

    Raises:
        TooManyChanges: see ``gaps``.
    """
    purse = Purse(MOST_QUESTIONS)
    found = _runs(purse.paying(questions_of(schedule), partial(_nobody_in, schedule, world)), start, end, None)
    return _coverage(start, end, found, lambda _: intended, concerns_of_schedule(schedule, world, start, end))


def gaps(plan: Plan, world: World, start: datetime, end: datetime) -> Iterator[Gap]:
    """Yield the gaps in [``start``, ``end``), cut to it, sorted by start, the plan's before its layers'.

    Gaps of one position are half-open, disjoint and do not touch. The cost grows with the changes in between, times
    the rotations that are asked at each.

    Raises:
        TooManyChanges: those are more than ``MOST_QUESTIONS``.
    """
    purse = Purse(MOST_QUESTIONS)
    whole = purse.paying(sum(_price(layer, world) for layer in plan.layers), partial(_nobody_at_all, plan, world))
    found = [_runs(whole, start, end, None)]
    for layer in plan.layers:
        empty = purse.paying(_price(layer, world), partial(_nobody_on, layer, world))
        found.append(_runs(empty, start, end, layer.position))
    return heapq.merge(*found, key=_in_order)


class Purse:
    """What may be spent on questions; what is spent of a part of another purse, is spent of that one too."""

    def __init__(self, questions: int, out_of: Purse | None = None) -> None:
        self._left = questions
        self._out_of = out_of

    def spend(self, price: int) -> None:
        """Take ``price`` out of it.

        Raises:
            TooManyChanges: there is not so much left in it.
        """
        if price > self._left:
            raise TooManyChanges
        if self._out_of is not None:
            self._out_of.spend(price)
        self._left -= price

    def paying(self, price: int, timeline: Timeline[bool]) -> Timeline[bool]:
        """Return ``timeline``, each question to which costs ``price``."""

        def paid(at: datetime) -> Span[bool]:
            self.spend(price)
            return timeline(at)

        return paid


def _price(layer: Layer, world: World) -> int:
    schedule = None if layer.schedule is None else world.schedules.get(layer.schedule)
    return 1 if schedule is None else questions_of(schedule)


def questions_of(schedule: Schedule) -> int:
    """Return what a question to a schedule costs, in questions to a rotation."""
    return 1 + len(schedule.rotations) + len(schedule.overrides)


def _runs(empty: Timeline[bool], start: datetime, end: datetime, position: int | None) -> Iterator[Gap]:
    """Yield the times for which ``empty`` holds, those that touch as one."""
    since: datetime | None = None
    for span in walk(empty, start, end):
        if span.value and since is None:
            since = span.starts_at
        elif not span.value and since is not None:
            yield Gap(since, span.starts_at, position)
            since = None
    if since is not None:
        yield Gap(since, end, position)


def _nobody_on(layer: Layer, world: World, at: datetime) -> Span[bool]:
    found = roster(layer, world, at)
    return Span(found.skipped is None and not found.duties, at, _end(found))


def _nobody_at_all(plan: Plan, world: World, at: datetime) -> Span[bool]:
    found = ladder(plan, world, at)
    ends_at = min((_end(each) for each in found), default=FOREVER)
    return Span(not any(each.duties for each in found), at, ends_at)


def _nobody_in(schedule: Schedule, world: World, at: datetime) -> Span[bool]:
    found = reach(on_call(schedule, at), world)
    return Span(not found.duties, at, next_change(schedule, at) or FOREVER)


def _end(found: Roster) -> datetime:
    return found.changes_at or FOREVER


# What is there on purpose


def declared_for(plan: Plan, intended: Iterable[IntendedGap], position: int | None) -> Sequence[IntendedGap]:
    """Return what may explain a gap of a plan at ``position``, out of what is declared for its policy and schedules.

    Who declares a gap of the policy means its layers too. Who declares one of a layer, or of the schedule it targets,
    does not mean the policy: when nobody at all is reached, somebody has to have said so of the policy.
    """
    if position is None:
        return [one for one in intended if one.schedule is None and one.layer is None]
    layer = plan.layers[position - 1]
    return [
        one
        for one in intended
        if (one.layer in {None, layer.id} if one.schedule is None else one.schedule == layer.schedule)
    ]


def _coverage(
    start: datetime,
    end: datetime,
    found: Iterable[Gap],
    declared_for: Callable[[int | None], Sequence[IntendedGap]],
    concerns: tuple[Concern, ...],
) -> Coverage:
    pieces = [piece for gap in found for piece in _pieces(gap, declared_for(gap.position))]
    return Coverage(
        start=start,
        end=end,
        gaps=tuple(sorted((Gap(*one[:3]) for one in pieces if not one.declared_by), key=_in_order)),
        declared=tuple(sorted((one for one in pieces if one.declared_by), key=_in_order)),
        concerns=concerns,
    )


def _in_order(gap: Gap | DeclaredGap) -> tuple[datetime, int]:
    return gap.starts_at, gap.position or 0


def _pieces(gap: Gap, intended: Sequence[IntendedGap]) -> Iterator[DeclaredGap]:
    """Cut a gap into the parts of which the same is declared, or nothing; two parts that touch differ in that."""
    since, declared = gap.starts_at, None
    for span in walk(partial(declared_at, intended), gap.starts_at, gap.ends_at):
        if declared is not None and span.value != declared:
            yield DeclaredGap(since, span.starts_at, gap.position, declared)
            since = span.starts_at
        declared = span.value
    if declared is not None:
        yield DeclaredGap(since, gap.ends_at, gap.position, declared)
