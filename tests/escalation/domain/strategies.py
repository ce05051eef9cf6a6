"""Schedules as hypothesis draws them: where clocks change, where turns end, where windows cross midnight."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import available_timezones

from hypothesis import strategies as st

from escalation.domain.model import Rotation, Schedule, Window
from tests.escalation.domain.schedules import ADA, BOB, CYD, DEE, override, rotation, schedule, utc
from tests.escalation.domain.walker import transitions

PEOPLE = [ADA, BOB, CYD, DEE]
FIRST_YEAR, END_YEAR = 2010, 2041

_ODD_ZONES = [
    *("America/New_York", "Europe/Berlin", "Europe/Dublin", "Australia/Lord_Howe", "Pacific/Chatham"),
    *("America/St_Johns", "America/Santiago", "Africa/Cairo", "Asia/Beirut", "America/Havana", "America/Nuuk"),
    *("Antarctica/Troll", "Africa/Casablanca", "Asia/Gaza", "Pacific/Apia", "Asia/Pyongyang", "Asia/Almaty"),
]

zones = st.sampled_from(_ODD_ZONES) | st.sampled_from(sorted(available_timezones()))
_special_days = st.sampled_from(
    [
        utc(2028, 2, 29, 12),  # leap day
        utc(2020, 12, 31, 12),  # ISO week 53
        utc(2026, 12, 31, 23),
        utc(2032, 1, 1),
    ]
)
_somewhen = st.integers(0, 31 * 365 * 24 * 60).map(lambda minutes: utc(2010, 1, 1) + timedelta(minutes=minutes))
_clocks = st.sampled_from([time(0), time(0, 30), time(1, 30), time(2), time(2, 15), time(2, 30), time(3), time(23, 30)])
clocks = _clocks | st.times().map(lambda clock: clock.replace(second=0, microsecond=0, fold=0))

windows = st.builds(Window, days=st.frozensets(st.integers(1, 7), min_size=1), start=clocks, end=clocks)
restrictions = st.lists(windows, max_size=4).map(tuple)


@st.composite
def zones_and_instants(draw) -> tuple[str, datetime]:
    """A zone, and an instant on a whole minute, mostly one at which its clocks change."""
    zone = draw(zones)
    changes = transitions(zone, FIRST_YEAR, END_YEAR)
    return zone, draw(st.sampled_from(changes) if changes and draw(st.integers(0, 3)) else _special_days | _somewhen)


@st.composite
def rotations(draw, around: datetime, position: int = 0) -> Rotation:
    """A rotation that began up to a few years before ``around``, or is about to, and may end."""
    starts_at = around + draw(_minutes(-3 * 365 * 24 * 60, 200))
    life = draw(st.none() | _minutes(0, 300) | _minutes(0, 4 * 365 * 24 * 60))
    return rotation(
        *draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=5)),
        starts_at=starts_at,
        position=position,
        handoff=draw(clocks).isoformat(),
        days=draw(st.sampled_from([1, 1, 2, 7, 7, 14, 30, 365])),
        ends_at=None if life is None else starts_at + life,
        restrictions=draw(st.just(()) | restrictions),
    )


@st.composite
def schedules(draw) -> tuple[Schedule, datetime]:
    """A schedule, and an instant about which it is worth asking."""
    zone, around = draw(zones_and_instants())
    places = range(draw(st.integers(0, 3)))
    extra = st.builds(
        lambda user, start, length, place, number: override(
            user, around + start, around + start + length, rotation=place, number=number
        ),
        st.sampled_from(PEOPLE),
        _minutes(-300, 150),
        _minutes(1, 400),
        st.sampled_from([None, *places]),
        st.integers(0, 10_000),
    )
    there = schedule(
        *(draw(rotations(around, position)) for position in places),
        overrides=tuple(draw(st.lists(extra, max_size=4, unique_by=lambda each: each.id))),
        zone=zone,
        mode=draw(st.sampled_from(["all", "first"])),
    )
    return there, around


def _minutes(least: int, most: int):
    return st.integers(least, most).map(lambda minutes: timedelta(minutes=minutes))
