"""Whatever recurs in Grafana OnCall, our rotations have on call who it says, or it is blocked: shift by shift."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.domain.schedule import on_call
from escalation.transfer.worlds import schedule_of, user_id
from tests.escalation.transfer.foreign.grafana.answers import shift, told, with_shifts

MADRID = ZoneInfo("Europe/Madrid")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAY = timedelta(days=1)
FROM, UNTIL = date(2026, 11, 26), date(2027, 4, 30)
KEYS = {"U1": "ana@example.org", "U2": "bob@example.org", "U3": "cyd@example.org"}


@st.composite
def shifts(draw):
    """Return a shift of some people who take turns by days or weeks."""
    frequency = draw(st.sampled_from(("daily", "weekly")))
    start = date(2026, 9, 1) + draw(st.integers(0, 200)) * DAY
    by_day = draw(st.none() | st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True))
    hours = draw(st.sampled_from((8, 12, 24, 48, 168)))
    starts_at = f"{start}T{draw(st.sampled_from(('00', '09', '20')))}:00:00"
    return shift(
        *draw(st.lists(st.sampled_from(("U1", "U2", "U3")), min_size=1, max_size=4)),
        frequency=frequency,
        interval=draw(st.integers(1, 3)),
        by_day=by_day,
        duration=hours * 3600,
        start=starts_at,
        rotation_start=f"{start + draw(st.integers(0, 30)) * DAY}T{starts_at[11:]}",
        week_start=draw(st.sampled_from(DAYS)),
        start_rotation_from_user_index=draw(st.integers(0, 3)),
    )


def turns(made):
    """Yield for each turn whose it is, and the days on which its shifts begin, as the product lays them out."""
    queue = [group[0] for group in made["rolling_users"]]
    first = made["start_rotation_from_user_index"] % len(queue)
    queue = queue[first:] + queue[:first]
    start, interval = datetime.fromisoformat(made["start"]).date(), made["interval"]
    chosen = [DAYS.index(day) for day in made["by_day"] or []]
    week_start = DAYS.index(made["week_start"])
    if chosen and start.weekday() not in chosen:
        first_day = min(chosen, key=lambda day: (day - week_start) % 7)
        start += (first_day - start.weekday()) % 7 * DAY
    for number in count():
        yield queue[number % len(queue)], _days(made["frequency"], interval, chosen, week_start, start, number)


def _days(frequency, interval, chosen, week_start, start, number):
    if frequency == "daily" and not chosen:
        return [start + number * interval * DAY]
    if frequency == "daily":
        days = (start + offset * DAY for offset in count())
        wanted = range(number * interval, (number + 1) * interval)
        found = []
        for place, day in enumerate(day for day in days if day.weekday() in chosen):
            if place in wanted:
                found.append(day)
            if len(found) == interval:
                return found
    week = start - ((start.weekday() - week_start) % 7) * DAY + number * interval * 7 * DAY
    on = chosen or [start.weekday()]
    return [day for day in (week + offset * DAY for offset in range(7)) if day.weekday() in on and day >= start]


def said(made):
    """Return the shifts that are of any interest: whose, from when until when, by the clock on the wall."""
    clock, duration = datetime.fromisoformat(made["start"]).time(), timedelta(seconds=made["duration"])
    begins = datetime.fromisoformat(made["rotation_start"])
    is_by_selected_days = made["frequency"] == "daily" and made["by_day"]
    found = []
    for user, days in turns(made):
        if days and days[0] > UNTIL:
            return found
        starts = [datetime.combine(day, clock) for day in days]
        found += [(user, at, at + duration) for at in starts if is_by_selected_days or at >= begins]
    return found


@settings(max_examples=80, deadline=None)
@given(shifts())
def test_who_is_on_call_is_who_has_a_shift_there(made):
    arrival = with_shifts(made)
    if any(finding.startswith("blocked") for finding in told(arrival)):
        assert told(arrival) == ["blocked ROTATION_UNSUPPORTED Primary"]
        return
    (schedule,) = arrival.document.schedules
    ours, theirs = schedule_of(schedule), said(made)
    at = datetime.combine(FROM, datetime.min.time()).replace(minute=30)
    while at.date() < UNTIL:
        expected = {user_id(KEYS[user]) for user, starts_at, ends_at in theirs if starts_at <= at < ends_at}
        found = {duty.user for duty in on_call(ours, at.replace(tzinfo=MADRID).astimezone(UTC))}
        assert found == expected, at
        at += timedelta(hours=7)


def test_most_of_what_recurs_is_not_blocked():
    examples = [
        shift("U1", "U2", frequency=frequency, by_day=by_day, duration=8 * 3600)
        for frequency, by_day in [("daily", None), ("daily", ["MO", "FR"]), ("weekly", None), ("weekly", ["MO", "FR"])]
    ]
    assert [told(with_shifts(each)) for each in examples] == [[]] * 4
