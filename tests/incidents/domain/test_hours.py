"""Layers that count during or outside working hours: judged when escalation gets there, skipped, never held."""

from __future__ import annotations

import pytest

from incidents.domain.model import Status
from tests.incidents.domain.worlds import (
    ADA,
    BOB,
    CYD,
    FALLBACK,
    at,
    during,
    names,
    notes,
    office,
    outline,
    outside,
    plan,
    rota,
    standing,
    targets,
    trigger,
    wake,
    world,
)

OFFICE = office(10, 60)
WORLD = world(hours=OFFICE)


@pytest.mark.parametrize(
    ("layer", "minute", "told"),
    [
        (during(OFFICE, names(ADA)), 9, ["layer_skipped", "fire 1 layer 1/2 user_bob", "layer_paged"]),
        (during(OFFICE, names(ADA)), 10, ["fire 1 layer 1/1 user_ada", "layer_paged"]),
        (outside(OFFICE, names(ADA)), 9, ["fire 1 layer 1/1 user_ada", "layer_paged"]),
        (outside(OFFICE, names(ADA)), 10, ["layer_skipped", "fire 1 layer 1/2 user_bob", "layer_paged"]),
    ],
)
def test_a_layer_out_of_its_hours_is_skipped_at_once(layer, minute, told):
    assert outline(trigger(plan(layer, names(BOB)), WORLD, minute=minute)) == told


def test_a_skipped_layer_is_told_with_the_reason():
    ladder = plan(during(OFFICE, names(ADA)), outside(OFFICE, names(BOB)), names(CYD))

    assert notes(trigger(ladder, WORLD), "layer_skipped") == [
        {"layerId": str(ladder.layers[0].id), "position": 1, "reason": "outside_hours"}
    ]
    assert notes(wake(ladder, standing(Status.PAGING, due=10), WORLD, minute=10), "layer_skipped") == [
        {"layerId": str(ladder.layers[1].id), "position": 2, "reason": "during_hours"}
    ]


def test_hours_are_judged_when_escalation_gets_there_and_not_before():
    ladder = plan(names(ADA, minutes=10), during(OFFICE, names(BOB)), names(CYD))

    decision = wake(ladder, trigger(ladder, WORLD).state, WORLD, minute=10)

    assert outline(decision) == ["layer_timed_out", "fire 2 layer 1/2 user_bob", "layer_paged"]


def test_a_layer_keeps_its_time_when_its_hours_end_meanwhile():
    ladder = plan(during(OFFICE, names(ADA, minutes=20)), names(BOB))

    first = trigger(ladder, WORLD, minute=55)

    assert first.state.due_at == at(75)
    assert outline(wake(ladder, first.state, WORLD, minute=60)) == []


def test_the_last_layer_pages_when_every_layer_would_be_skipped():
    ladder = plan(during(OFFICE, names(ADA)), during(OFFICE, names(BOB)))

    decision = trigger(ladder, WORLD)

    assert outline(decision) == ["layer_skipped", "fire 1 layer 1/2 user_bob", "layer_paged"]
    assert notes(decision, "layer_paged")[0]["notSkippedFor"] == "outside_hours"


def test_the_last_layer_is_skipped_when_another_was_paged():
    ladder = plan(names(ADA, minutes=5), during(OFFICE, names(BOB)))

    decision = wake(ladder, trigger(ladder, WORLD).state, WORLD, minute=5)

    assert outline(decision) == [
        "layer_timed_out",
        "layer_skipped",
        "escalation_exhausted",
        f"fire 2 fallback 1/2 {FALLBACK}",
        "fallback_paged",
    ]


def test_a_layer_that_is_paged_again_is_not_judged_again():
    ladder = plan(during(OFFICE, names(ADA)), names(BOB), repage=30)
    acknowledged = standing(Status.ACKNOWLEDGED, due=70)

    decision = wake(ladder, acknowledged, WORLD, minute=70)

    assert outline(decision) == ["fire 2 repage 1/1 user_ada", "incident_repaged"]


def test_a_repeated_pass_judges_every_layer_anew():
    ladder = plan(during(OFFICE, names(ADA, minutes=5)), names(BOB, minutes=5), repeat=1)
    second = standing(Status.PAGING, position=2, due=10, repeats_left=1, paged=(BOB,))

    decision = wake(ladder, second, WORLD, minute=10)

    assert outline(decision) == ["layer_timed_out", "pass_repeated", "fire 2 repeat 2/1 user_ada", "layer_paged"]


def test_an_escalation_that_found_nobody_begins_again_when_the_hours_open():
    night = rota((0, ()), (30, (CYD,)))
    ladder = plan(during(OFFICE, names(ADA)), targets(night))
    there = world(night, hours=OFFICE)

    found_nobody = trigger(ladder, there)
    reopened = wake(ladder, found_nobody.state, there, minute=10)

    assert (found_nobody.state.status, found_nobody.state.roster_at) == (Status.EXHAUSTED, at(10))
    assert outline(reopened) == ["pass_repeated", "fire 2 repeat 2/1 user_ada", "layer_paged"]


def test_hours_that_are_gone_do_not_stand_in_the_way_of_a_page():
    assert outline(trigger(plan(during(OFFICE, names(ADA)), names(BOB)), world())) == [
        "fire 1 layer 1/1 user_ada",
        "layer_paged",
    ]
