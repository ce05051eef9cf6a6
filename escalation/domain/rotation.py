"""Whose turn it is in a rotation (contract 5.1, rules 1 to 4, 8 and 10).

Turn 0 begins at ``starts_at``. Turn k begins at the handoff time of the local date of ``starts_at`` plus k times the
length in days, or at ``starts_at`` if the clocks make that later; it ends where turn k + 1 begins. At an instant the
last turn that has begun counts, and belongs to participant k modulo their number. Nobody serves before ``starts_at``,
from ``ends_at`` on, or outside the restrictions; the turns go on all the same. The number of the turn follows from the
date, so a question about 2040 costs what one about today does.

Example: Ada and Bob, weekly at 09:00 in Berlin, from Wednesday 4 March 2026, 12:00. Turn 0 is Ada's and ends on the
11th at 09:00; turn 3 is Bob's, begins on Wednesday the 25th and lasts 167 hours, for on the 29th the clocks go forward.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from escalation.domain.local_time import instant_of, local_time
from escalation.domain.model import Rotation, UserId
from escalation.domain.span import BEGINNING, FOREVER, Span, between
from escalation.domain.windows import spell

_TICK = timedelta(microseconds=1)
_LAST_DAY = FOREVER.toordinal()


def serving(rotation: Rotation, zone: ZoneInfo, at: datetime) -> Span[UserId | None]:
    """Return who serves at ``at``, from when until when; None stands for nobody, and spans all of that time.

    A span ends with its turn even where the next one is the same person's.
    """
    on_duty = _on_duty(rotation, zone, at)
    if on_duty.value is None:
        return Span(None, on_duty.starts_at, on_duty.ends_at)
    user, starts_at, ends_at = _turn(rotation, zone, at)
    return Span(user, max(on_duty.starts_at, starts_at), min(on_duty.ends_at, ends_at))


def _on_duty(rotation: Rotation, zone: ZoneInfo, at: datetime) -> Span[bool | None]:
    """Return the span in which somebody serves, or in which nobody does, whoever it is."""
    starts_at, ends_at = max(rotation.starts_at, BEGINNING), min(rotation.ends_at or FOREVER, FOREVER)
    if not rotation.participants or starts_at >= ends_at:
        return Span(None, BEGINNING, FOREVER)
    if not rotation.restrictions:
        return between(True, starts_at, ends_at, at)
    # Before the rotation's time and after it what counts is the window next to it: with it the rest may be closed.
    window = spell(rotation.restrictions, zone, min(max(at, starts_at), ends_at - _TICK))
    if window.value:
        return between(True, max(starts_at, window.starts_at), min(ends_at, window.ends_at), at)
    return Span(
        None,
        window.starts_at if window.starts_at > starts_at else BEGINNING,
        window.ends_at if window.ends_at < ends_at else FOREVER,
    )


def _turn(rotation: Rotation, zone: ZoneInfo, at: datetime) -> Span[UserId]:
    """Return whose turn it is; where the clocks go back over midnight, it may begin before the rotation does."""
    first_day = local_time(rotation.starts_at, zone).toordinal()
    length = max(rotation.length_days, 1)

    def begins_at(number: int) -> datetime:
        if number < 1:
            return rotation.starts_at
        day = first_day + number * length
        return _handoff_at(day, rotation.handoff, zone) if day <= _LAST_DAY else FOREVER

    local = local_time(at, zone)
    days = local.toordinal() - first_day - (local.time() < rotation.handoff)
    number = max(days // length, 0)
    # A handoff the clocks have shown has passed; where they were set back, one more may have passed than they show.
    while (ends_at := begins_at(number + 1)) <= at:
        number += 1
    return Span(rotation.participants[number % len(rotation.participants)], begins_at(number), ends_at)


@lru_cache(maxsize=4096)
def _handoff_at(day: int, clock: time, zone: ZoneInfo) -> datetime:
    # Kept, for everybody asks about the two around now; what clocks do is fixed for as long as the process lives.
    return instant_of(datetime.combine(date.fromordinal(day), clock, zone))
