"""When a notice is tried again (import-formats 6.5)."""

from __future__ import annotations

from datetime import timedelta
from itertools import count, takewhile
from uuid import UUID

import pytest

from incidents.domain.retry import PAUSES_OF_NEWS, pause_after, rest_after

KEY = UUID("01980000-0000-7000-8000-000000000001")
TABLE = ["0:00:05", "0:05:00", "0:30:00", "2:00:00", "5:00:00", "10:00:00", "14:00:00", "20:00:00", "1 day, 0:00:00"]


def pauses(key=KEY, *table):
    return list(takewhile(lambda pause: pause is not None, (pause_after(number, key, *table) for number in count(1))))


def test_the_table_is_that_of_the_standard_each_wait_up_to_a_tenth_longer():
    shortest = [min(waits) for waits in zip(*(pauses(UUID(int=number)) for number in range(300)), strict=True)]
    longest = [max(waits) for waits in zip(*(pauses(UUID(int=number)) for number in range(300)), strict=True)]

    assert len(shortest) == len(TABLE)
    for at_least, at_most, told in zip(shortest, longest, TABLE, strict=True):
        wait = timedelta(days=told.startswith("1 day"), **_clock(told))
        assert wait <= at_least <= wait * 1.01
        assert wait * 1.09 <= at_most < wait * 1.1


def _clock(told):
    hours, minutes, seconds = map(int, told.split()[-1].split(":"))
    return {"hours": hours, "minutes": minutes, "seconds": seconds}


def test_the_same_notice_waits_the_same_everywhere():
    assert pauses() == pauses()
    assert pauses() != pauses(UUID(int=2))


def test_news_are_given_up_within_the_hour():
    assert sum(pauses(KEY, PAUSES_OF_NEWS), timedelta()) < timedelta(hours=1)


@pytest.mark.parametrize(("asked", "expected"), [(0, 5), (120, 120), (10**6, 86_400)])
def test_the_other_side_may_ask_for_a_longer_wait_up_to_a_day(asked, expected):
    wait = pause_after(1, KEY, asked=timedelta(seconds=asked))
    assert expected <= wait.total_seconds() <= expected * 1.1


def test_a_failing_endpoint_rests_twice_as_long_each_time_up_to_five_minutes():
    rests = [rest_after(failures).total_seconds() for failures in (1, 2, 3, 4, 5, 6, 7, 8, 1000)]
    assert rests == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    assert rest_after(1, asked=timedelta(hours=1)) == timedelta(hours=1)
