"""Whoever stands in for somebody serves just when they would, whatever has them serve."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from escalation.transfer.document import Override, Schedule
from escalation.transfer.foreign.standing_in import StandIn, stood_in
from tests.escalation.transfer.documents import PRIMARY


def december(day):
    """Return an instant of December 2026."""
    return datetime(2026, 12, day, tzinfo=UTC)


def override(user, starts, ends, rotation=None):
    """Return an override from day to day."""
    return Override(user=user, starts_at=december(starts), ends_at=december(ends), rotation=rotation)


def overrides(schedule, away, by, starts, ends):
    """Return the overrides of a schedule in which somebody stands in, in short."""
    found = stood_in(schedule, StandIn(away, by, december(starts), december(ends))).overrides
    return [(each.user, each.starts_at.day, each.ends_at.day, each.rotation) for each in found]


WEEKLY = replace(PRIMARY, rotations=PRIMARY.rotations[:1], overrides=())
"""Ana, Bob and Ana again, from Monday to Monday: Bob has the week of 14 December, Ana that before and two after it."""


def test_turns_that_follow_each_other_are_one_override_and_cut_to_the_time():
    assert overrides(WEEKLY, "ana", "cyd", 9, 31) == [("cyd", 9, 14, "weekly"), ("cyd", 21, 31, "weekly")]


def test_somebody_elses_override_stays():
    schedule = replace(WEEKLY, overrides=(override("bob", 10, 11, "weekly"),))
    assert overrides(schedule, "ana", "cyd", 9, 14) == [
        ("bob", 10, 11, "weekly"),
        ("cyd", 9, 10, "weekly"),
        ("cyd", 11, 14, "weekly"),
    ]


def test_an_override_of_who_is_away_is_handed_on():
    schedule = replace(WEEKLY, overrides=(override("bob", 10, 12, "weekly"),))
    assert overrides(schedule, "bob", "cyd", 11, 30) == [
        ("bob", 10, 11, "weekly"),
        ("cyd", 11, 12, "weekly"),
        ("cyd", 14, 21, "weekly"),
    ]


def test_who_never_serves_is_stood_in_for_never():
    assert overrides(WEEKLY, "eve", "cyd", 1, 31) == []


def test_a_schedule_without_rotations_has_overrides_alone():
    schedule = Schedule(
        key="bare", name="Bare", description=None, timezone="UTC", paging_mode="all", rotations=(), overrides=()
    )
    bare = replace(schedule, overrides=(override("ana", 1, 5),))
    assert overrides(bare, "ana", "cyd", 2, 3) == [("ana", 1, 2, None), ("ana", 3, 5, None), ("cyd", 2, 3, None)]
