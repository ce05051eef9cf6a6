"""Where a plan reaches nobody.

A layer has a gap while escalation would ask it and find nobody: not while its hours leave it out. The plan has one
while none of its layers reaches anybody, so that the fallback would be paged; where the hours leave every layer out,
the last is asked all the same (contract 7.6).

Example: layer 1 targets a schedule on workdays from 8 to 18, layer 2 names Bob. Layer 1 has a gap from Friday 18:00 to
Monday 08:00, and the plan has none. If Bob leaves, layer 2 has one gap without end, and the plan has layer 1's gaps.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime
from functools import partial

from escalation.domain.model import Layer, Plan, Roster, World
from escalation.domain.roster import ladder, roster
from escalation.domain.span import FOREVER, Span, Timeline, walk

Gap = tuple[datetime, datetime, int | None]
"""From when until before when, and the position of the layer; None for the plan as a whole."""


def gaps(plan: Plan, world: World, start: datetime, end: datetime) -> Iterator[Gap]:
    """Yield the gaps in [``start``, ``end``), cut to it, sorted by start, the plan's before its layers'.

    Gaps of one position are half-open, disjoint and do not touch. The cost grows with the changes in between.
    """
    found = [_runs(partial(_nobody_at_all, plan, world), start, end, None)]
    found += [_runs(partial(_nobody_on, layer, world), start, end, layer.position) for layer in plan.layers]
    return heapq.merge(*found, key=lambda gap: (gap[0], gap[2] or 0))


def _runs(empty: Timeline[bool], start: datetime, end: datetime, position: int | None) -> Iterator[Gap]:
    """Yield the times for which ``empty`` holds, those that touch as one."""
    since: datetime | None = None
    for span in walk(empty, start, end):
        if span.value and since is None:
            since = span.starts_at
        elif not span.value and since is not None:
            yield since, span.starts_at, position
            since = None
    if since is not None:
        yield since, end, position


def _nobody_on(layer: Layer, world: World, at: datetime) -> Span[bool]:
    found = roster(layer, world, at)
    return Span(found.skipped is None and not found.duties, at, _end(found))


def _nobody_at_all(plan: Plan, world: World, at: datetime) -> Span[bool]:
    found = ladder(plan, world, at)
    ends_at = min((_end(each) for each in found), default=FOREVER)
    return Span(not any(each.duties for each in found), at, ends_at)


def _end(found: Roster) -> datetime:
    return found.changes_at or FOREVER
