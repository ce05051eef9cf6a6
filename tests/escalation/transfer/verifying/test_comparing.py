"""Who is on call there and here, compared to the instant: the same as found minute by minute."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from escalation.domain.schedule import on_call
from escalation.domain.schedule import shifts as shifts_in
from escalation.transfer import document as said
from escalation.transfer.arrival import Shift, Timeline
from escalation.transfer.verifying.comparing import Differing, clock_change_missed, differing, ours, theirs
from escalation.transfer.worlds import schedule_of, user_id
from tests.escalation.domain import strategies as some
from tests.escalation.transfer.plans import MADRID, at, instead, schedule, turns
from tests.incidents.domain.examples import modest

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def timeline(*served, start="2026-03-25 09:00", end="2026-04-08 09:00"):
    """Return who serves, each a person, from when and until when, by the clocks of Madrid."""
    found = tuple(Shift(user, at(since), at(until)) for user, since, until in served)
    return Timeline(start=at(start), end=at(end), shifts=found)


def compared(there, here):
    """Return the intervals that differ: from, to, theirs and ours."""
    return [
        (each.starts_at, each.ends_at, set(each.theirs), set(each.ours))
        for each in differing(theirs(there), ours(here, there.start, there.end))
    ]


ANA_AND_BOB = schedule(turns("ana", "bob"))  # from Monday 5 January: the week of 23 March is Bob's
WEEKS = [
    ("bob", "2026-03-25 09:00", "2026-03-30 09:00"),
    ("ana", "2026-03-30 09:00", "2026-04-06 09:00"),
    ("bob", "2026-04-06 09:00", "2026-04-08 09:00"),
]


def test_the_same_people_at_the_same_time_are_equal():
    assert compared(timeline(*WEEKS), ANA_AND_BOB) == []


def test_another_hand_off_differs_for_as_long_as_it_is_another():
    there = timeline(
        ("bob", "2026-03-25 09:00", "2026-03-30 10:30"),
        ("ana", "2026-03-30 10:30", "2026-04-06 08:00"),
        ("bob", "2026-04-06 08:00", "2026-04-08 09:00"),
    )

    assert compared(there, ANA_AND_BOB) == [
        (at("2026-03-30 09:00"), at("2026-03-30 10:30"), {"bob"}, {"ana"}),
        (at("2026-04-06 08:00"), at("2026-04-06 09:00"), {"bob"}, {"ana"}),
    ]


def test_a_turn_of_so_many_seconds_differs_from_the_change_of_the_clocks_on_when_they_go_forward():
    """On 29 March; 168 hours from Monday 09:00 on it is 10:00."""
    there = timeline(
        ("bob", "2026-03-25 09:00", "2026-03-30 10:00"),
        ("ana", "2026-03-30 10:00", "2026-04-06 10:00"),
        ("bob", "2026-04-06 10:00", "2026-04-08 09:00"),
    )

    assert compared(there, ANA_AND_BOB) == [
        (at("2026-03-30 09:00"), at("2026-03-30 10:00"), {"bob"}, {"ana"}),
        (at("2026-04-06 09:00"), at("2026-04-06 10:00"), {"ana"}, {"bob"}),
    ]


def test_a_turn_of_so_many_seconds_differs_when_they_go_back():
    """On 25 October; 168 hours from Monday 09:00 on it is 08:00. The week of 19 October is Bob's."""
    there = timeline(
        ("bob", "2026-10-21 09:00", "2026-10-26 08:00"),
        ("ana", "2026-10-26 08:00", "2026-10-28 09:00"),
        start="2026-10-21 09:00",
        end="2026-10-28 09:00",
    )

    assert compared(there, ANA_AND_BOB) == [(at("2026-10-26 08:00"), at("2026-10-26 09:00"), {"ana"}, {"bob"})]


@pytest.mark.parametrize("night", ["2026-03-29", "2026-10-25"])
def test_hand_offs_in_the_night_in_which_clocks_change_are_equal(night):
    """At 02:30, which there is not in the one night, and there is twice in the other."""
    day, edge = at(night), at(f"{night} 02:30")
    shifts = (Shift("ana", day - DAY, edge), Shift("bob", edge, day + DAY))
    here = schedule(turns("ana"), overrides=[instead("bob", f"{night} 02:30", "2026-12-01")])

    assert compared(Timeline(start=day - DAY, end=day + DAY, shifts=shifts), here) == []


def test_people_who_serve_together_are_compared_together_in_any_order():
    both = schedule(turns("ana"), turns("bob", name="More"))
    there = timeline(("bob", "2026-03-25 09:00", "2026-04-08 09:00"), ("ana", "2026-03-25 09:00", "2026-04-01 00:00"))

    assert compared(there, both) == [(at("2026-04-01 00:00"), at("2026-04-08 09:00"), {"bob"}, {"ana", "bob"})]


def test_shifts_of_one_person_that_overlap_are_one():
    there = timeline(
        ("ana", "2026-03-25 09:00", "2026-04-02 00:00"),
        ("ana", "2026-04-01 00:00", "2026-04-03 00:00"),
        ("ana", "2026-04-03 00:00", "2026-04-08 09:00"),
    )

    assert compared(there, schedule(turns("ana"))) == []


def test_with_paging_mode_first_whoever_is_hidden_is_not_on_call():
    there = timeline(("ana", "2026-03-25 09:00", "2026-04-08 09:00"))
    rotations = turns("ana"), turns("bob", name="More")

    assert compared(there, schedule(*rotations, mode="first")) == []
    assert compared(there, schedule(*rotations)) == [(there.start, there.end, {"ana"}, {"ana", "bob"})]


def test_a_person_unknown_here_and_nobody_are_told_as_they_are():
    there = timeline(("pagerduty:PUS9", "2026-03-25 09:00", "2026-03-26 09:00"))

    assert compared(there, schedule(turns("ana"))) == [
        (there.start, at("2026-03-26 09:00"), {"pagerduty:PUS9"}, {"ana"}),
        (at("2026-03-26 09:00"), there.end, set(), {"ana"}),
    ]


def test_shifts_are_cut_to_the_time_that_the_product_was_asked_about():
    there = timeline(("ana", "2026-01-01", "2027-01-01"), ("bob", "2026-01-01", "2026-03-25 09:00"))

    assert compared(there, schedule(turns("ana"))) == []


def test_a_difference_of_seconds_is_a_difference():
    there = timeline(("ana", "2026-03-25 09:00", "2026-04-08 08:59:59"))

    assert compared(there, schedule(turns("ana"))) == [(there.end - timedelta(seconds=1), there.end, set(), {"ana"})]


@pytest.mark.parametrize(
    ("zone", "start", "end", "missed"),
    [
        (MADRID, "2026-03-25 09:00", "2026-04-08 09:00", None),
        (MADRID, "2026-10-21 09:00", "2026-10-28 09:00", None),
        (MADRID, "2026-04-01 09:00", "2026-10-24 09:00", at("2026-10-25 02:00") + HOUR),
        (MADRID, "2026-03-28 09:00", "2026-03-29 03:00", at("2026-03-29 03:00")),
        (MADRID, "2026-03-28 09:00", "2026-03-29 03:01", None),
        ("UTC", "2026-03-25 09:00", "2026-04-08 09:00", None),
        ("Asia/Kolkata", "2026-03-25 09:00", "2026-04-08 09:00", None),
        ("Nowhere/City", "2026-03-25 09:00", "2026-04-08 09:00", None),
    ],
)
def test_it_is_known_whether_the_clocks_change_meanwhile(zone, start, end, missed):
    found = clock_change_missed(zone, at(start), at(end))

    assert (None if found is None else found.at) == missed


# For every schedule


def _as_said(there):
    """Return a schedule of the domain as a document has it; its people are called by their ids."""
    names = {rotation.id: f"R{rotation.position}" for rotation in there.rotations}
    return said.Schedule(
        key="drawn",
        name="Drawn",
        description=None,
        timezone=there.timezone,
        paging_mode=there.paging_mode,
        rotations=tuple(
            said.Rotation(
                name=names[each.id],
                rotation_type="custom",
                rotation_length_days=each.length_days,
                handoff_time=each.handoff,
                effective_from=each.starts_at,
                effective_until=each.ends_at,
                participants=each.participants,
                restrictions=tuple(
                    said.Window(days=tuple(sorted(window.days)), start=window.start, end=window.end)
                    for window in each.restrictions
                ),
            )
            for each in there.rotations
        ),
        overrides=tuple(
            said.Override(
                user=each.user,
                starts_at=each.starts_at,
                ends_at=each.ends_at,
                rotation=names.get(each.rotation),
            )
            for each in sorted(there.overrides, key=lambda each: each.id)
        ),
    )


def _own_timeline(there, start, end):
    ids = {user_id(key): key for key in some.PEOPLE}
    served = shifts_in(schedule_of(there), start, end)
    found = (Shift(ids[each.user], each.starts_at, each.ends_at or end + DAY) for each in served)
    return Timeline(start=start, end=end, shifts=tuple(found))


@modest
@given(some.schedules())
def test_a_timeline_of_our_own_never_differs(drawn):
    there, around = drawn
    here, start, end = _as_said(there), around - 20 * DAY, around + 20 * DAY

    assert compared(_own_timeline(here, start, end), here) == []


@modest
@given(some.schedules(), st.data())
def test_a_timeline_with_one_minute_shifted_always_differs_for_that_minute(drawn, data):
    there, around = drawn
    here, start, end = _as_said(there), around - 20 * DAY, around + 20 * DAY
    crews = [span for span in ours(here, start, end) if span.ends_at - span.starts_at > MINUTE]
    changes = [
        (before, after)
        for before, after in pairwise(crews)
        if before.ends_at == after.starts_at and before.value != after.value and start < after.starts_at < end - MINUTE
    ]
    assume(changes)
    before, after = data.draw(st.sampled_from(changes))
    edge = after.starts_at
    spans = [(span.value, span.starts_at, span.ends_at) for span in ours(here, start, edge)]
    later = [(span.value, max(span.starts_at, edge), span.ends_at) for span in ours(here, edge, end)]
    moved = [(crew, since + MINUTE if since == edge else since, until) for crew, since, until in later]
    stretched = [(crew, since, edge + MINUTE if until == edge else until) for crew, since, until in spans]
    found = tuple(
        Shift(user, since, until) for crew, since, until in [*stretched, *moved] for user in crew if since < until
    )

    assert compared(Timeline(start=start, end=end, shifts=found), here) == [
        (edge, edge + MINUTE, set(before.value), set(after.value))
    ]


@modest
@given(some.schedules(), st.data())
def test_what_differs_is_what_a_walk_from_minute_to_minute_finds(drawn, data):
    there, around = drawn
    here, start, end = _as_said(there), around - 3 * HOUR, around + 3 * HOUR
    minutes = st.integers(-60, 420)
    served = data.draw(st.lists(st.tuples(st.sampled_from(some.PEOPLE), minutes, st.integers(0, 300)), max_size=6))
    shifted = [Shift(user, start + since * MINUTE, start + (since + long) * MINUTE) for user, since, long in served]
    line = Timeline(
        start=start, end=end, shifts=(*shifted, *data.draw(st.just(_own_timeline(here, start, end).shifts)))
    )
    planned, ids = schedule_of(here), {user_id(key): key for key in some.PEOPLE}
    found = list(differing(theirs(line), ours(here, start, end)))

    for number in range((end - start) // MINUTE):
        instant = start + number * MINUTE
        by_them = {shift.user for shift in line.shifts if shift.starts_at <= instant < shift.ends_at}
        by_us = {ids[duty.user] for duty in on_call(planned, instant)}
        told = [each for each in found if each.starts_at <= instant < each.ends_at]
        assert [(set(each.theirs), set(each.ours)) for each in told] == ([(by_them, by_us)] if by_them != by_us else [])
    for one, other in pairwise(found):
        assert one.ends_at < other.starts_at or one[2:] != other[2:]


def test_intervals_are_as_long_as_they_can_be():
    daily = schedule(turns("ana", "bob", days=1))
    there = timeline(("cyd", "2026-03-25 09:00", "2026-03-27 00:00"), ("cyd", "2026-03-27 00:00", "2026-03-27 09:00"))
    found = list(differing(theirs(there), ours(daily, there.start, at("2026-03-27 09:00"))))

    assert found == [
        Differing(there.start, at("2026-03-26 09:00"), frozenset({"cyd"}), frozenset({"bob"})),
        Differing(at("2026-03-26 09:00"), at("2026-03-27 09:00"), frozenset({"cyd"}), frozenset({"ana"})),
    ]
