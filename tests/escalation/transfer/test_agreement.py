"""Differences between a document and a timeline are found, and only those."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from escalation.domain.schedule import on_call
from escalation.transfer.agreement import Difference, differences
from escalation.transfer.arrival import Shift, Timeline
from escalation.transfer.document import Override, Rotation, Schedule
from escalation.transfer.worlds import schedule_of, user_id

HOUR = timedelta(hours=1)


def at(day, hour=0):
    """Return an instant of January."""
    return datetime(2026, 1, day, hour, tzinfo=UTC)


BEGIN, END = at(1, 9), at(4, 9)
DAILY = Schedule(
    key="ops",
    name="Ops",
    description=None,
    timezone="UTC",
    paging_mode="all",
    rotations=(
        Rotation(
            name="Daily",
            rotation_type="daily",
            rotation_length_days=1,
            handoff_time=time(9),
            effective_from=at(1, 9),
            effective_until=None,
            participants=("ana", "bob"),
            restrictions=(),
        ),
    ),
    overrides=(Override(user="cyd", starts_at=at(3, 12), ends_at=at(3, 14), rotation=None),),
)
AS_COMPUTED = (
    Shift("ana", at(1, 9), at(2, 9)),
    Shift("bob", at(2, 9), at(3, 9)),
    Shift("ana", at(3, 9), at(3, 12)),
    Shift("cyd", at(3, 12), at(3, 14)),
    Shift("ana", at(3, 14), at(4, 9)),
)


def found(*shifts, start=BEGIN, end=END, schedule=DAILY):
    """Return the differences of a schedule and these shifts."""
    return list(differences(schedule, Timeline(start=start, end=end, shifts=shifts)))


def test_what_agrees_does_not_differ():
    assert found(*AS_COMPUTED) == []
    assert found(*AS_COMPUTED, Shift("bob", at(2, 10), at(2, 11)), Shift("bob", at(2, 12), at(2, 12))) == []


def test_a_handoff_at_another_hour_is_one_difference():
    moved = [Shift("ana", at(1, 9), at(2, 8)), Shift("bob", at(2, 8), at(3, 9)), *AS_COMPUTED[2:]]
    assert found(*moved) == [Difference(at(2, 8), at(2, 9), ("bob",), ("ana",))]


def test_nobody_and_several_differ_too():
    assert found(*AS_COMPUTED[1:]) == [Difference(at(1, 9), at(2, 9), (), ("ana",))]
    assert found(*AS_COMPUTED, Shift("cyd", at(1, 9), at(1, 10))) == [
        Difference(at(1, 9), at(1, 10), ("ana", "cyd"), ("ana",))
    ]


def test_nothing_outside_the_timeline_differs():
    assert found(*AS_COMPUTED, start=at(2), end=at(3)) == []
    assert found(Shift("bob", at(1), at(9)), start=at(2, 10), end=at(2, 12)) == []
    assert found(start=at(2, 10), end=at(2, 12)) == [Difference(at(2, 10), at(2, 12), (), ("bob",))]


def test_a_schedule_of_nobody_differs_where_somebody_serves():
    nobody = replace(DAILY, rotations=(), overrides=())
    assert found(*AS_COMPUTED[:1], schedule=nobody) == [Difference(at(1, 9), at(2, 9), ("ana",), ())]


SHIFTS = st.builds(
    lambda user, start, hours: Shift(user, at(1) + start * HOUR, at(1) + (start + hours) * HOUR),
    st.sampled_from(["ana", "bob", "cyd"]),
    st.integers(0, 70),
    st.integers(0, 30),
)


@given(st.lists(SHIFTS, max_size=6))
def test_every_hour_that_differs_is_found(shifts):
    timeline = Timeline(start=at(1, 6), end=at(4), shifts=tuple(shifts))
    told = list(differences(DAILY, timeline))
    keys = {user_id(key): key for key in ("ana", "bob", "cyd")}
    for number in range((timeline.end - timeline.start) // HOUR):
        now = timeline.start + number * HOUR
        theirs = {shift.user for shift in shifts if shift.starts_at <= now < shift.ends_at}
        ours = {keys[duty.user] for duty in on_call(schedule_of(DAILY), now)}
        here = [(set(each.theirs), set(each.ours)) for each in told if each.starts_at <= now < each.ends_at]
        assert here == ([] if theirs == ours else [(theirs, ours)])
