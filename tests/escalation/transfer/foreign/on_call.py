"""Who is on call: as a schedule of a document says, and as a product has computed it itself."""

from __future__ import annotations

from datetime import timedelta

from escalation.domain.schedule import on_call
from escalation.transfer.worlds import schedule_of, user_id

MINUTE = timedelta(minutes=1)


def differing_minutes(arrival, key):
    """Return each minute at which the schedule ``key`` has others on call than its timeline: when, theirs, ours."""
    (schedule,) = [each for each in arrival.document.schedules if each.key == key]
    timeline, ours = arrival.timelines[key], schedule_of(schedule)
    keys = {user_id(user.key): user.key for user in arrival.document.users}
    minutes = (timeline.end - timeline.start) // MINUTE
    instants = (timeline.start + number * MINUTE for number in range(minutes))
    found = ((at, said_by(timeline, at), {keys[duty.user] for duty in on_call(ours, at)}) for at in instants)
    return [each for each in found if each[1] != each[2]]


def said_by(timeline, at):
    """Return who is on call at an instant by a timeline."""
    return {shift.user for shift in timeline.shifts if shift.starts_at <= at < shift.ends_at}
