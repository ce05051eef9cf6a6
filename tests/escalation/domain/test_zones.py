"""Every zone name, every change of its clocks from 2010 to 2040, and every turn in between: ``make zones``."""

from __future__ import annotations

import random
from datetime import timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

import pytest

from escalation.domain.local_time import instant_of
from escalation.domain.rotation import serving
from escalation.domain.schedule import current_shifts, next_change
from tests.escalation.domain.schedules import ADA, BOB, CYD, DAY, DEE, HOUR, rotation, schedule, utc, window
from tests.escalation.domain.strategies import END_YEAR, FIRST_YEAR
from tests.escalation.domain.walker import MINUTE, readings, transitions, walk

pytestmark = pytest.mark.zones
NAMES = sorted(available_timezones())


def _one_of_each() -> list[str]:
    """Return one name for each set of names that the database holds the same zone under."""
    folder = files("tzdata") / "zoneinfo"
    return sorted({folder.joinpath(name).read_bytes(): name for name in NAMES}.values())


@pytest.mark.parametrize("zone", NAMES)
def test_every_time_around_every_change_is_the_first_instant_at_which_it_has_come(zone):
    there = ZoneInfo(zone)
    for change in transitions(zone, FIRST_YEAR, END_YEAR):
        wall = None
        for at, highest in readings(zone, change - 3 * HOUR, change + 3 * HOUR):
            wall = wall or highest
            while wall <= highest:
                assert instant_of(wall.replace(tzinfo=there)) == at
                wall += MINUTE


@pytest.mark.parametrize("zone", _one_of_each())
def test_around_every_change_is_on_call_who_is_found_by_walking(zone):
    """A handoff within 90 minutes of each change, by what the clocks show before it; and windows that end there."""
    for change in transitions(zone, FIRST_YEAR, END_YEAR) or (utc(2026, 3, 29, 1),):
        there = _rotations_about(change, zone)
        before = promised = None
        for at, held in walk(there, change - 3 * HOUR, change + 3 * HOUR):
            assert [(one.user, one.rotation) for one in held] == _told(there, at)
            assert before in (None, held) or promised <= at
            if before != held or promised <= at:
                before, promised = held, next_change(there, at)


def _rotations_about(change, zone):
    chance = random.Random(f"{zone} {change}")
    shown = (change - MINUTE).astimezone(ZoneInfo(zone))
    clocks = [(shown + timedelta(minutes=chance.randrange(-90, 90))).strftime("%H:%M") for _ in range(4)]
    back = chance.randrange(1, 400)
    return schedule(
        rotation(ADA, BOB, CYD, starts_at=change - back * DAY, handoff=clocks[0], days=1),
        rotation(
            *(DEE, ADA, BOB),
            starts_at=change - back * HOUR,
            position=1,
            handoff=clocks[1],
            days=chance.choice([1, 2, 7]),
            restrictions=(window("1234567", clocks[2], clocks[3]),),
        ),
        zone=zone,
    )


def _told(there, at):
    return [(shift.user, shift.rotation) for shift in current_shifts(there, at)]


@pytest.mark.parametrize("zone", NAMES)
def test_thirty_one_years_of_days_follow_each_other_without_a_gap(zone):
    """Invariant I18, turn by turn."""
    there = ZoneInfo(zone)
    handoff = random.Random(zone).choice(["00:00", "00:30", "02:00", "02:30", "09:00", "23:30"])
    days = rotation(ADA, BOB, CYD, starts_at=utc(FIRST_YEAR, 1, 1), handoff=handoff, days=1)
    span, turns = serving(days, there, days.starts_at), 1
    while span.ends_at < utc(END_YEAR, 1, 1):
        following = serving(days, there, span.ends_at)
        assert following.starts_at == span.ends_at < following.ends_at
        span, turns = following, turns + 1

    assert abs(turns - (utc(END_YEAR, 1, 1) - utc(FIRST_YEAR, 1, 1)).days) <= 2
