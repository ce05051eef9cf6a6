"""Who is on call here is who GoAlert says is, minute by minute.

What GoAlert says is written by hand, as its source describes it, and not computed by anything of ours. The bundle is
fetched on Wednesday 25 November 2026, 09:00 in Madrid, which is 08:00 UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime

from tests.escalation.transfer.foreign.goalert.answers import (
    ANA,
    BOB,
    CYD,
    override,
    read_all,
    rotation,
    rule,
    schedule,
    shifts,
    target,
    temporary,
)
from tests.escalation.transfer.foreign.on_call import differing_minutes

WORKDAYS = [False, True, True, True, True, True, False]


def differing(*found, **objects):
    """Return the minutes that differ in the only schedule of a bundle whose shifts are those found."""
    return differing_minutes(read_all(pages=[shifts(*found)], **objects), "search-on-call")


def test_whoever_is_active_serves_until_the_next_handoff():
    assert not differing(
        (BOB, "2026-11-23T08:00:00Z", "2026-11-30T08:00:00Z"),
        (CYD, "2026-11-30T08:00:00Z", "2026-12-07T08:00:00Z"),
        (ANA, "2026-12-07T08:00:00Z", "2026-12-14T08:00:00Z"),
        (BOB, "2026-12-14T08:00:00Z", "2026-12-21T08:00:00Z"),
        rotations=[rotation(ANA, BOB, CYD, active=1)],
        schedules=[schedule(target())],
    )


def test_all_whose_rules_apply_are_on_call_together():
    assert not differing(
        (ANA, "2026-11-25T08:00:00Z", "2026-11-25T19:00:00Z"),
        (BOB, "2026-11-25T19:00:00Z", "2026-11-26T08:00:00Z"),
        (CYD, "2026-11-25T21:00:00Z", "2026-11-26T05:00:00Z"),
        (ANA, "2026-11-26T07:00:00Z", "2026-11-26T08:00:00Z"),
        (BOB, "2026-11-26T08:00:00Z", "2026-11-26T19:00:00Z"),
        (ANA, "2026-11-26T19:00:00Z", "2026-11-26T20:00:00Z"),
        rotations=[
            rotation(ANA, BOB, type="daily"),
            rotation(BOB, ANA, type="daily", id="rot-2", name="Night", start="2026-01-05T19:00:00Z", active=1),
        ],
        schedules=[
            schedule(
                target("rotation", "rot-1", rule("08:00", "20:00", WORKDAYS)),
                target("rotation", "rot-2", rule("20:00", "09:00", WORKDAYS)),
                target("user", "u-3", rule("22:00", "06:00", [False] * 3 + [True] + [False] * 3)),
            )
        ],
    )


def test_replacements_and_a_temporary_schedule():
    assert not differing(
        (ANA, "2026-11-25T08:00:00Z", "2026-11-28T00:00:00Z"),
        (CYD, "2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z"),
        (BOB, "2026-11-29T00:00:00Z", "2026-11-30T00:00:00Z"),
        (CYD, "2026-11-30T00:00:00Z", "2026-11-30T08:00:00Z"),
        (BOB, "2026-11-30T08:00:00Z", "2026-12-02T00:00:00Z"),
        rotations=[rotation(ANA, BOB)],
        schedules=[
            schedule(
                target(),
                temporarySchedules=[
                    temporary(
                        "2026-11-29T00:00:00Z",
                        "2026-11-30T00:00:00Z",
                        (BOB, "2026-11-29T00:00:00Z", "2026-11-30T00:00:00Z"),
                    )
                ],
            )
        ],
        overrides=[override("2026-11-28T00:00:00Z", "2026-12-02T00:00:00Z", add=CYD, remove=ANA)],
    )


def test_timelines_of_several_pages_are_one_and_do_not_reach_back_before_the_fetch():
    arrival = read_all(
        rotations=[rotation(ANA)],
        schedules=[schedule(target())],
        pages=[
            shifts((ANA, "2026-11-01T00:00:00Z", "2027-01-13T08:00:00Z")),
            shifts((ANA, "2027-01-13T08:00:00Z", "2027-03-03T08:00:00Z")),
            (
                "shifts",
                {
                    "schedule": {"id": "sched-2", "shifts": []},
                    "start": "2026-11-25T08:00:00Z",
                    "end": "2026-11-26T08:00:00Z",
                },
            ),
            ("shifts", {"data": {"schedule": None}}, "sched-3"),
        ],
    )
    timeline = arrival.timelines["search-on-call"]
    assert (timeline.start, timeline.end) == (
        datetime(2026, 11, 25, 8, tzinfo=UTC),
        datetime(2027, 3, 3, 8, tzinfo=UTC),
    )
    assert arrival.timelines["goalert:sched-2"].shifts == ()
    assert "goalert:sched-3" not in arrival.timelines
