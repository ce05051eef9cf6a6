"""Who is on call in a schedule now and next, or instead of whom, and when nobody is any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from escalation.coverage_words import zone_of
from escalation.domain.coverage import TooManyChanges
from escalation.domain.model import Schedule as Planned
from escalation.domain.reaching import called_in
from escalation.domain.times import minus
from escalation.time_words import Outlook
from escalation.transfer.document import Schedule
from escalation.transfer.findings import Subject
from escalation.transfer.meaning.ground import Ground
from escalation.transfer.meaning.said import Bearer, Said
from escalation.transfer.meaning.shifts import differences, first_difference, now_and_next
from escalation.transfer.worlds import part_id
from scaling.text import single_line

FURTHER: Final = timedelta(days=90)
"""How much further is looked for the first difference, where there is none in the days told of."""


def schedule_said(before: Schedule | None, after: Schedule, ground: Ground) -> Said:
    """Return what is to be said of a schedule that is new, or differs from what it was before."""
    bearer = Bearer(Subject("schedules", after.key), single_line(after.name), before is None)
    planned = ground.after.world.schedules[part_id("schedules", after.key)]
    try:
        return _said_of_new(bearer, planned, ground) if before is None else _said(bearer, planned, ground)
    except TooManyChanges:
        return bearer.untold()


def _said_of_new(bearer: Bearer, schedule: Planned, ground: Ground) -> Said:
    outlook = ground.outlook(zone_of(schedule, ground.after.world, None))
    return Said(bearer.told([now_and_next(ground.after.called(schedule), ground.names, outlook)]), ())


def _said(bearer: Bearer, after: Planned, ground: Ground) -> Said:
    before = ground.before.world.schedules[after.id]
    zone = zone_of(after, ground.after.world, None)
    called = ground.before.called(before), ground.after.called(after)
    told = list(differences(*called, ground.names, ground.outlook(zone))) or [_later(before, after, zone, ground)]
    lost = minus(ground.before.reached(before), ground.after.reached(after))
    times = ground.undeclared(lost, ground.declared.get(bearer.subject, ()))
    if not times:
        return Said(bearer.told(told), ())
    sentence = f"{bearer.name} no longer reaches anybody {ground.in_words(times, zone)}"
    return Said(bearer.told(told), (bearer.worse(times, sentence),))


def _later(before: Planned, after: Planned, zone: str, ground: Ground) -> str:
    """Tell the first difference after the days that are told of, where these have none."""
    outlook = Outlook(start=ground.start, end=ground.end + FURTHER, zone=zone)
    was = called_in(before, ground.before.world, ground.end, outlook.end, ground.further)
    becomes = called_in(after, ground.after.world, ground.end, outlook.end, ground.further)
    until = outlook.end
    try:
        found = first_difference(was, becomes, ground.names, outlook)
    except TooManyChanges:
        found, until = None, ground.end
    return found or f"Who is on call stays the same at least until {outlook.shown(until)} {zone}"
