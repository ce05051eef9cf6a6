"""What holds for every schedule, in every zone, at every instant: found by walking, and by asking twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from escalation.domain.rotation import serving
from escalation.domain.schedule import current_shifts, lines, next_change, on_call, owner, paged, shifts
from escalation.domain.span import BEGINNING, FOREVER
from tests.escalation.domain import strategies as some
from tests.escalation.domain.schedules import DAY, HOUR
from tests.escalation.domain.walker import Held, walk
from tests.incidents.domain.examples import modest

TICK = timedelta(microseconds=1)


@modest
@given(some.schedules())
def test_who_is_on_call_is_who_is_found_by_walking(drawn):
    there, around = drawn
    for at, held in walk(there, around - 3 * HOUR, around + 3 * HOUR):
        found = [(shift.user, shift.rotation, shift.override) for shift in current_shifts(there, at)]
        assert found == [(one.user, one.rotation, one.override) for one in held]
        assert [duty.user for duty in on_call(there, at)] == list(dict.fromkeys(one.user for one in held))
        assert owner(there, at) == (held[0].user if held else None)


@modest
@given(some.schedules())
def test_a_duty_ends_exactly_when_it_is_seen_to_end(drawn):
    there, around = drawn
    walked = list(walk(there, around - 3 * HOUR, around + 3 * HOUR))
    for at, held in walked:
        ends = [_seen_to_end(walked, at, one) for one in held]
        assert [_inside(walked, shift.ends_at) for shift in current_shifts(there, at)] == ends


def _seen_to_end(walked: list[tuple[datetime, list[Held]]], since: datetime, duty: Held) -> datetime | None:
    return next((at for at, held in walked if at > since and duty not in held), None)


def _inside(walked: list[tuple[datetime, list[Held]]], at: datetime | None) -> datetime | None:
    return at if at is not None and at <= walked[-1][0] else None


@modest
@given(some.schedules())
def test_nobody_changes_before_the_next_change(drawn):
    there, around = drawn
    promised = None
    for (_, before), (at, held) in pairwise(walk(there, around - 3 * HOUR, around + 3 * HOUR)):
        if before != held:
            assert promised is None or promised <= at
        promised = next_change(there, at)
        assert promised is None or promised > at


@modest
@given(some.schedules(), st.lists(st.integers(-20 * 1440, 20 * 1440), max_size=20))
def test_shifts_tell_who_is_on_call_at_any_instant(drawn, minutes):
    there, around = drawn
    start, end = around - 20 * DAY, around + 20 * DAY
    every = list(shifts(there, start, end))

    assert every == sorted(every, key=lambda shift: (shift.starts_at, shift.position))
    edges = [at for shift in every for at in (shift.starts_at, shift.ends_at) if at is not None]
    asked = [around + timedelta(minutes=number) for number in minutes] + edges + [edge - TICK for edge in edges]
    for at in asked:
        if start <= at < end:
            covering = [one for one in every if one.starts_at <= at and (one.ends_at is None or at < one.ends_at)]
            assert tuple(sorted(covering, key=lambda shift: shift.position)) == current_shifts(there, at)


@modest
@given(some.schedules())
def test_every_shift_overlaps_what_was_asked_for(drawn):
    there, around = drawn
    for shift in shifts(there, around, around + DAY):
        assert shift.starts_at < around + DAY
        assert shift.ends_at is None or shift.ends_at > around


@modest
@given(st.data())
def test_a_rotation_answers_for_every_instant_with_spans_that_meet(data):
    """Invariant I18."""
    zone, around = data.draw(some.zones_and_instants())
    rotation, there = data.draw(some.rotations(around)), ZoneInfo(zone)
    span = serving(rotation, there, around - 2 * DAY)
    assert BEGINNING <= span.starts_at <= around - 2 * DAY < span.ends_at
    for _ in range(30):
        if span.ends_at == FOREVER:
            break
        following = serving(rotation, there, span.ends_at)
        assert following.starts_at == span.ends_at < following.ends_at
        assert serving(rotation, there, span.ends_at - TICK) == span
        assert serving(rotation, there, following.ends_at - TICK) == following
        span = following


@modest
@given(some.schedules(), st.datetimes(timezones=st.sampled_from([ZoneInfo("UTC"), ZoneInfo("Pacific/Kiritimati")])))
def test_any_instant_of_the_calendar_has_an_answer(drawn, at):
    there, _ = drawn
    on_call(there, at)
    promised = next_change(there, at)

    assert promised is None or promised > at


@modest
@given(some.schedules())
def test_who_is_paged_is_who_is_found_by_walking(drawn):
    there, around = drawn
    start, end = around - 3 * HOUR, around + 3 * HOUR
    spans = list(paged(there, start, end))
    assert all(one.ends_at == other.starts_at for one, other in pairwise(spans))
    for at, held in walk(there, start, end):
        (shown,) = [span.value for span in spans if span.starts_at <= at < span.ends_at]
        assert [(shift.user, shift.rotation, shift.override) for shift in shown] == [
            (one.user, one.rotation, one.override) for one in held
        ]


@modest
@given(some.schedules())
def test_the_lines_of_rotations_are_those_found_by_walking_where_none_hides_another(drawn):
    there, around = drawn
    start, end = around - 3 * HOUR, around + 3 * HOUR
    drawn_lines = [list(line) for line in lines(there, start, end)]
    assert len(drawn_lines) == max(len(there.rotations), 1)
    for at, held in walk(replace(there, paging_mode="all"), start, end):
        shown = [next(span.value for span in line if span.starts_at <= at < span.ends_at) for line in drawn_lines]
        assert [shift.user for shift in shown if shift is not None] == [one.user for one in held]
