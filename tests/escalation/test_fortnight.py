"""Two weeks of a schedule, against who is on call minute by minute."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from escalation.domain.schedule import on_call
from escalation.fortnight import MOST_STRETCHES, fortnight_of, week_of
from tests.escalation.domain.schedules import ADA, BOB, CYD, HOUR, local, override, rotation, schedule, utc, window

BERLIN = "Europe/Berlin"
MINUTE = timedelta(minutes=1)


def busy(mode="all", zone=BERLIN):
    """Return a schedule in which much happens around the changes of clocks and the ends of months."""
    begun = utc(2026, 1, 1)
    nights = rotation(BOB, CYD, starts_at=begun, position=1, days=1, restrictions=(window("12345", "18:00", "08:00"),))
    replaced = [
        override(CYD, utc(2026, 3, 28, 23), utc(2026, 3, 29, 4), rotation=0),
        override(BOB, utc(2026, 10, 24, 20), utc(2026, 10, 25, 12), rotation=1, number=2),
        override(CYD, utc(2026, 2, 27), utc(2026, 3, 1, 12), number=3),
    ]
    return schedule(rotation(ADA, BOB, starts_at=begun), nights, overrides=tuple(replaced), zone=zone, mode=mode)


@pytest.mark.parametrize("mode", ["all", "first"])
@pytest.mark.parametrize("first", [date(2026, 3, 23), date(2026, 10, 19), date(2026, 2, 23), date(2026, 12, 28)])
def test_every_minute_has_those_who_are_on_call(mode, first):
    there = busy(mode)
    shown = fortnight_of(there, first)
    stretches = iter(shown.paged.stretches)
    stretch, at = next(stretches), shown.starts_at
    while at < shown.ends_at:
        if at == stretch.ends_at:
            stretch = next(stretches)
        assert stretch.starts_at <= at < stretch.ends_at
        told = dict.fromkeys(shift.user for shift in stretch.shifts)
        assert list(told) == [duty.user for duty in on_call(there, at)]
        at += MINUTE


@pytest.mark.parametrize("zone", [BERLIN, "Australia/Lord_Howe", "America/New_York", "UTC"])
def test_lines_have_no_gaps_and_lie_within_the_fortnight(zone):
    shown = fortnight_of(busy(zone=zone), date(2026, 3, 23))
    for line in (*shown.rotations, shown.paged):
        assert line.stretches[0].starts_at == shown.starts_at
        assert line.stretches[-1].ends_at == shown.ends_at
        assert all(one.ends_at == other.starts_at for one, other in pairwise(line.stretches))


def test_days_begin_at_midnight_also_where_clocks_change():
    shown = fortnight_of(busy(), date(2026, 3, 23))
    assert (shown.starts_at, shown.ends_at) == (local(BERLIN, 2026, 3, 23), local(BERLIN, 2026, 4, 6))
    assert [later - day for day, later in pairwise(shown.days)].count(23 * HOUR) == 1


@pytest.mark.parametrize(
    ("zone", "first", "changes"),
    [
        (BERLIN, date(2026, 3, 23), [(utc(2026, 3, 29, 1), HOUR)]),
        (BERLIN, date(2026, 10, 19), [(utc(2026, 10, 25, 1), -HOUR)]),
        ("Australia/Lord_Howe", date(2026, 3, 30), [(utc(2026, 4, 4, 15), -HOUR / 2)]),
        ("UTC", date(2026, 3, 23), []),
    ],
)
def test_changes_of_the_clocks_are_told(zone, first, changes):
    assert fortnight_of(busy(zone=zone), first).changes == changes


def test_what_began_before_or_goes_on_is_cut_and_says_so():
    shown = fortnight_of(schedule(rotation(ADA, starts_at=utc(2026, 1, 1), days=365), zone="UTC"), date(2026, 3, 2))
    (stretch,) = shown.paged.stretches
    assert (stretch.begun, stretch.goes_on) == (True, True)
    assert (stretch.starts_at, stretch.ends_at) == (utc(2026, 3, 2), utc(2026, 3, 16))


def test_turns_of_one_person_in_a_row_are_paged_as_one():
    shown = fortnight_of(schedule(rotation(ADA, starts_at=utc(2026, 1, 1), days=1), zone="UTC"), date(2026, 3, 2))
    assert len(shown.paged.stretches) == 1
    assert len(shown.rotations[0].stretches) == 15


def test_without_rotations_there_is_a_line_of_the_overrides():
    there = schedule(overrides=(override(ADA, utc(2026, 3, 3), utc(2026, 3, 4)),), zone="UTC")
    shown = fortnight_of(there, date(2026, 3, 2))
    (line,) = shown.rotations
    assert [len(stretch.shifts) for stretch in line.stretches] == [0, 1, 0]


def test_a_zone_nobody_knows_has_nobody():
    (line,) = fortnight_of(
        schedule(rotation(ADA, starts_at=utc(2026, 1, 1)), zone="Nowhere"), date(2026, 3, 2)
    ).rotations
    assert [stretch.shifts for stretch in line.stretches] == [()]


def test_a_line_is_told_up_to_a_bound():
    windows = tuple(
        window("1234567", f"{hour:02}:{minute:02}", f"{hour:02}:{minute + 10:02}")
        for hour in range(24)
        for minute in (0, 30)
    )
    shown = fortnight_of(schedule(rotation(ADA, starts_at=utc(2026, 1, 1), restrictions=windows)), date(2026, 3, 2))
    assert shown.paged.is_cut
    assert len(shown.paged.stretches) == MOST_STRETCHES


def test_a_week_begins_on_monday_where_the_schedule_is():
    at = utc(2026, 3, 1, 23, 30)  # Sunday in London, Monday in Berlin
    assert week_of(at, "Europe/London") == date(2026, 2, 23)
    assert week_of(at, BERLIN) == date(2026, 3, 2)
