"""When layers reach somebody, worked out once for all plans that share what they lead to.

A plan is judged by ``escalation.domain.coverage``, which asks its layers again at every change. Of thousands of plans
most lead to a few hundred schedules; so here each schedule is asked once, and plans are put together out of the times in
which their layers are asked and in which they would reach somebody. Both ways find the same gaps.

Example: layer 1 targets a schedule with somebody from 8 to 18 and layer 2 names Bob, outside working hours from 9 to 17.
From 17 to 18 both reach somebody, from 18 to 8 layer 2 does, from 8 to 17 layer 1 does: layer 1 has a gap from 18 to 8,
layer 2 has none while it is not asked, and the plan has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial, reduce
from typing import NamedTuple

from escalation.domain.coverage import Purse, questions_of
from escalation.domain.model import Duty, Layer, Schedule, UserId, World
from escalation.domain.roster import hours_around, reach
from escalation.domain.schedule import paged
from escalation.domain.span import BEGINNING, FOREVER, Span, walk
from escalation.domain.times import NEVER, Times, common, holding, minus, plus

_WEEK = timedelta(days=7)


class Called(NamedTuple):
    """Who is on call in a schedule, in order: those a page would reach, and those who cannot be paged."""

    reached: tuple[UserId, ...]
    missed: tuple[UserId, ...]


class Reaching(NamedTuple):
    """When escalation asks a layer that it comes to, and when the layer would reach somebody if it were asked."""

    asked: Times
    reached: Times


def called_in(schedule: Schedule, world: World, start: datetime, end: datetime, purse: Purse) -> Iterator[Span[Called]]:
    """Yield who is on call from ``start`` until before ``end``, each answer for as long as it holds.

    The first and the last have their true bounds, as far as these lie no more than a week after ``end``.

    Raises:
        TooManyChanges: the purse is empty.
    """
    near = tuple(each for each in schedule.overrides if each.starts_at < end + _WEEK and each.ends_at > start)
    there = replace(schedule, overrides=near)
    price, last = questions_of(there), None
    for shifts, starts_at, ends_at in paged(there, start, end):
        purse.spend(price)
        called = _called(dict.fromkeys(shift.user for shift in shifts), world)
        if last is not None and last.value != called:
            yield last
            last = None
        last = Span(called, starts_at if last is None else last.starts_at, ends_at)
    if last is not None:
        yield last


def reached_in(spans: Iterable[Span[Called]], start: datetime, end: datetime) -> Times:
    """Return when somebody who can be paged is on call, by what ``called_in`` tells of that time."""
    return holding((Span(bool(called.reached), since, until) for called, since, until in spans), start, end)


def asked(layer: Layer, world: World, start: datetime, end: datetime, purse: Purse) -> Times:
    """Return when the hours of ``layer`` do not leave it out, from ``start`` until before ``end``.

    Raises:
        TooManyChanges: the purse is empty.
    """
    return holding(walk(purse.paying(1, partial(_is_asked, layer, world)), start, end), start, end)


def gaps_together(layers: Sequence[Reaching], whole: Times) -> Sequence[Times]:
    """Return the gaps of the plan that these layers are in all of the time ``whole``, and behind them each layer's."""
    at_all = reduce(plus, (layer.asked for layer in layers), NEVER)
    reached = reduce(plus, (common(layer.asked, layer.reached) for layer in layers), NEVER)
    last_resort = common(minus(whole, at_all), layers[-1].reached) if layers else NEVER
    return [minus(minus(whole, reached), last_resort), *(minus(layer.asked, layer.reached) for layer in layers)]


def _called(users: Iterable[UserId], world: World) -> Called:
    found = reach((Duty(user=user, source="rotation") for user in users), world)
    return Called(tuple(UserId(duty.user) for duty in found.duties), tuple(user for user, _ in found.missed))


def _is_asked(layer: Layer, world: World, at: datetime) -> Span[bool]:
    hours = hours_around(layer, world, at)
    if hours is None:
        return Span(True, BEGINNING, FOREVER)
    return Span(hours.value is layer.during, hours.starts_at, hours.ends_at)
