"""Who a layer reaches.

A layer with hours is asked only during them, or only outside them (contract 7.6). A layer that names people reaches
those who are active, in their order. A layer that targets a schedule reaches whoever is on call at that instant, the
inactive left out. Example: a layer naming Ada (active) and Bob (left the organization) reaches Ada, and tells that Bob
was missed because he is ``inactive``; if it is for office hours only, at night it is skipped as ``outside_hours``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from escalation.domain.local_time import zone_named
from escalation.domain.model import Duty, Layer, Plan, Recipient, Roster, UserId, World
from escalation.domain.schedule import next_change, on_call
from escalation.domain.span import Span, or_never
from escalation.domain.windows import spell


def roster(layer: Layer, world: World, at: datetime) -> Roster:
    """Return who ``layer`` reaches at ``at``, or that it is skipped then. Never raises: what is unknown is nobody.

    Hours that the world does not hold, or whose time zone is unknown, do not stand in the way of a page.
    """
    hours = hours_around(layer, world, at)
    if hours is None:
        return members(layer, world, at)
    edge = or_never(hours.ends_at)
    if hours.value is not layer.during:
        return Roster(duties=(), skipped="outside_hours" if layer.during else "during_hours", changes_at=edge)
    reached = members(layer, world, at)
    return replace(reached, changes_at=_earlier(reached.changes_at, edge))


def ladder(plan: Plan, world: World, at: datetime) -> tuple[Roster, ...]:
    """Return who each layer of ``plan`` reaches in a pass that begins at ``at``, in order.

    Where the hours leave every layer out, the last is asked all the same (contract 7.6); its ``skipped`` then says
    for what it would have been.
    """
    found = [roster(layer, world, at) for layer in plan.layers]
    if found and all(each.skipped is not None for each in found):
        found[-1] = _last_resort(plan.layers[-1], found[-1], world, at)
    return tuple(found)


def members(layer: Layer, world: World, at: datetime) -> Roster:
    """Return who ``layer`` reaches at ``at`` whatever its hours say, as when escalation stands at it already."""
    if layer.schedule is None:
        return reach((Duty(user=user, source="named", source_id=layer.id) for user in layer.users), world)
    schedule = world.schedules.get(layer.schedule)
    if schedule is None:
        return Roster(duties=())
    return reach(on_call(schedule, at), world, changes_at=next_change(schedule, at))


def reach(duties: Iterable[Duty], world: World, changes_at: datetime | None = None) -> Roster:
    """Keep the duties whose recipient can be paged, once each; tell which people were missed and why."""
    kept: dict[Recipient, Duty] = {}
    missed: dict[UserId, str] = {}
    for duty in duties:
        reason = _unreachable_because(duty.user, world)
        if reason is None:
            kept.setdefault(duty.user, duty)
        else:
            missed[UserId(duty.user)] = reason
    return Roster(duties=tuple(kept.values()), missed=tuple(missed.items()), changes_at=changes_at)


def is_address(recipient: Recipient) -> bool:
    """Tell whether ``recipient`` is a plain email address rather than a person of the organization."""
    return "@" in recipient


def _last_resort(layer: Layer, skipped: Roster, world: World, at: datetime) -> Roster:
    reached = members(layer, world, at)
    return replace(reached, skipped=skipped.skipped, changes_at=_earlier(reached.changes_at, skipped.changes_at))


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)


def hours_around(layer: Layer, world: World, at: datetime) -> Span[bool] | None:
    """Return whether it is within the hours of ``layer``, from when until when; None where there are none to go by."""
    hours = None if layer.hours is None else world.hours.get(layer.hours)
    zone = None if hours is None else zone_named(hours.timezone)
    return None if hours is None or zone is None else spell(hours.windows, zone, at)


def _unreachable_because(recipient: Recipient, world: World) -> str | None:
    if is_address(recipient):
        return None
    person = world.people.get(UserId(recipient))
    if person is None:
        return "unknown"
    return None if person.active else "inactive"
