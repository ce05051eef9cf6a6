"""Sets of instants, compared with sets of minutes."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from escalation.domain.span import Span
from escalation.domain.times import between, common, holding, joined, minus, plus
from tests.escalation.domain.schedules import utc
from tests.incidents.domain.examples import modest

START = utc(2026, 5, 4)
LAST = 30


def _at(minute):
    return START + timedelta(minutes=minute)


def _of(minutes):
    """Return those minutes as a set of instants."""
    return joined((_at(minute), _at(minute + 1)) for minute in sorted(minutes))


some_minutes = st.frozensets(st.integers(0, LAST - 1))


@modest
@given(some_minutes, some_minutes)
def test_sets_of_instants_are_what_sets_of_minutes_are(one, other):
    assert common(_of(one), _of(other)) == _of(one & other)
    assert minus(_of(one), _of(other)) == _of(one - other)
    assert plus(_of(one), _of(other)) == _of(one | other)


@modest
@given(st.lists(st.tuples(st.integers(0, LAST), st.integers(0, LAST)).filter(lambda each: each[0] <= each[1])))
def test_stretches_that_overlap_or_touch_are_joined_and_empty_ones_are_none(stretches):
    minutes = {minute for since, until in stretches for minute in range(since, until)}

    assert joined((_at(since), _at(until)) for since, until in sorted(stretches)) == _of(minutes)


def test_of_a_walk_the_time_in_which_it_is_so_counts_cut_to_what_was_walked():
    spans = [Span(True, _at(-5), _at(2)), Span(False, _at(2), _at(4)), Span(True, _at(4), _at(9))]

    assert holding(spans, _at(0), _at(6)) == _of({0, 1, 4, 5})


def test_no_time_is_never():
    assert between(_at(3), _at(3)) == ()
