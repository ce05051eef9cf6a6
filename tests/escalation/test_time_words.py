"""Times in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from escalation.time_words import Outlook, both, counted, either, stretch_in_words, times_in_words

MADRID = "Europe/Madrid"
WEEK = timedelta(days=7)
OPEN = "2026-11-25 09:17"
"""A Wednesday, from which on two weeks are looked at; the clocks stand still meanwhile."""


def at(text, zone=MADRID):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def outlook(start=OPEN, weeks=2, zone=MADRID):
    return Outlook(start=at(start, zone), end=at(start, zone) + weeks * WEEK, zone=zone)


def weekly(*stretches, start=OPEN, weeks=2, zone=MADRID):
    """Return those stretches of the week of ``start`` again and again, cut to the outlook."""
    looked_at = outlook(start, weeks, zone)
    found = []
    for number in range(-1, weeks + 1):
        for since, until in stretches:
            since, until = at(since, zone) + number * WEEK, at(until, zone) + number * WEEK
            since, until = max(since, looked_at.start), min(until, looked_at.end)
            if since < until:
                found.append((since, until))
    return tuple(found)


@pytest.mark.parametrize(
    ("since", "until", "told"),
    [
        ("2026-11-27 18:00", "2026-11-30 08:00", "from Fri 27 Nov 18:00 to Mon 30 Nov 08:00 Europe/Madrid"),
        (OPEN, "2026-11-30 08:00", "until Mon 30 Nov 08:00 Europe/Madrid"),
        ("2026-11-27 18:00", "2026-12-09 09:17", "from Fri 27 Nov 18:00 Europe/Madrid on"),
        (OPEN, "2026-12-09 09:17", "at any time of these days"),
    ],
)
def test_a_stretch_is_told_without_an_end_that_is_not_seen(since, until, told):
    assert stretch_in_words((at(since), at(until)), outlook()) == told


def test_the_year_is_told_where_there_are_two():
    assert outlook("2026-12-23 09:00").shown(at("2027-01-01 10:00")) == "Fri 1 Jan 2027 10:00"


def test_times_that_make_no_week_are_told_by_the_first_and_how_many_follow():
    once = (at("2026-11-27 18:00"), at("2026-11-27 20:00"))
    again = (at("2026-11-28 18:00"), at("2026-11-28 20:00"))

    told = "from Fri 27 Nov 18:00 to Fri 27 Nov 20:00 Europe/Madrid"
    assert times_in_words((once,), outlook()) == told
    assert times_in_words((once, again), outlook()) == f"{told}, and 1 more time before Wed 9 Dec 09:17"


def test_what_begins_with_the_outlook_is_told_to_begin_now():
    assert times_in_words(((at(OPEN), at("2026-11-27 18:00")),), outlook()) == (
        "from now to Fri 27 Nov 18:00 Europe/Madrid"
    )


@pytest.mark.parametrize(
    ("stretches", "told"),
    [
        ([("2026-11-29 00:00", "2026-11-30 00:00")], "on Sundays (Europe/Madrid)"),
        ([("2026-11-28 00:00", "2026-11-30 00:00")], "on Saturdays and Sundays (Europe/Madrid)"),
        ([("2026-11-29 00:00", "2026-12-01 00:00")], "on Mondays and Sundays (Europe/Madrid)"),
        ([("2026-11-25 00:00", "2026-11-26 00:00")], "on Wednesdays (Europe/Madrid)"),
        ([("2026-11-30 00:00", "2026-12-05 00:00")], "on Mondays to Fridays (Europe/Madrid)"),
        ([("2026-11-25 08:00", "2026-11-25 18:00")], "on Wednesdays from 08:00 to 18:00 Europe/Madrid"),
        (
            [(f"2026-11-{day} 18:00", f"2026-11-{day + 1} 08:00") for day in range(23, 29)]
            + [("2026-11-29 18:00", "2026-11-30 08:00")],
            "every day from 18:00 to 08:00 Europe/Madrid",
        ),
        (
            [(f"2026-11-{day} 18:00", f"2026-11-{day + 1} 08:00") for day in range(23, 27)]
            + [("2026-11-27 18:00", "2026-11-30 08:00")],
            "on Mondays to Thursdays from 18:00 to 08:00 and from Fridays 18:00 to Mondays 08:00 Europe/Madrid",
        ),
        (
            [("2026-11-26 12:00", "2026-11-26 13:00"), ("2026-11-28 00:00", "2026-11-29 00:00")],
            "on Saturdays and on Thursdays from 12:00 to 13:00 Europe/Madrid",
        ),
        ([("2026-11-26 09:00", "2026-11-27 09:00")], "from Thursdays 09:00 to Fridays 09:00 Europe/Madrid"),
    ],
)
def test_what_every_week_has_is_told_by_its_days(stretches, told):
    assert times_in_words(weekly(*stretches), outlook()) == told


def test_what_is_always_so_is_no_week():
    assert times_in_words(((at(OPEN), outlook().end),), outlook()) == "at any time of these days"


def test_of_one_week_alone_nothing_is_said_of_every_week():
    sunday = ("2026-11-29 00:00", "2026-11-30 00:00")

    assert times_in_words(weekly(sunday, weeks=1), outlook(weeks=1)) == (
        "from Sun 29 Nov 00:00 to Mon 30 Nov 00:00 Europe/Madrid"
    )


def test_every_second_week_is_not_every_week():
    sunday = ("2026-11-29 00:00", "2026-11-30 00:00")
    first, _, third, _ = weekly(sunday, weeks=4)

    assert times_in_words((first, third), outlook(weeks=4)) == (
        "from Sun 29 Nov 00:00 to Mon 30 Nov 00:00 Europe/Madrid, and 1 more time before Wed 23 Dec 09:17"
    )


def test_a_week_that_too_much_is_to_be_said_of_is_told_by_its_first_time():
    four = [(f"2026-11-{day} {hour}:00", f"2026-11-{day} {hour}:30") for day, hour in ((25, 10), (26, 11), (27, 12))]
    told = times_in_words(weekly(*four, ("2026-11-28 13:00", "2026-11-28 14:00")), outlook())

    assert told.startswith("from Wed 25 Nov 10:00 to Wed 25 Nov 10:30 Europe/Madrid, and 7 more times")


@pytest.mark.parametrize("start", ["2026-03-25 09:17", "2026-10-21 09:17"])
def test_a_week_in_which_the_clocks_change_is_a_week_like_others(start):
    """On Sunday 29 March, and on Sunday 25 October."""
    sunday = at(start).date() + timedelta(days=4)
    night = (f"{sunday - timedelta(days=1)} 20:00", f"{sunday} 08:00")

    assert times_in_words(weekly(night, start=start), outlook(start)) == (
        "on Saturdays from 20:00 to 08:00 Europe/Madrid"
    )


@pytest.mark.parametrize("start", ["2026-11-29 00:00", "2026-11-29 12:00", "2026-11-30 00:00", "2026-11-23 00:00"])
def test_a_week_is_the_same_whenever_one_begins_to_look(start):
    sunday = ("2026-11-29 00:00", "2026-11-30 00:00")
    looked_at = outlook(start)
    times = tuple(each for each in weekly(sunday, start=start) if each[1] > looked_at.start)

    assert times_in_words(times, looked_at) == "on Sundays (Europe/Madrid)"


def test_of_a_week_that_is_not_seen_to_its_end_what_is_seen_counts():
    sunday = ("2026-11-29 00:00", "2026-11-30 00:00")
    looked_at = Outlook(start=at(OPEN), end=at("2026-12-13 12:00"), zone=MADRID)
    seen = weekly(sunday, weeks=3)

    whole = (*seen[:2], (seen[2][0], looked_at.end))
    assert times_in_words(whole, looked_at) == "on Sundays (Europe/Madrid)"
    assert times_in_words(seen[:2], looked_at).endswith("and 1 more time before Sun 13 Dec 12:00")


def test_words_are_listed():
    assert (both(["a"]), both(["a", "b", "c"]), either(["a", "b"])) == ("a", "a, b and c", "a or b")
    assert (counted(1, "time"), counted(2, "time")) == ("1 time", "2 times")
