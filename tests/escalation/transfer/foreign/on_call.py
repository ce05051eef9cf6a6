"""Who is on call: as a schedule of a document says, and as a product has computed it itself."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from escalation.domain import model
from escalation.domain.schedule import on_call

MINUTE = timedelta(minutes=1)


def differing_minutes(arrival, key):
    """Return each minute at which the schedule ``key`` has others on call than its timeline: when, theirs, ours."""
    (schedule,) = [each for each in arrival.document.schedules if each.key == key]
    timeline, ours = arrival.timelines[key], as_domain(schedule)
    minutes = (timeline.end - timeline.start) // MINUTE
    instants = (timeline.start + number * MINUTE for number in range(minutes))
    found = ((at, said_by(timeline, at), {duty.user for duty in on_call(ours, at)}) for at in instants)
    return [each for each in found if each[1] != each[2]]


def said_by(timeline, at):
    """Return who is on call at an instant by a timeline."""
    return {shift.user for shift in timeline.shifts if shift.starts_at <= at < shift.ends_at}


def as_domain(schedule):
    """Return a schedule of a document as the core has it."""
    ids = {rotation.name: UUID(int=number) for number, rotation in enumerate(schedule.rotations, 1)}
    return model.Schedule(
        id=UUID(int=0),
        timezone=schedule.timezone,
        paging_mode=schedule.paging_mode,
        rotations=tuple(
            model.Rotation(
                id=ids[rotation.name],
                position=position,
                handoff=rotation.handoff_time,
                length_days=rotation.rotation_length_days,
                starts_at=rotation.effective_from,
                ends_at=rotation.effective_until,
                participants=rotation.participants,
                restrictions=tuple(
                    model.Window(days=frozenset(window.days), start=window.start, end=window.end)
                    for window in rotation.restrictions
                ),
            )
            for position, rotation in enumerate(schedule.rotations)
        ),
        overrides=tuple(
            model.Override(
                id=UUID(int=1000 + number),
                rotation=ids.get(override.rotation),
                user=override.user,
                starts_at=override.starts_at,
                ends_at=override.ends_at,
            )
            for number, override in enumerate(schedule.overrides)
        ),
    )
