"""Gaps that are there on purpose, and those that are left."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.domain import coverage
from escalation.domain.coverage import TooManyChanges, cover_plan, cover_schedule, gaps
from escalation.domain.intended import IntendedGap
from escalation.domain.model import Layer, Person, Plan, World
from escalation.domain.roster import reach
from escalation.domain.schedule import on_call
from tests.escalation.domain import strategies as some
from tests.escalation.domain.schedules import ADA, BOB, CYD, DAY, HOUR, local, rotation, schedule, window
from tests.escalation.domain.walker import is_open, readings
from tests.incidents.domain.examples import modest

MADRID = "Europe/Madrid"
FRIDAY = local(MADRID, 2026, 11, 27)
SUNDAY, MONDAY = FRIDAY + 2 * DAY, FRIDAY + 3 * DAY
SUNDAYS = (window("7", "00:00", "00:00"),)
POLICY_SAYS, SCHEDULE_SAYS = UUID(int=900), UUID(int=901)


def _intended(**fields):
    fields = {"id": POLICY_SAYS, "schedule": None, "layer": None, "timezone": MADRID, "windows": (), **fields}
    return IntendedGap(**{"starts_at": None, "ends_at": None, "reason": "On purpose.", **fields})


def _plan(*targets):
    layers = [
        Layer(
            id=UUID(int=position),
            position=position,
            timeout=timedelta(minutes=5),
            schedule=None if isinstance(target, tuple) else target.id,
            users=target if isinstance(target, tuple) else (),
        )
        for position, target in enumerate(targets, 1)
    ]
    return Plan(format=1, policy_version=1, layers=tuple(layers), repeat=0, repage=None)


def _world(*schedules, people=(ADA, BOB)):
    return World(
        schedules={there.id: there for there in schedules},
        people={user: Person(user=user, active=True, rules=()) for user in people},
        fallback=(),
        operator="operator@example.org",
        default_timeout=timedelta(minutes=5),
        tzdata="2026a",
    )


OFFICE = schedule(
    rotation(ADA, starts_at=FRIDAY - 70 * DAY, restrictions=(window("12345", "08:00", "18:00"),)), zone=MADRID
)


def _covered(intended, *targets, start=FRIDAY, end=FRIDAY + 4 * DAY):
    return cover_plan(_plan(*targets or (OFFICE,)), _world(OFFICE), start, end, intended)


def _hours(found):
    """Return gaps as hours since Friday 00:00."""
    return [((gap[0] - FRIDAY) / HOUR, (gap[1] - FRIDAY) / HOUR, *gap[2:]) for gap in found]


def test_what_is_declared_is_told_apart_and_the_rest_stays_a_gap():
    there = _covered([_intended(windows=SUNDAYS)], OFFICE, (BOB,))

    assert _hours(there.gaps) == [(0, 8, 1), (18, 48, 1), (72, 80, 1), (90, 96, 1)]
    assert _hours(there.declared) == [(48, 72, 1, (POLICY_SAYS,))]


def test_a_declaration_of_the_policy_means_its_layers_too():
    there = _covered([_intended()])

    assert there.gaps == ()
    assert {gap.position for gap in there.declared} == {None, 1}


def test_a_declaration_of_a_layer_means_neither_the_policy_nor_another_layer():
    there = _covered([_intended(layer=UUID(int=1))], OFFICE, OFFICE)

    assert {gap.position for gap in there.gaps} == {None, 2}
    assert {gap.position for gap in there.declared} == {1}


def test_a_declaration_of_a_schedule_means_the_layers_that_target_it_but_not_the_policy():
    there = _covered([_intended(id=SCHEDULE_SAYS, schedule=OFFICE.id)], OFFICE, (CYD,))

    assert {gap.position for gap in there.gaps} == {None, 2}
    assert {gap.declared_by for gap in there.declared if gap.position == 1} == {(SCHEDULE_SAYS,)}


def test_each_part_of_a_gap_names_all_who_declare_it():
    whole, sundays = _intended(), _intended(id=SCHEDULE_SAYS, schedule=OFFICE.id, windows=SUNDAYS)
    there = _covered([whole, sundays], start=FRIDAY + DAY, end=FRIDAY + 3 * DAY)

    assert _hours(gap for gap in there.declared if gap.position == 1) == [
        (24, 48, 1, (POLICY_SAYS,)),
        (48, 72, 1, (POLICY_SAYS, SCHEDULE_SAYS)),
    ]


def test_a_declaration_holds_from_its_start_until_before_its_end():
    there = _covered([_intended(starts_at=FRIDAY + 20 * HOUR, ends_at=FRIDAY + 30 * HOUR)], OFFICE, (BOB,))

    assert _hours(there.gaps)[1:3] == [(18, 20, 1), (30, 80, 1)]
    assert _hours(there.declared) == [(20, 30, 1, (POLICY_SAYS,))]


def test_declaring_a_time_in_which_somebody_is_reached_makes_no_gap_of_it():
    assert _covered([_intended()], (BOB,)).declared == ()


def test_a_sunday_is_as_long_as_the_clocks_make_it():
    """On 25 October 2026 clocks in Madrid go back."""
    start = local(MADRID, 2026, 10, 24)
    nobody = schedule(zone=MADRID)
    there = cover_schedule(nobody, _world(nobody), start, start + 4 * DAY, [_intended(windows=SUNDAYS)])

    assert [gap.ends_at - gap.starts_at for gap in there.declared] == [25 * HOUR]


def test_in_a_time_zone_that_is_none_windows_declare_nothing():
    there = _covered([_intended(windows=SUNDAYS, timezone="Europe/Atlantis")])

    assert there.declared == ()


def test_a_schedule_in_a_time_zone_that_is_none_is_one_gap():
    nowhere = replace(OFFICE, timezone="Europe/Atlantis")
    there = cover_schedule(nowhere, _world(nowhere), FRIDAY, MONDAY)

    assert _hours(there.gaps) == [(0, 72, None)]


def test_a_schedule_has_a_gap_where_nobody_on_call_can_be_paged():
    by_turns = schedule(rotation(ADA, CYD, starts_at=FRIDAY, days=1, handoff="00:00"), zone=MADRID)
    there = cover_schedule(by_turns, _world(by_turns), FRIDAY, FRIDAY + 4 * DAY)

    assert _hours(there.gaps) == [(24, 48, None), (72, 96, None)]


def test_what_would_take_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(coverage, "MOST_QUESTIONS", 10)

    with pytest.raises(TooManyChanges):
        _covered([])
    with pytest.raises(TooManyChanges):
        cover_schedule(OFFICE, _world(OFFICE), FRIDAY, FRIDAY + 90 * DAY)


# By brute force


_declarations = st.builds(
    lambda number, layer, zone, windows, start, length: (number, layer, zone, windows, start, length),
    st.integers(0, 10_000),
    st.sampled_from([None, 1, 2]),
    some.zones,
    some.restrictions,
    st.none() | st.integers(-1440, 1440),
    st.none() | st.integers(1, 2000),
)


@modest
@given(some.schedules(), st.lists(_declarations, max_size=3, unique_by=lambda one: one[0]))
def test_walking_minute_by_minute_finds_the_same(drawn, declarations):
    there, around = drawn
    start, end = around - DAY / 2, around + DAY / 2
    intended = [_declared(around, *one) for one in declarations]
    plan, world = _plan(there, (CYD,)), _world(there)
    found = cover_plan(plan, world, start, end, intended)

    told = {(gap.position, gap.starts_at, gap.ends_at): () for gap in found.gaps}
    told |= {(gap.position, gap.starts_at, gap.ends_at): gap.declared_by for gap in found.declared}
    walked = [dict(_windows_open(one, start, end)) for one in intended]
    for number in range(0, 1440, 3):
        at = start + number * timedelta(minutes=1)
        holding = [one for one, is_open_at in zip(intended, walked, strict=True) if _holds(one, is_open_at, at)]
        nobody = not reach(on_call(there, at), world).duties
        expected = {2: _ids(one for one in holding if one.layer in {None, UUID(int=2)})}
        if nobody:
            expected[1] = _ids(one for one in holding if one.layer in {None, UUID(int=1)})
            expected[None] = _ids(one for one in holding if one.layer is None)
        assert {place: by for (place, since, until), by in told.items() if since <= at < until} == expected
    assert [gap[:3] for gap in gaps(plan, world, start, end)] == _joined(found)


def _declared(around, number, layer, zone, windows, start, length):
    starts_at = None if start is None else around + timedelta(minutes=start)
    ends_at = None if length is None else (starts_at or around) + timedelta(minutes=length)
    return _intended(
        id=UUID(int=number),
        layer=None if layer is None else UUID(int=layer),
        timezone=zone,
        windows=windows,
        starts_at=starts_at,
        ends_at=ends_at,
    )


def _windows_open(one, start, end):
    for at, highest in readings(one.timezone, start, end):
        yield at, any(is_open(each, highest) for each in one.windows)


def _holds(one, is_open_at, at):
    lives = (one.starts_at is None or one.starts_at <= at) and (one.ends_at is None or at < one.ends_at)
    return lives and (not one.windows or is_open_at[at])


def _ids(holding):
    return tuple(one.id for one in holding)


def _joined(found):
    """Return all gaps, those that touch as one, in the order of ``gaps``."""
    joined = []
    for gap in sorted([*found.gaps, *found.declared], key=lambda gap: (gap.position or 0, gap.starts_at)):
        if joined and joined[-1][1:] == (gap.starts_at, gap.position):
            joined[-1] = (joined[-1][0], gap.ends_at, gap.position)
        else:
            joined.append((gap.starts_at, gap.ends_at, gap.position))
    return sorted(joined, key=lambda gap: (gap[0], gap[2] or 0))
