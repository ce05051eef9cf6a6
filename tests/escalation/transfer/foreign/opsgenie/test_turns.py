"""Whatever turns and restrictions there are in Opsgenie, our rotations have on call who it says."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.escalation.transfer.foreign.opsgenie.answers import (
    ANA,
    BOB,
    CYD,
    arrival_of,
    page,
    rotation,
    schedule,
    serving,
    user,
)

MADRID = ZoneInfo("Europe/Madrid")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY = timedelta(days=1)
WEEK = 7 * DAY
HALF_HOURS = st.integers(0, 47).map(lambda number: divmod(number * 30, 60))

PERIODS = {"daily": DAY, "weekly": WEEK}


@st.composite
def restrictions(draw):
    """Return a restriction of either type, or none."""
    edges = st.tuples(st.sampled_from(WEEKDAYS), HALF_HOURS, st.sampled_from(WEEKDAYS), HALF_HOURS)
    kind = draw(st.sampled_from((None, "time-of-day", "weekday-and-time-of-day")))
    if kind is None:
        return None
    said = [
        {
            "startDay": first,
            "startHour": start[0],
            "startMin": start[1],
            "endDay": last,
            "endHour": end[0],
            "endMin": end[1],
        }
        for first, start, last, end in draw(st.lists(edges, min_size=1, max_size=3))
    ]
    return {"type": kind, "restriction": said[0]} if kind == "time-of-day" else {"type": kind, "restrictions": said}


def is_open(limits, at):
    """Tell whether a restriction lets somebody serve at a local time."""
    if limits is None:
        return True
    monday = datetime.combine(at - at.weekday() * DAY, time())
    if limits["type"] == "time-of-day":
        return _is_within(limits["restriction"], at, monday, DAY)
    return any(_is_within(each, at, monday, WEEK) for each in limits["restrictions"])


def _is_within(each, at, monday, period):
    start, end = (
        WEEKDAYS.index(each[f"{edge}Day"]) * DAY + timedelta(hours=each[f"{edge}Hour"], minutes=each[f"{edge}Min"])
        for edge in ("start", "end")
    )
    lasts = (end - start) % period or period
    return (at - monday - start) % period < lasts


@st.composite
def rotations(draw):
    """Return a rotation of some people."""
    people = draw(st.lists(st.sampled_from((ANA, BOB, CYD)), min_size=1, max_size=4))
    day, hour = draw(st.integers(1, 28)), draw(st.integers(0, 23))
    return rotation(
        *map(user, people),
        type=draw(st.sampled_from(("daily", "weekly"))),
        length=draw(st.integers(1, 9)),
        startDate=f"2026-{draw(st.sampled_from(('02', '10')))}-{day:02}T{hour:02}:30:00Z",
        timeRestriction=draw(restrictions()),
    )


def said(made, at):
    """Return the name of who serves at a local time, by the turn that is taken then; nobody out of the restriction."""
    start = datetime.fromisoformat(made["startDate"]).astimezone(MADRID).replace(tzinfo=None)
    period = PERIODS[made["type"]] * made["length"]
    participants = made["participants"]
    serves = participants[(at - start) // period % len(participants)]["username"].partition("@")[0].capitalize()
    return [serves] if is_open(made["timeRestriction"], at) else []


@settings(max_examples=60, deadline=None)
@given(rotations())
def test_who_is_on_call_is_whose_turn_it_is_there(made):
    (found,) = arrival_of(page("schedules", schedule(made))).document.schedules
    at = datetime(2026, 11, 26, 0, 15, tzinfo=UTC)
    while at < datetime(2027, 4, 30, tzinfo=UTC):
        local = at.astimezone(MADRID).replace(tzinfo=None)
        assert serving(found, *at.timetuple()[:5]) == said(made, local), local
        at += timedelta(hours=7)
