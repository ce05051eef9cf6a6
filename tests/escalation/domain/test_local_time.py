"""From the clock on the wall to the instant, where clocks change in unusual ways."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from escalation.domain.local_time import instant_of, local_time, zone_named
from escalation.domain.span import BEGINNING, FOREVER
from tests.escalation.domain.walker import readings

MINUTE = timedelta(minutes=1)

# Zone, instant of the change (UTC), what the clocks show in the minute before, and what they show then.
CHANGES = [
    ("America/New_York", "2026-03-08 07:00", "2026-03-08 01:59", "2026-03-08 03:00"),
    ("America/New_York", "2026-11-01 06:00", "2026-11-01 01:59", "2026-11-01 01:00"),
    ("Europe/London", "2026-03-29 01:00", "2026-03-29 00:59", "2026-03-29 02:00"),
    ("Europe/London", "2026-10-25 01:00", "2026-10-25 01:59", "2026-10-25 01:00"),
    ("Europe/Berlin", "2026-03-29 01:00", "2026-03-29 01:59", "2026-03-29 03:00"),
    ("Europe/Berlin", "2026-10-25 01:00", "2026-10-25 02:59", "2026-10-25 02:00"),
    ("Europe/Dublin", "2026-03-29 01:00", "2026-03-29 00:59", "2026-03-29 02:00"),  # its winter is the "daylight" time
    ("Europe/Dublin", "2026-10-25 01:00", "2026-10-25 01:59", "2026-10-25 01:00"),
    ("Australia/Lord_Howe", "2026-04-04 15:00", "2026-04-05 01:59", "2026-04-05 01:30"),  # half an hour
    ("Australia/Lord_Howe", "2026-10-03 15:30", "2026-10-04 01:59", "2026-10-04 02:30"),
    ("Pacific/Chatham", "2026-04-04 14:00", "2026-04-05 03:44", "2026-04-05 02:45"),  # 12:45 from UTC
    ("Pacific/Chatham", "2026-09-26 14:00", "2026-09-27 02:44", "2026-09-27 03:45"),
    ("America/St_Johns", "2026-03-08 05:30", "2026-03-08 01:59", "2026-03-08 03:00"),  # 3:30 from UTC
    ("America/Santiago", "2026-09-06 04:00", "2026-09-05 23:59", "2026-09-06 01:00"),  # no midnight
    ("Africa/Cairo", "2026-04-23 22:00", "2026-04-23 23:59", "2026-04-24 01:00"),
    ("Asia/Beirut", "2026-03-28 22:00", "2026-03-28 23:59", "2026-03-29 01:00"),
    ("America/Havana", "2026-03-08 05:00", "2026-03-07 23:59", "2026-03-08 01:00"),
    ("America/Santiago", "2026-04-05 03:00", "2026-04-04 23:59", "2026-04-04 23:00"),  # back over midnight
    ("Africa/Cairo", "2026-10-29 21:00", "2026-10-29 23:59", "2026-10-29 23:00"),
    ("Asia/Beirut", "2026-10-24 21:00", "2026-10-24 23:59", "2026-10-24 23:00"),
    ("America/Havana", "2025-11-02 05:00", "2025-11-02 00:59", "2025-11-02 00:00"),  # back onto midnight
    ("America/Nuuk", "2024-03-31 01:00", "2024-03-30 22:59", "2024-03-31 00:00"),  # the jump changes the date
    ("America/Nuuk", "2023-03-26 01:00", "2023-03-25 21:59", "2023-03-25 23:00"),  # its standard time changed
    ("Antarctica/Troll", "2026-03-29 01:00", "2026-03-29 00:59", "2026-03-29 03:00"),  # two hours
    ("Antarctica/Troll", "2026-10-25 01:00", "2026-10-25 02:59", "2026-10-25 01:00"),
    ("Africa/Casablanca", "2026-02-15 02:00", "2026-02-15 02:59", "2026-02-15 02:00"),  # Ramadan
    ("Africa/Casablanca", "2026-03-22 02:00", "2026-03-22 01:59", "2026-03-22 03:00"),
    ("Africa/El_Aaiun", "2026-02-15 02:00", "2026-02-15 02:59", "2026-02-15 02:00"),
    ("Africa/El_Aaiun", "2026-03-22 02:00", "2026-03-22 01:59", "2026-03-22 03:00"),
    ("Asia/Gaza", "2026-03-28 00:00", "2026-03-28 01:59", "2026-03-28 03:00"),
    ("Asia/Gaza", "2026-10-23 23:00", "2026-10-24 01:59", "2026-10-24 01:00"),
    ("Pacific/Apia", "2011-12-30 10:00", "2011-12-29 23:59", "2011-12-31 00:00"),  # a whole day
    ("Asia/Pyongyang", "2018-05-04 15:00", "2018-05-04 23:29", "2018-05-05 00:00"),
    ("Asia/Almaty", "2024-02-29 18:00", "2024-02-29 23:59", "2024-02-29 23:00"),  # on a leap day
    ("America/Ciudad_Juarez", "2022-11-30 06:00", "2022-11-29 23:59", "2022-11-29 23:00"),  # a new zone
    ("America/St_Johns", "2010-11-07 02:31", "2010-11-07 00:00", "2010-11-06 23:01"),  # one minute past midnight
]


def _wall(text: str) -> datetime:
    return datetime.fromisoformat(text)  # naive on purpose: what a clock shows


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def _shown(at: datetime, zone: str) -> str:
    return f"{local_time(at, ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def _instant(wall: datetime, zone: str) -> datetime:
    return instant_of(wall.replace(tzinfo=ZoneInfo(zone)))


@pytest.mark.parametrize(("zone", "instant", "before", "then"), CHANGES)
def test_the_clocks_change_as_the_time_zone_database_says(zone, instant, before, then):
    assert (_shown(_utc(instant) - MINUTE, zone), _shown(_utc(instant), zone)) == (before, then)


@pytest.mark.parametrize(("zone", "instant", "before", "then"), CHANGES)
def test_a_time_is_the_first_instant_at_which_it_has_come(zone, instant, before, then):
    """Every minute that the clocks show or skip within three hours of the change; Apia skips a day of them."""
    start, end = _utc(instant) - timedelta(hours=3), _utc(instant) + timedelta(hours=3)
    wall = local_time(start, ZoneInfo(zone)).replace(tzinfo=None)
    for at, highest in readings(zone, start, end):
        while wall <= highest:
            assert _instant(wall, zone) == at
            wall += MINUTE


# What those changes are about, in words

GAPS = [
    ("America/New_York", "2026-03-08 02:30", "2026-03-08 07:00"),
    ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03 15:30"),
    ("Pacific/Chatham", "2026-09-27 02:45", "2026-09-26 14:00"),
    ("America/Santiago", "2026-09-06 00:00", "2026-09-06 04:00"),
    ("Africa/Cairo", "2026-04-24 00:00", "2026-04-23 22:00"),
    ("Asia/Beirut", "2026-03-29 00:00", "2026-03-28 22:00"),
    ("America/Havana", "2026-03-08 00:59", "2026-03-08 05:00"),
    ("Antarctica/Troll", "2026-03-29 01:00", "2026-03-29 01:00"),
    ("Antarctica/Troll", "2026-03-29 02:59", "2026-03-29 01:00"),
    ("Pacific/Apia", "2011-12-30 00:00", "2011-12-30 10:00"),
    ("Pacific/Apia", "2011-12-30 12:00", "2011-12-30 10:00"),
    ("Pacific/Apia", "2011-12-30 23:59", "2011-12-30 10:00"),
    ("Asia/Pyongyang", "2018-05-04 23:45", "2018-05-04 15:00"),
]


@pytest.mark.parametrize(("zone", "wall", "instant"), GAPS)
def test_a_time_the_clocks_skip_is_the_end_of_the_gap(zone, wall, instant):
    assert _instant(_wall(wall), zone) == _utc(instant)


def test_the_end_of_a_gap_is_found_to_the_microsecond():
    assert _instant(datetime(2026, 3, 8, 2, 30, 59, 999_999), "America/New_York") == _utc("2026-03-08 07:00")  # noqa: DTZ001


DOUBLED = [
    ("America/New_York", "2026-11-01 01:30", "2026-11-01 05:30"),
    ("Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04 14:45"),
    ("Pacific/Chatham", "2026-04-05 03:00", "2026-04-04 13:15"),
    ("America/Santiago", "2026-04-04 23:30", "2026-04-05 02:30"),
    ("America/Havana", "2025-11-02 00:00", "2025-11-02 04:00"),
    ("America/St_Johns", "2010-11-07 00:00", "2010-11-07 02:30"),
    ("Antarctica/Troll", "2026-10-25 01:00", "2026-10-24 23:00"),
    ("Asia/Almaty", "2024-02-29 23:30", "2024-02-29 17:30"),
]


@pytest.mark.parametrize(("zone", "wall", "instant"), DOUBLED)
def test_a_time_the_clocks_show_twice_is_the_first(zone, wall, instant):
    assert _instant(_wall(wall), zone) == _utc(instant)


ORDINARY = [
    ("America/Vancouver", "2026-11-23 11:00", "2026-11-23 18:00"),  # no fall-back any more
    ("America/Vancouver", "2026-11-01 01:30", "2026-11-01 08:30"),
    ("America/Edmonton", "2026-11-23 12:00", "2026-11-23 18:00"),
    ("America/Sao_Paulo", "2026-11-01 00:30", "2026-11-01 03:30"),  # abolished in 2019
    ("Asia/Tehran", "2026-03-22 00:30", "2026-03-21 21:00"),  # in 2022
    ("America/Asuncion", "2026-10-04 00:30", "2026-10-04 03:30"),  # in 2024
    ("Asia/Kathmandu", "2026-03-29 02:30", "2026-03-28 20:45"),
    ("Europe/Berlin", "2028-02-29 09:00", "2028-02-29 08:00"),
    ("UTC", "2026-03-29 02:30", "2026-03-29 02:30"),
]


@pytest.mark.parametrize(("zone", "wall", "instant"), ORDINARY)
def test_elsewhere_clocks_are_as_the_pinned_time_zone_database_has_them(zone, wall, instant):
    assert _instant(_wall(wall), zone) == _utc(instant)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_beyond_the_calendar_clocks_show_its_first_or_last_instant(zone):
    edges = [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]

    assert [local_time(at, ZoneInfo(zone)) for at in edges] == [BEGINNING, FOREVER]


def test_a_zone_is_found_by_its_name_alone():
    assert zone_named("Europe/Berlin") is ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("name", ["", "Europe/Atlantis", "America", "../UTC", "/etc/localtime", "UTC\0", "\ud800"])
def test_an_unknown_zone_is_none(name):
    assert zone_named(name) is None
