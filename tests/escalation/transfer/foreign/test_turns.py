"""Turns become rotations in which everybody serves when they did."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.domain import model
from escalation.domain.local_time import instant_of, local_time
from escalation.domain.rotation import serving
from escalation.transfer.document import Window
from escalation.transfer.foreign.ledger import Blocked, Part
from escalation.transfer.foreign.turns import Turns, begins_at, days_of_turn, rotated, rotations_of, side_by_side

MADRID = ZoneInfo("Europe/Madrid")
NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)


def madrid(month, day, hour=9, minute=0, year=2026):
    """Return an instant by the clocks of Madrid."""
    return instant_of(datetime(year, month, day, hour, minute, tzinfo=MADRID))


def turns(**fields):
    """Return weekly turns of three people from a Monday in January on."""
    made = {
        "name": "Weekly",
        "anchor": madrid(1, 5),
        "length_days": 7,
        "participants": ("ana", "bob", "cyd"),
        "starts_at": madrid(1, 5),
        "ends_at": None,
        "path": "there",
    }
    return Turns(**{**made, **fields})


@pytest.fixture
def part():
    """Return what is being read."""
    return Part(subject=None, name="Ops", path="here")


def made(part, now=NOW, **fields):
    """Return the rotations, in short."""
    found = rotations_of(part, turns(**fields), MADRID, now)
    return [(each.effective_from, each.effective_until, each.participants) for each in found]


def codes(part):
    """Return the severities and codes of what was found."""
    return [f"{each.severity} {each.code}" for each in part.findings]


def test_turns_begin_as_they_did(part):
    (rotation,) = rotations_of(part, turns(), MADRID, NOW)
    assert (rotation.rotation_type, rotation.rotation_length_days, rotation.handoff_time) == ("weekly", 7, time(9))
    assert (rotation.effective_from, rotation.participants) == (madrid(1, 5), ("ana", "bob", "cyd"))
    assert rotations_of(part, turns(length_days=1), MADRID, NOW)[0].rotation_type == "daily"
    assert rotations_of(part, turns(length_days=14), MADRID, NOW)[0].rotation_type == "custom"


def test_an_anchor_before_the_start_is_counted_from(part):
    assert made(part, starts_at=madrid(1, 19)) == [(madrid(1, 19), None, ("cyd", "ana", "bob"))]


def test_an_anchor_after_the_start_is_counted_from(part):
    assert made(part, starts_at=madrid(12, 29, year=2025)) == [(madrid(12, 29, year=2025), None, ("cyd", "ana", "bob"))]


def test_a_start_within_a_turn_that_has_passed_is_the_begin_of_that_turn(part):
    assert made(part, starts_at=madrid(1, 21, 15)) == [(madrid(1, 19), None, ("cyd", "ana", "bob"))]


def test_a_start_within_a_turn_that_is_to_come_is_a_rotation_of_its_own(part):
    before = madrid(1, 10)
    assert made(part, now=before, starts_at=madrid(1, 21, 15)) == [
        (madrid(1, 21, 15), madrid(1, 26), ("cyd",)),
        (madrid(1, 26), None, ("ana", "bob", "cyd")),
    ]
    assert made(part, now=before, starts_at=madrid(1, 21), ends_at=madrid(1, 24)) == [
        (madrid(1, 21), madrid(1, 24), ("cyd",))
    ]


def test_a_single_person_serves_from_the_start(part):
    assert made(part, participants=("ana", "ana"), starts_at=madrid(1, 21, 15), now=madrid(1, 10)) == [
        (madrid(1, 21, 15), None, ("ana", "ana"))
    ]


def test_what_has_ended_and_what_has_nobody_is_left_out_with_a_note(part):
    assert made(part, ends_at=NOW) == []
    assert made(part, participants=()) == []
    assert codes(part) == ["note LAYER_ENDED_SKIPPED", "note EMPTY_SLOT_UNSUPPORTED"]


def test_seconds_of_a_handoff_are_dropped(part):
    (rotation,) = rotations_of(part, turns(anchor=madrid(1, 5) + timedelta(seconds=37)), MADRID, NOW)
    assert rotation.handoff_time == time(9)


@pytest.mark.parametrize(
    "fields",
    [{"participants": ("ana", "bob") * 101}, {"restrictions": (Window(days=(1,), start=time(0), end=time(1)),) * 51}],
)
def test_too_much_of_a_rotation_is_blocked(part, fields):
    with pytest.raises(Blocked):
        made(part, **fields)
    assert codes(part) == ["blocked ROTATION_UNSUPPORTED"]


@pytest.mark.parametrize(("hours", "days"), [(24, 1), (168, 7), (336, 14)])
def test_turns_of_whole_days_last_so_many(part, hours, days):
    assert days_of_turn(part, turns(), timedelta(hours=hours), MADRID) == days


def test_turns_shorter_than_a_day_are_blocked_with_an_offer(part):
    with pytest.raises(Blocked):
        days_of_turn(part, turns(), timedelta(hours=12), MADRID)
    (finding,) = part.findings
    assert (finding.severity, finding.code, finding.was) == ("blocked", "ROTATION_SUBDAY", 12)
    assert "Make 2 of it there" in finding.message
    assert finding.now == [
        {"start": "09:00", "end": "21:00", "participants": ["ana", "cyd", "bob"]},
        {"start": "21:00", "end": "09:00", "participants": ["bob", "ana", "cyd"]},
    ]


@pytest.mark.parametrize("hours", [5, 36, 0, 30])
def test_turns_that_do_not_divide_the_day_are_blocked_without_an_offer(part, hours):
    with pytest.raises(Blocked):
        days_of_turn(part, turns(), timedelta(hours=hours), MADRID)
    assert part.findings[0].now == []


def test_turns_longer_than_ten_years_are_blocked(part):
    with pytest.raises(Blocked):
        days_of_turn(part, turns(), timedelta(days=3651), MADRID)
    assert codes(part) == ["blocked ROTATION_UNSUPPORTED"]


@pytest.mark.parametrize("length", [timedelta(hours=8), timedelta(days=4000), timedelta(0)])
def test_how_long_the_turns_of_a_single_person_last_does_not_matter(part, length):
    assert days_of_turn(part, turns(participants=("ana", "ana")), length, MADRID) == 1


def test_a_handoff_that_the_clocks_show_twice_is_the_first():
    # On 25 October 2026 Madrid's clocks go from 02:59 back to 02:00: 02:15 comes a second time after 02:30.
    daily = turns(anchor=madrid(1, 5, 2, 30), length_days=1)
    handoff = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert begins_at(daily, MADRID, handoff - timedelta(minutes=1))[0] == 292
    assert begins_at(daily, MADRID, handoff) == (293, handoff)
    assert begins_at(daily, MADRID, handoff + timedelta(minutes=45)) == (293, handoff)


def test_a_circle_is_turned_either_way():
    assert rotated("abc", 1) == ("b", "c", "a")
    assert rotated("abc", -1) == ("c", "a", "b")
    assert rotated("abc", 5) == ("c", "a", "b")


def by_hand(length_days, start, end):
    """Return turns from the anchor on by the calendar: whose, from when until when."""
    first = local_time(madrid(1, 5), MADRID)
    begins = [first + number * timedelta(days=length_days) for number in range(-200 // length_days, 800 // length_days)]
    numbers = range(-200 // length_days, 800 // length_days)
    for number, (one, two) in zip(numbers, pairwise(begins), strict=False):
        yield ("ana", "bob", "cyd")[number % 3], max(instant_of(one), start), min(instant_of(two), end)


@given(st.integers(1, 30), st.integers(-100, 500), st.integers(0, 24 * 60), st.booleans())
def test_everybody_serves_when_they_did(length_days, days, minutes, has_passed):
    starts_at = madrid(1, 5) + timedelta(days=days, minutes=minutes)
    now = starts_at + timedelta(days=40) if has_passed else starts_at - timedelta(days=1)
    part = Part(subject=None, name="Ops", path="here")
    found = rotations_of(part, turns(length_days=length_days, starts_at=starts_at), MADRID, now)
    since = max(starts_at, now)
    for user, begins, ends in by_hand(length_days, since, since + timedelta(days=120)):
        if begins < ends:
            assert who(found, begins) == who(found, ends - timedelta(seconds=1)) == [user]


def who(rotations, at):
    """Return who serves in the rotations at an instant."""
    served = [serving(as_domain(each), MADRID, at).value for each in rotations]
    return [user for user in served if user is not None]


def as_domain(rotation):
    """Return the rotation as the core has it."""
    return model.Rotation(
        id=UUID(int=0),
        position=0,
        handoff=rotation.handoff_time,
        length_days=rotation.rotation_length_days,
        starts_at=rotation.effective_from,
        ends_at=rotation.effective_until,
        participants=rotation.participants,
    )


def test_turns_of_several_people_are_rotations_side_by_side():
    assert side_by_side([("ana",), ("bob", "cyd"), ("dan", "eve", "fay")]) == (
        ("ana", "bob", "dan"),
        ("ana", "cyd", "eve"),
        ("ana", "bob", "fay"),
    )
    assert side_by_side([]) == ((),)
