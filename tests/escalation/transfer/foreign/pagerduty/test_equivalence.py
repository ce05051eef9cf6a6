"""Who is on call here is who PagerDuty says is, minute by minute.

What PagerDuty says is written by hand, as its documents describe it, and not computed by anything of ours.
"""

from __future__ import annotations

from tests.escalation.transfer.foreign.on_call import differing_minutes
from tests.escalation.transfer.foreign.pagerduty.answers import (
    ANA,
    BOB,
    CYD,
    DAY,
    daily,
    entry,
    layer,
    override,
    overrides,
    read,
    schedule,
    weekly,
)


def differing(*pages):
    """Return the minutes that differ in the only schedule of a bundle."""
    return differing_minutes(read(*pages), "checkout-primary")


def test_turns_that_are_counted_from_before_the_start():
    # Weekly from Monday 5 January: the turn of 26 October 2026 is number 42 and Ana's, that of 23 November Bob's.
    assert not differing(
        schedule(
            layer(ANA, BOB, CYD, start="2026-11-02T09:00:00+01:00"),
            entries=[
                entry(BOB, "2026-11-25T09:00:00+01:00", "2026-11-30T09:00:00+01:00"),
                entry(CYD, "2026-11-30T09:00:00+01:00", "2026-12-07T09:00:00+01:00"),
                entry(ANA, "2026-12-07T09:00:00+01:00", "2026-12-14T09:00:00+01:00"),
            ],
        )
    )


def test_a_layer_that_begins_within_a_turn_to_come():
    assert not differing(
        schedule(
            layer(
                ANA,
                BOB,
                CYD,
                start="2026-12-02T12:00:00+01:00",
                rotation_virtual_start="2026-11-16T09:00:00+01:00",
            ),
            entries=[
                entry(CYD, "2026-12-02T12:00:00+01:00", "2026-12-07T09:00:00+01:00"),
                entry(ANA, "2026-12-07T09:00:00+01:00", "2026-12-14T09:00:00+01:00"),
                entry(BOB, "2026-12-14T09:00:00+01:00", "2026-12-21T09:00:00+01:00"),
            ],
        )
    )


def test_nights_over_midnight_above_days_with_an_override():
    nights = layer(
        ANA,
        BOB,
        name="Nights",
        rotation_turn_length_seconds=DAY,
        rotation_virtual_start="2026-11-25T12:00:00+01:00",
        restrictions=[daily("20:00:00", 12 * 3600)],
    )
    assert not differing(
        schedule(
            nights,
            layer(CYD, name="Always"),
            entries=[
                entry(CYD, "2026-11-25T09:00:00+01:00", "2026-11-25T20:00:00+01:00"),
                entry(ANA, "2026-11-25T20:00:00+01:00", "2026-11-26T08:00:00+01:00"),
                entry(CYD, "2026-11-26T08:00:00+01:00", "2026-11-26T20:00:00+01:00"),
                entry(BOB, "2026-11-26T20:00:00+01:00", "2026-11-26T23:00:00+01:00"),
                entry(CYD, "2026-11-26T23:00:00+01:00", "2026-11-27T02:00:00+01:00"),
                entry(BOB, "2026-11-27T02:00:00+01:00", "2026-11-27T08:00:00+01:00"),
                entry(CYD, "2026-11-27T08:00:00+01:00", "2026-11-27T20:00:00+01:00"),
            ],
        ),
        overrides(override(CYD, "2026-11-26T23:00:00+01:00", "2026-11-27T02:00:00+01:00")),
    )


def test_three_layers_of_which_the_highest_wins():
    weekend = layer(ANA, name="Weekend", restrictions=[weekly(6, "00:00:00", 2 * DAY)])
    evenings = layer(BOB, name="Evenings", restrictions=[daily("18:00:00", 6 * 3600)])
    assert not differing(
        schedule(
            weekend,
            evenings,
            layer(CYD, name="Always"),
            entries=[
                entry(CYD, "2026-11-27T10:00:00+01:00", "2026-11-27T18:00:00+01:00"),
                entry(BOB, "2026-11-27T18:00:00+01:00", "2026-11-28T00:00:00+01:00"),
                entry(ANA, "2026-11-28T00:00:00+01:00", "2026-11-30T00:00:00+01:00"),
                entry(CYD, "2026-11-30T00:00:00+01:00", "2026-11-30T18:00:00+01:00"),
                entry(BOB, "2026-11-30T18:00:00+01:00", "2026-12-01T00:00:00+01:00"),
            ],
        )
    )


def test_turns_end_within_a_restriction():
    # Weekly hand-off on Mondays at 02:00, in the middle of a night's twelve hours.
    assert not differing(
        schedule(
            layer(
                ANA,
                BOB,
                rotation_virtual_start="2026-11-23T02:00:00+01:00",
                start="2026-11-23T02:00:00+01:00",
                restrictions=[daily("20:00:00", 12 * 3600)],
            ),
            entries=[
                entry(ANA, "2026-11-28T20:00:00+01:00", "2026-11-29T08:00:00+01:00"),
                entry(ANA, "2026-11-29T20:00:00+01:00", "2026-11-30T02:00:00+01:00"),
                entry(BOB, "2026-11-30T02:00:00+01:00", "2026-11-30T08:00:00+01:00"),
                entry(BOB, "2026-11-30T20:00:00+01:00", "2026-12-01T08:00:00+01:00"),
            ],
        )
    )


def test_handoffs_stay_at_their_hour_when_the_clocks_change():
    assert not differing(
        schedule(
            layer(ANA, BOB, rotation_turn_length_seconds=DAY),
            entries=[
                entry(ANA, "2027-03-27T09:00:00+01:00", "2027-03-28T09:00:00+02:00"),
                entry(BOB, "2027-03-28T09:00:00+02:00", "2027-03-29T09:00:00+02:00"),
                entry(ANA, "2027-03-29T09:00:00+02:00", "2027-03-30T09:00:00+02:00"),
            ],
        )
    )


def test_a_difference_is_found():
    found = differing(
        schedule(layer(ANA), entries=[entry(BOB, "2026-11-25T09:00:00+01:00", "2026-11-25T09:05:00+01:00")])
    )
    assert [each[1:] for each in found] == [({"bob@example.org"}, {"ana@example.org"})] * 5
