"""Who is on call: contract 5.1, rule by rule."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from escalation.domain.model import Duty, Shift
from escalation.domain.schedule import current_shifts, next_change, on_call, owner, shifts
from tests.escalation.domain.schedules import (
    ADA,
    BOB,
    CYD,
    DAY,
    DEE,
    HOUR,
    called,
    override,
    rotation,
    schedule,
    utc,
    window,
)

MONDAY = utc(2026, 5, 4, 7)  # 09:00 in Berlin
TUESDAY, WEDNESDAY = MONDAY + DAY, MONDAY + 2 * DAY
NEXT_MONDAY = MONDAY + 7 * DAY
TICK = timedelta(microseconds=1)

FIRST = rotation(ADA, BOB, starts_at=MONDAY)
SECOND = rotation(CYD, DEE, starts_at=MONDAY, position=1)
BOTH = schedule(FIRST, SECOND)


# Rule 1: active from the beginning until before the end


def test_nobody_serves_before_the_rotation_begins_or_once_it_has_ended():
    there = schedule(rotation(ADA, starts_at=MONDAY, ends_at=TUESDAY))

    assert [called(there, at) for at in (MONDAY - TICK, MONDAY, TUESDAY - TICK, TUESDAY)] == [[], [ADA], [ADA], []]


def test_a_turn_cut_by_the_end_tells_so():
    there = schedule(rotation(ADA, starts_at=MONDAY, ends_at=TUESDAY))

    assert on_call(there, MONDAY)[0].until == TUESDAY
    assert [next_change(there, at) for at in (MONDAY - DAY, MONDAY, TUESDAY)] == [MONDAY, TUESDAY, None]


def test_a_rotation_that_ends_before_it_begins_never_has_anybody():
    there = schedule(rotation(ADA, starts_at=TUESDAY, ends_at=MONDAY))

    assert [called(there, at) for at in (MONDAY, TUESDAY, WEDNESDAY)] == [[], [], []]
    assert next_change(there, MONDAY - DAY) is None


# Rule 2: in a circle


def test_participants_take_turns_in_a_circle():
    there = schedule(rotation(ADA, BOB, CYD, starts_at=MONDAY))

    assert [called(there, MONDAY + week * 7 * DAY) for week in range(4)] == [[ADA], [BOB], [CYD], [ADA]]


def test_a_turn_begins_exactly_when_the_one_before_ends():
    assert called(schedule(FIRST), NEXT_MONDAY - TICK) == [ADA]
    assert called(schedule(FIRST), NEXT_MONDAY) == [BOB]


def test_somebody_alone_hands_over_to_themselves():
    there = schedule(rotation(ADA, starts_at=MONDAY))

    assert on_call(there, TUESDAY) == (Duty(user=ADA, source="rotation", source_id=UUID(int=10), until=NEXT_MONDAY),)
    assert next_change(there, TUESDAY) == NEXT_MONDAY


# Rule 3: by the clock on the wall


def test_a_week_lasts_an_hour_less_when_clocks_go_forward_and_more_when_they_go_back():
    there = schedule(rotation(ADA, starts_at=utc(2026, 3, 2, 8)))
    weeks = {(shift.ends_at - shift.starts_at) / HOUR: shift for shift in shifts(there, MONDAY, utc(2026, 12, 1))}
    weeks |= {(shift.ends_at - shift.starts_at) / HOUR: shift for shift in shifts(there, utc(2026, 3, 2, 8), MONDAY)}

    assert set(weeks) == {167, 168, 169}
    assert (weeks[167].starts_at, weeks[167].ends_at) == (utc(2026, 3, 23, 8), utc(2026, 3, 30, 7))
    assert (weeks[169].starts_at, weeks[169].ends_at) == (utc(2026, 10, 19, 7), utc(2026, 10, 26, 8))


# Rule 4: the first turn


@pytest.mark.parametrize(
    ("starts_at", "first_end"),
    [
        (utc(2026, 5, 4, 4), utc(2026, 5, 11, 7)),  # before the handoff: longer than a week
        (utc(2026, 5, 4, 10), utc(2026, 5, 11, 7)),  # after it: shorter
        (utc(2026, 5, 4, 21, 59), utc(2026, 5, 11, 7)),  # one minute to midnight in Berlin
        (utc(2026, 5, 4, 22), utc(2026, 5, 12, 7)),  # Tuesday there already
    ],
)
def test_the_first_turn_lasts_until_the_handoff_of_the_local_date_a_turn_later(starts_at, first_end):
    there = schedule(rotation(ADA, BOB, starts_at=starts_at))

    assert current_shifts(there, starts_at)[0].ends_at == first_end
    assert called(there, first_end) == [BOB]


# Rules 5 and 6: the owner, and who is paged


def test_everybody_who_serves_is_on_call_in_order_of_position():
    assert on_call(BOTH, TUESDAY) == (
        Duty(user=ADA, source="rotation", source_id=UUID(int=10), until=NEXT_MONDAY),
        Duty(user=CYD, source="rotation", source_id=UUID(int=11), until=NEXT_MONDAY),
    )
    assert owner(BOTH, TUESDAY) == ADA


def test_somebody_who_serves_twice_is_on_call_once_for_the_first_position():
    there = schedule(FIRST, rotation(ADA, starts_at=MONDAY, position=1))

    assert [duty.source_id for duty in on_call(there, TUESDAY)] == [UUID(int=10)]
    assert [shift.rotation for shift in current_shifts(there, TUESDAY)] == [UUID(int=10), UUID(int=11)]


def test_the_owner_is_the_first_whose_rotation_has_somebody():
    there = schedule(rotation(ADA, starts_at=TUESDAY), SECOND)

    assert [owner(there, at) for at in (MONDAY - TICK, MONDAY, TUESDAY)] == [None, CYD, ADA]


def test_a_schedule_without_rotations_has_nobody_and_never_will():
    assert (on_call(schedule(), MONDAY), next_change(schedule(), MONDAY)) == ((), None)


# Rule 7: overrides


def test_an_override_displaces_the_first_rotation_only_for_its_time():
    there = schedule(FIRST, SECOND, overrides=(override(DEE, TUESDAY, WEDNESDAY),))

    assert [called(there, at) for at in (TUESDAY - TICK, TUESDAY, WEDNESDAY - TICK, WEDNESDAY)] == [
        [ADA, CYD],
        [DEE, CYD],
        [DEE, CYD],
        [ADA, CYD],
    ]
    assert owner(there, TUESDAY) == DEE
    assert on_call(there, TUESDAY)[0] == Duty(user=DEE, source="override", source_id=UUID(int=100), until=WEDNESDAY)


def test_an_override_ends_the_duty_it_displaces_and_gives_the_rest_back():
    there = schedule(FIRST, overrides=(override(DEE, TUESDAY, WEDNESDAY),))

    assert on_call(there, MONDAY)[0].until == TUESDAY
    assert [(shift.user, shift.starts_at, shift.ends_at) for shift in shifts(there, MONDAY, NEXT_MONDAY)] == [
        (ADA, MONDAY, TUESDAY),
        (DEE, TUESDAY, WEDNESDAY),
        (ADA, WEDNESDAY, NEXT_MONDAY),
    ]


def test_an_override_may_name_another_rotation():
    there = schedule(FIRST, SECOND, overrides=(override(DEE, TUESDAY, WEDNESDAY, rotation=1),))

    assert called(there, TUESDAY) == [ADA, DEE]
    assert owner(there, TUESDAY) == ADA


@pytest.mark.parametrize("named", [0, None])
def test_an_override_serves_where_the_rotation_has_nobody(named):
    closed = rotation(ADA, starts_at=MONDAY, ends_at=WEDNESDAY, restrictions=(window("1", "09:00", "17:00"),))
    extra = (
        override(DEE, MONDAY - DAY, MONDAY, rotation=named),
        override(DEE, TUESDAY, TUESDAY + HOUR, rotation=named, number=1),
        override(DEE, WEDNESDAY, WEDNESDAY + DAY, rotation=named, number=2),
    )
    there = schedule(closed, overrides=extra)

    assert [called(there, at) for at in (MONDAY - DAY, MONDAY, TUESDAY, TUESDAY + HOUR, WEDNESDAY)] == [
        [DEE],
        [ADA],
        [DEE],
        [],
        [DEE],
    ]


def test_an_override_serves_where_there_are_no_rotations():
    there = schedule(overrides=(override(DEE, TUESDAY, WEDNESDAY),))

    assert [called(there, at) for at in (MONDAY, TUESDAY, WEDNESDAY)] == [[], [DEE], []]
    assert next_change(there, MONDAY) == TUESDAY
    assert current_shifts(there, TUESDAY) == (
        Shift(user=DEE, starts_at=TUESDAY, ends_at=WEDNESDAY, rotation=None, position=0, override=UUID(int=100)),
    )


def test_the_override_that_names_the_first_rotation_wins_over_the_one_that_names_none():
    there = schedule(
        FIRST,
        SECOND,
        overrides=(
            override(DEE, MONDAY, WEDNESDAY + DAY),
            override(BOB, TUESDAY, WEDNESDAY, rotation=0, number=1),
        ),
    )

    assert [called(there, at)[0] for at in (MONDAY, TUESDAY, WEDNESDAY, WEDNESDAY + DAY)] == [DEE, BOB, DEE, ADA]
    assert on_call(there, MONDAY)[0].until == TUESDAY


def test_of_two_overrides_of_a_kind_the_later_begun_serves():
    there = schedule(
        FIRST,
        overrides=(override(DEE, TUESDAY, TUESDAY + 9 * HOUR), override(BOB, TUESDAY + HOUR, WEDNESDAY, number=1)),
    )

    assert [called(there, TUESDAY + hours * HOUR) for hours in (0, 1, 10)] == [[DEE], [BOB], [BOB]]


def test_an_override_of_a_rotation_that_is_elsewhere_displaces_nobody():
    assert called(schedule(FIRST, overrides=(override(DEE, MONDAY, WEDNESDAY, rotation=7),)), TUESDAY) == [ADA]


# Rule 8: restrictions


def test_outside_its_windows_a_rotation_has_nobody_and_its_turns_go_on():
    daily = rotation(ADA, BOB, starts_at=MONDAY, days=1, restrictions=(window("13", "08:00", "18:00"),))
    there = schedule(daily)

    assert [(shift.user, shift.starts_at, shift.ends_at) for shift in shifts(there, MONDAY, WEDNESDAY + DAY)] == [
        (ADA, MONDAY, utc(2026, 5, 4, 16)),
        (BOB, utc(2026, 5, 6, 6), WEDNESDAY),  # Tuesday's turn still
        (ADA, WEDNESDAY, utc(2026, 5, 6, 16)),
    ]


def test_nobody_is_one_long_time_until_the_next_window():
    daily = rotation(ADA, BOB, starts_at=MONDAY, days=1, restrictions=(window("1", "09:00", "10:00"),))

    assert next_change(schedule(daily), MONDAY + HOUR) == NEXT_MONDAY


# Rule 9: paging mode


FIRST_IN_OFFICE = rotation(ADA, BOB, starts_at=MONDAY, restrictions=(window("12345", "09:00", "17:00"),))


def test_with_paging_mode_first_a_rotation_hides_those_after_it_while_it_has_somebody():
    there = schedule(FIRST_IN_OFFICE, SECOND, mode="first")

    assert [called(there, at) for at in (MONDAY, MONDAY + 8 * HOUR, TUESDAY)] == [[ADA], [CYD], [ADA]]
    assert owner(there, MONDAY + 8 * HOUR) == CYD


def test_with_paging_mode_first_shifts_are_cut_where_they_are_hidden():
    there = schedule(FIRST_IN_OFFICE, SECOND, mode="first")

    assert [(shift.user, shift.starts_at, shift.ends_at) for shift in shifts(there, MONDAY, WEDNESDAY)] == [
        (ADA, MONDAY, MONDAY + 8 * HOUR),
        (CYD, MONDAY + 8 * HOUR, TUESDAY),
        (ADA, TUESDAY, TUESDAY + 8 * HOUR),
        (CYD, TUESDAY + 8 * HOUR, WEDNESDAY),
    ]


# Rule 10: patterns


def test_a_person_may_have_several_turns_in_the_circle():
    there = schedule(rotation(ADA, ADA, BOB, starts_at=MONDAY, days=1))

    assert [called(there, MONDAY + day * DAY) for day in range(4)] == [[ADA], [ADA], [BOB], [ADA]]


# What is stored may be broken


@pytest.mark.parametrize(
    "zone", ["", "Europe/Atlantis", "../UTC", "/etc/passwd", "America", "Europe/Berlin\0", "ä" * 300]
)
def test_in_an_unknown_time_zone_only_overrides_serve(zone):
    there = schedule(FIRST, overrides=(override(DEE, TUESDAY, WEDNESDAY),), zone=zone)

    assert [called(there, at) for at in (MONDAY, TUESDAY)] == [[], [DEE]]
    assert next_change(there, MONDAY) == TUESDAY


def test_a_rotation_without_participants_has_nobody():
    assert called(schedule(rotation(starts_at=MONDAY)), MONDAY) == []
