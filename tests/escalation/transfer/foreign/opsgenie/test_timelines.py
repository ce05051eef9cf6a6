"""The timeline that Opsgenie computes is what our schedule says, at every minute across a change of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.escalation.transfer.foreign.on_call import differing_minutes
from tests.escalation.transfer.foreign.opsgenie.answers import (
    ANA,
    BOB,
    CYD,
    PAYMENTS,
    arrival_of,
    page,
    rotation,
    schedule,
    told,
    user,
)

NIGHTS = {"type": "time-of-day", "restriction": {"startHour": 22, "startMin": 0, "endHour": 6, "endMin": 0}}


def period(person, start, end, kind="default"):
    """Return a period of a timeline in March and April 2027, each edge a month, a day and an hour."""
    edges = (f"2027-{month:02}-{day:02}T{hour:02}:00:00Z" for month, day, hour in (start, end))
    recipient = {"id": person["id"], "type": "user", "name": person["username"]}
    return {**dict(zip(("startDate", "endDate"), edges, strict=True)), "type": kind, "recipient": recipient}


def timeline(*rotations, **fields):
    """Return a page with a timeline of two weeks, around the night in which the clocks of Madrid go forward."""
    final = {"rotations": [{"id": f"rot-{number}", "periods": list(each)} for number, each in enumerate(rotations, 1)]}
    span = {"startDate": "2027-03-22T08:00:00Z", "endDate": "2027-04-05T07:00:00Z"}
    return ("timeline", {"data": {**span, "finalTimeline": final, **fields}}, "sch-1")


def test_weekly_turns_nights_and_an_override_are_the_same_minute_for_minute():
    replaced = {"alias": "o", "user": user(ANA), "startDate": "2027-03-27T12:00:00Z", "endDate": "2027-03-28T12:00:00Z"}
    arrival = arrival_of(
        page(
            "schedules",
            schedule(
                rotation(user(ANA), user(BOB)),
                rotation(
                    user(CYD), user(BOB), id="rot-2", name="Nights", type="daily", length=7, timeRestriction=NIGHTS
                ),
            ),
        ),
        page("overrides", {**replaced, "rotations": [{"id": "rot-2"}]}, of="sch-1"),
        timeline(
            [period(BOB, (3, 22, 8), (3, 29, 7)), period(ANA, (3, 29, 7), (4, 5, 7))],
            [
                *(period(BOB, (3, day, 21), (3, day + 1, 5)) for day in range(22, 27)),
                period(ANA, (3, 27, 12), (3, 28, 12), "override"),
                period(BOB, (3, 28, 20), (3, 29, 4)),
                period(CYD, (3, 29, 20), (3, 30, 4)),
                period(CYD, (3, 30, 20), (3, 31, 4)),
                period(CYD, (3, 31, 20), (4, 1, 4)),
                *(period(CYD, (4, day, 20), (4, day + 1, 4)) for day in range(1, 5)),
            ],
        ),
    )
    (found,) = arrival.document.schedules
    read = arrival.timelines[found.key]
    assert (read.start, read.end) == (datetime(2027, 3, 22, 8, tzinfo=UTC), datetime(2027, 4, 5, 7, tzinfo=UTC))
    assert differing_minutes(arrival, found.key) == []


def test_a_timeline_that_says_something_else_differs():
    arrival = arrival_of(
        page("schedules", schedule(rotation(user(ANA), user(BOB)))),
        timeline([period(BOB, (3, 22, 8), (3, 29, 8)), period(ANA, (3, 29, 8), (4, 5, 7))]),
    )
    (found,) = arrival.document.schedules
    differing = differing_minutes(arrival, found.key)
    assert differing[0] == (datetime(2027, 3, 29, 7, tzinfo=UTC), {"bob@example.org"}, {"ana@example.org"})
    assert len(differing) == 60


def test_a_timeline_does_not_begin_before_the_bundle_was_fetched():
    arrival = arrival_of(page("schedules", schedule(rotation(user(ANA)))), timeline(startDate="2026-11-01T00:00:00Z"))
    (read,) = arrival.timelines.values()
    assert read.start == datetime(2026, 11, 25, 8, tzinfo=UTC)


def test_a_team_is_whoever_is_in_it_and_nobody_is_nobody():
    team = {**period(ANA, (3, 22, 8), (3, 29, 7)), "recipient": {"type": "team", **PAYMENTS}}
    team["flattenedRecipients"] = [{"type": "user", "id": "u-2"}, {"type": "user", "name": "CYD@example.org"}]
    nobody = {**period(ANA, (3, 29, 7), (4, 5, 7)), "recipient": {"type": "none"}}
    arrival = arrival_of(page("schedules", schedule(rotation(user(ANA)))), timeline([team, nobody]))
    (read,) = arrival.timelines.values()
    assert [shift.user for shift in read.shifts] == ["bob@example.org", "cyd@example.org"]


def test_who_is_not_in_the_bundle_is_nobody_we_know():
    stranger = {"id": "u-9", "username": "eve@example.org"}
    arrival = arrival_of(
        page("schedules", schedule(rotation(user(ANA)))), timeline([period(stranger, (3, 22, 8), (3, 29, 7))])
    )
    (read,) = arrival.timelines.values()
    assert [shift.user for shift in read.shifts] == ["opsgenie:u-9"]
    assert told(arrival) == []
