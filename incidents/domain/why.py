"""Why a call for attention paged somebody, and why it did not page somebody else.

Answers are read off what the decision looked at (``escalation.domain.record``) by asking the resolver again: who a
layer reaches, ``escalation.domain.roster`` says, and what kept somebody off a schedule is found by taking away, one
after the other, what may have: the paging mode, other people's overrides, the restrictions. The first of them without
which they would have been on call is the reason. So nothing here can say other than what the engine went by.

Example: Ada's week in the first rotation, and Cyd stands in for her on Tuesday. A call of that layer on Tuesday paged
Cyd, by the override. It did not page Ada: without the override she would have been on call, so she was ``displaced``,
by Cyd, until midnight. It did not page Bob, who is in layer 2 alone: ``not_reached``, due in five minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from typing import Final
from uuid import UUID

from escalation.domain.local_time import zone_named
from escalation.domain.model import Duty, Layer, Recipient, Rotation, Schedule, Shift, UserId, World
from escalation.domain.record import Record
from escalation.domain.roster import members, roster
from escalation.domain.schedule import current_shifts, shifts
from escalation.domain.span import or_never
from escalation.domain.windows import spell
from incidents.domain.model import Cause

_LOOKED_AHEAD: Final = timedelta(days=366)
"""How far ahead somebody's next shift is looked for."""


class Rejection(StrEnum):
    """Why a call did not page somebody."""

    NOT_IN_PLAN = "not_in_plan"  # no layer leads to them
    NOT_REACHED = "not_reached"  # their layer comes later
    LAYER_OVER = "layer_over"  # their layer had its turn before
    OUTSIDE_HOURS = "outside_hours"  # their layer was skipped: it counts during its working hours
    DURING_HOURS = "during_hours"  # their layer was skipped: it counts outside them
    NOT_ON_CALL = "not_on_call"  # it was somebody else's turn
    DISPLACED = "displaced"  # it was their turn, and somebody stood in
    HIDDEN = "hidden"  # they served for a rotation that another one hides
    RESTRICTED = "restricted"  # it was their turn, outside the times their rotation serves
    INACTIVE = "inactive"  # cannot be paged: deactivated, or has left
    UNKNOWN = "unknown"  # named, and not in the organization
    PAGED_BEFORE = "paged_before"  # the layer had paged them, and only who came on call was paged now
    HANDED_OFF = "handed_off"  # the call was for the one it was handed to
    HELD_BY_ANOTHER = "held_by_another"  # the call was for the one who had acknowledged
    NOT_FALLBACK = "not_fallback"  # the fallback alone was called
    NOT_RECORDED = "not_recorded"  # nobody wrote down what was looked at


_ALONE: Final = {"handoff": Rejection.HANDED_OFF, "holder": Rejection.HELD_BY_ANOTHER}
"""Calls for one person, by the source of that person's duty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One firing: what called, whom, which layers were passed on the way, and what was looked at (None: not known).

    ``passed`` holds the layers that the same decision found empty (None) or skipped (why), by their position.
    """

    number: int
    at: datetime
    cause: Cause
    position: int
    due_at: datetime | None
    called: Mapping[Recipient, Duty]
    passed: Mapping[int, str | None]
    record: Record | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Why one person was paged (``duty``), or was not (``rejection``): exactly one of the two is set.

    ``position`` is the layer it is about, ``schedule`` and ``source`` what in it: the rotation, or the override, that
    puts them or somebody else there. ``by`` is who was called or served instead, ``until`` until when. ``then`` is
    when it would be theirs: when their layer is paged, its hours begin, their window opens, their next shift begins.
    ``before`` is when they were paged last.
    """

    duty: Duty | None = None
    rejection: Rejection | None = None
    position: int | None = None
    schedule: UUID | None = None
    source: UUID | None = None
    by: Recipient | None = None
    until: datetime | None = None
    then: datetime | None = None
    before: datetime | None = None


def explain(call: Call, user: UserId, earlier: Sequence[Call]) -> Answer:
    """Return why ``call`` paged ``user`` or not; ``earlier`` are the calls before it, in order."""
    duty = call.called.get(user)
    if duty is not None:
        return paged_for(call, duty)
    before = max((one.at for one in earlier if user in one.called), default=None)
    return replace(_rejected(call, user), before=before)


def paged_for(call: Call, duty: Duty) -> Answer:
    """Return why ``call`` paged the recipient of ``duty``."""
    layer = _current_layer(call)
    is_of_layer = duty.source in ("named", "rotation", "override")
    return Answer(
        duty=duty,
        position=call.position or None,
        schedule=layer.schedule if layer is not None and is_of_layer else None,
        source=duty.source_id,
        until=duty.until,
    )


def _current_layer(call: Call) -> Layer | None:
    layers = () if call.record is None else call.record.plan.layers
    return layers[call.position - 1] if 1 <= call.position <= len(layers) else None


def _rejected(call: Call, user: UserId) -> Answer:
    if call.cause is Cause.FALLBACK:
        return Answer(rejection=Rejection.NOT_FALLBACK)
    for other in call.called.values():
        if other.source in _ALONE:
            return Answer(rejection=_ALONE[other.source], by=other.user)
    if call.record is None:
        return Answer(rejection=Rejection.NOT_RECORDED)
    return _by_layer(call, call.record, user)


# Whose layer it was


def _by_layer(call: Call, record: Record, user: UserId) -> Answer:
    """Judge by the layer that called, else one passed on the way, else the next to come, else the last that was."""
    theirs = {layer.position: layer for layer in record.plan.layers if _leads_to(layer, user, record.world)}
    if call.position in theirs:
        return _off_layer(theirs[call.position], record.world, user, call.at)
    for position in sorted(theirs.keys() & call.passed.keys()):
        return _passed(theirs[position], call.passed[position], record.world, user, call.at)
    for position in sorted(theirs):
        if position > call.position:
            return Answer(rejection=Rejection.NOT_REACHED, position=position, then=_reached_at(call, record, position))
    if theirs:
        return Answer(rejection=Rejection.LAYER_OVER, position=max(theirs))
    return Answer(rejection=Rejection.NOT_IN_PLAN)


def _leads_to(layer: Layer, user: UserId, world: World) -> bool:
    if layer.schedule is None:
        return user in layer.users
    schedule = world.schedules.get(layer.schedule)
    return schedule is not None and (
        any(user in rotation.participants for rotation in schedule.rotations)
        or any(user == override.user for override in schedule.overrides)
    )


def _reached_at(call: Call, record: Record, position: int) -> datetime | None:
    """Return when the layer at ``position`` is paged if nobody answers; layers that reach nobody take no time."""
    at = call.due_at
    for layer in record.plan.layers[call.position : position - 1]:
        if at is not None and roster(layer, record.world, at).duties:
            at += layer.timeout
    return at


def _passed(layer: Layer, skipped: str | None, world: World, user: UserId, at: datetime) -> Answer:
    if skipped is None:
        return _off_layer(layer, world, user, at)
    then = roster(layer, world, at).changes_at
    return Answer(rejection=Rejection(skipped), position=layer.position, schedule=layer.schedule, then=then)


# Off the layer


def _off_layer(layer: Layer, world: World, user: UserId, at: datetime) -> Answer:
    """Return why a layer, asked whatever its hours, does not bring ``user``."""
    found = members(layer, world, at)
    missed = dict(found.missed).get(user)
    schedule = None if layer.schedule is None else world.schedules.get(layer.schedule)
    if missed is not None:
        answer = Answer(rejection=Rejection(missed))
    elif schedule is None or any(duty.user == user for duty in found.duties):
        answer = Answer(rejection=Rejection.PAGED_BEFORE)
    else:
        answer = _off_call(schedule, user, at)
    return replace(answer, position=layer.position, schedule=layer.schedule)


def _off_call(schedule: Schedule, user: UserId, at: datetime) -> Answer:
    """Return why ``user`` was not on call in a schedule they are part of."""
    for rejection, freer in _freer(schedule, user):
        theirs = next((shift for shift in current_shifts(freer, at) if shift.user == user), None)
        if theirs is not None:
            return _KEPT_OFF[rejection](schedule, theirs, at)
    rotation = next((each.id for each in schedule.rotations if user in each.participants), None)
    return _instead(Rejection.NOT_ON_CALL, _serving(schedule, rotation, at), then=_next_shift(schedule, user, at))


def _freer(schedule: Schedule, user: UserId) -> Iterator[tuple[Rejection, Schedule]]:
    """Yield what may keep somebody off a schedule, each with the schedule without it and without those before it."""
    freer = replace(schedule, paging_mode="all")
    yield Rejection.HIDDEN, freer
    freer = replace(freer, overrides=tuple(each for each in schedule.overrides if each.user == user))
    yield Rejection.DISPLACED, freer
    rotations = tuple(replace(rotation, restrictions=()) for rotation in schedule.rotations)
    yield Rejection.RESTRICTED, replace(freer, rotations=rotations)


def _hidden(schedule: Schedule, theirs: Shift, at: datetime) -> Answer:
    return _instead(Rejection.HIDDEN, next(iter(current_shifts(schedule, at)), None))


def _displaced(schedule: Schedule, theirs: Shift, at: datetime) -> Answer:
    return _instead(Rejection.DISPLACED, _serving(schedule, theirs.rotation, at))


def _restricted(schedule: Schedule, theirs: Shift, at: datetime) -> Answer:
    rotation = next(each for each in schedule.rotations if each.id == theirs.rotation)
    return Answer(rejection=Rejection.RESTRICTED, source=rotation.id, then=_opens_at(rotation, schedule, at))


_KEPT_OFF: Final = {
    Rejection.HIDDEN: _hidden,
    Rejection.DISPLACED: _displaced,
    Rejection.RESTRICTED: _restricted,
}


def _serving(schedule: Schedule, rotation: UUID | None, at: datetime) -> Shift | None:
    """Return who serves for a rotation; without one, who bears the schedule."""
    found = current_shifts(replace(schedule, paging_mode="all"), at)
    return next((shift for shift in found if rotation is None or shift.rotation == rotation), None)


def _instead(rejection: Rejection, shift: Shift | None, then: datetime | None = None) -> Answer:
    if shift is None:
        return Answer(rejection=rejection, then=then)
    source = shift.override or shift.rotation
    return Answer(rejection=rejection, by=shift.user, source=source, until=shift.ends_at, then=then)


def _next_shift(schedule: Schedule, user: UserId, at: datetime) -> datetime | None:
    end = at + _LOOKED_AHEAD
    ahead = takewhile(lambda shift: shift.starts_at < end, shifts(schedule, at, end))
    return next((shift.starts_at for shift in ahead if shift.user == user), None)


def _opens_at(rotation: Rotation, schedule: Schedule, at: datetime) -> datetime | None:
    zone = zone_named(schedule.timezone)
    return None if zone is None else or_never(spell(rotation.restrictions, zone, at).ends_at)
