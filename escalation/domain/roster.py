"""Who a layer reaches.

A layer that names people reaches those who are active, in their order. A layer that targets a schedule reaches
whoever is on call at that instant, the inactive left out. Example: a layer naming Ada (active) and Bob (left the
organization) reaches Ada, and tells that Bob was missed because he is ``inactive``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from escalation.domain.model import Duty, Layer, Recipient, Roster, Schedule, UserId, World


def on_call(schedule: Schedule, at: datetime) -> tuple[Duty, ...]:
    """Return who is on call at ``at``, in order of precedence."""
    return ()


def next_change(schedule: Schedule, after: datetime) -> datetime | None:
    """Return the next instant after ``after`` at which ``on_call`` may answer differently, or None for never."""
    return None


def roster(layer: Layer, world: World, at: datetime) -> Roster:
    """Return who ``layer`` reaches at ``at``. Never raises: what the world does not hold is nobody."""
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


def _unreachable_because(recipient: Recipient, world: World) -> str | None:
    if is_address(recipient):
        return None
    person = world.people.get(UserId(recipient))
    if person is None:
        return "unknown"
    return None if person.active else "inactive"
