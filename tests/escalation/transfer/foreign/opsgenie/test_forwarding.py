"""Whoever somebody's notifications are forwarded to stands in for them in schedules."""

from __future__ import annotations

from tests.escalation.transfer.foreign.opsgenie.answers import (
    ANA,
    BOB,
    CYD,
    arrival_of,
    finding,
    page,
    rotation,
    schedule,
    serving,
    told,
    user,
)


def forwarding(start="2026-11-20T08:00:00Z", end="2026-12-09T08:00:00Z", **fields):
    """Return a rule by which what is for Ana goes to Cyd."""
    made = {"id": "f-1", "fromUser": user(ANA), "toUser": user(CYD), "startDate": start, "endDate": end}
    return {**made, **fields}


def read(*rules, of="u-1"):
    """Return what is read beside a schedule of Ana and Bob."""
    schedules = page("schedules", schedule(rotation(user(ANA), user(BOB))))
    return arrival_of(schedules, page("forwarding-rules", *rules), page("forwarding-rules", *rules, of=of))


def test_the_other_serves_wherever_somebody_would_from_now_on():
    arrival = read(forwarding())
    (found,) = arrival.document.schedules
    assert [
        (each.user, f"{each.starts_at:%m-%d %H}", f"{each.ends_at:%m-%d %H}", each.rotation) for each in found.overrides
    ] == [
        ("cyd@example.org", "11-25 08", "11-30 08", "Weekly"),
        ("cyd@example.org", "12-07 08", "12-09 08", "Weekly"),
    ]
    assert [serving(found, 2026, *day) for day in [(11, 26), (12, 1), (12, 8), (12, 10)]] == [
        ["Cyd"],
        ["Bob"],
        ["Cyd"],
        ["Ana"],
    ]


def test_it_is_told_once_at_the_person_with_the_schedules():
    arrival = read(forwarding())
    assert told(arrival) == ["lossy OVERRIDE_UNSUPPORTED ana@example.org"]
    assert finding(arrival, "OVERRIDE_UNSUPPORTED").now == ["Payments_schedule"]


def test_what_is_over_changes_nothing():
    arrival = read(forwarding(end="2026-11-25T08:00:00Z"))
    assert arrival.document.schedules[0].overrides == ()
    assert told(arrival) == []


def test_without_an_end_it_ends_in_a_year():
    (found,) = read(forwarding(end=None)).document.schedules
    assert max(each.ends_at for each in found.overrides).date().isoformat() == "2027-11-26"


def test_an_override_of_the_person_is_handed_on_too():
    mine = {"alias": "o-1", "user": user(ANA), "startDate": "2026-12-01T08:00:00Z", "endDate": "2026-12-03T08:00:00Z"}
    arrival = arrival_of(
        page("schedules", schedule(rotation(user(BOB)))),
        page("overrides", mine, of="sch-1"),
        page("forwarding-rules", forwarding(end="2026-12-02T08:00:00Z")),
    )
    (found,) = arrival.document.schedules
    assert [serving(found, 2026, 12, day, 12) for day in (1, 2)] == [["Cyd"], ["Ana"]]
    assert told(arrival) == ["lossy OVERRIDE_UNSUPPORTED ana@example.org"]


def test_a_rule_in_the_list_of_a_person_may_leave_them_out():
    arrival = read({**forwarding(), "fromUser": None})
    assert [each.user for each in arrival.document.schedules[0].overrides] == ["cyd@example.org"] * 2
    assert told(arrival) == ["lossy OVERRIDE_UNSUPPORTED ana@example.org"]
