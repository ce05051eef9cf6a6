"""The ladder, read off the story of a run in which nobody answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from hypothesis import given

from escalation.domain.model import ALL_SEVERITIES, MethodId, Rule
from incidents.domain.ladder import MOST_RUNGS, Ladder, climb, climb_on
from incidents.domain.model import Cause, Fire, Status
from incidents.domain.story import resume, unfold
from tests.incidents.domain.strategies import arbitrary_plans_and_worlds, arbitrary_states, plans_and_worlds
from tests.incidents.domain.worlds import (
    ADA,
    BOB,
    CYD,
    FALLBACK,
    START,
    at,
    during,
    names,
    office,
    plan,
    rota,
    standing,
    targets,
    world,
)

SMS = MethodId(UUID(int=77))


def outline(ladder: Ladder) -> list[str]:
    """Return one line for each rung: minute, cause, position, who."""
    return [
        f"{(rung.at - START) / timedelta(minutes=1):g} {rung.cause} {rung.position} "
        + " ".join(called.duty.user for called in rung.called)
        for rung in ladder.rungs
    ]


def test_the_example_of_the_module():
    ladder = climb(plan(names(ADA, minutes=5), names(), names(BOB, minutes=10)), world(), "high", START)

    assert outline(ladder) == ["0 layer 1 user_ada", "5 layer 3 user_bob", f"15 fallback 3 {FALLBACK}"]
    assert [(one.position, one.skipped) for one in ladder.rungs[1].passed] == [(2, None)]
    assert [rung.due_at for rung in ladder.rungs] == [at(5), at(15), at(45)]


def test_a_plan_without_layers_pages_the_fallback_and_with_an_owner_the_owner_first():
    assert outline(climb(plan(), world(), "high", START)) == [f"0 fallback 0 {FALLBACK}"]
    owned = climb(plan(), world(), "high", START, owner=CYD)
    assert outline(owned) == ["0 layer 1 user_cyd", f"7 fallback 1 {FALLBACK}"]
    assert owned.plan.layers[0].users == (CYD,)


def test_what_is_missed_and_what_is_skipped_is_told_with_its_reason():
    hours = office(30, 60)
    ladder = climb(
        plan(during(hours, names(ADA)), names(BOB), names(BOB, CYD)), world(hours=hours, inactive=(BOB,)), "high", START
    )

    (first, _) = ladder.rungs
    assert [(one.position, one.skipped, one.missed) for one in first.passed] == [
        (1, "outside_hours", ()),
        (2, None, ((BOB, "inactive"),)),
    ]
    assert first.missed == ((BOB, "inactive"),)
    assert first.layer is not None
    assert first.layer.position == 3


def test_the_last_resort_says_what_it_would_have_been_skipped_for():
    hours = office(30, 60)
    (first, *_) = climb(plan(during(hours, names(ADA))), world(hours=hours), "high", START).rungs
    assert first.waived == "outside_hours"


def test_every_message_is_told_with_its_instant():
    there = world()
    sms = Rule(
        method=SMS, after=timedelta(minutes=2), every=timedelta(minutes=3), severities=ALL_SEVERITIES, usable=True
    )
    ada = replace(there.people[ADA], rules=(sms, *there.people[ADA].rules))
    there = replace(there, people={**there.people, ADA: ada})

    (called,) = climb(plan(names(ADA)), there, "high", START).rungs[0].called

    email, text = called.ways
    assert email.sent_at == (START,)
    assert text.method == SMS
    assert text.sent_at == tuple(at(2 + 3 * turn) for turn in range(10))


def test_who_comes_on_call_is_a_rung_and_does_not_move_the_next():
    changing = rota((0, (ADA,)), (2, (BOB,)))
    ladder = climb(plan(targets(changing, minutes=5)), world(changing), "high", START)
    assert outline(ladder) == ["0 layer 1 user_ada", "2 joined 1 user_bob", f"5 fallback 1 {FALLBACK}"]


def test_a_ladder_that_reached_nobody_says_when_somebody_may_be_back():
    changing = rota((20, (ADA,)))
    ladder = climb(plan(targets(changing)), world(changing), "high", START)
    assert outline(ladder) == [f"0 fallback 1 {FALLBACK}"]
    assert ladder.waits_until == at(20)
    assert climb(plan(names(ADA)), world(), "high", START).waits_until is None


def test_a_ladder_too_long_to_be_read_is_cut():
    ladder = climb(plan(*[names(ADA)] * 50, repeat=100), world(), "high", START)
    assert ladder.is_cut
    assert len(ladder.rungs) == MOST_RUNGS


def test_a_roster_that_changes_without_end_is_not_followed_for_ever(monkeypatch):
    monkeypatch.setattr("incidents.domain.ladder._MOST_LOOKS", 20)
    restless = rota(*((minute, (ADA, BOB)) for minute in range(40)))
    ladder = climb(plan(targets(restless, minutes=50)), world(restless), "high", START)
    assert ladder.is_cut
    assert outline(ladder) == ["0 layer 1 user_ada user_bob"]


def test_a_running_escalation_climbs_on_from_where_it_stands():
    there, ladder = world(), plan(names(ADA), names(BOB))
    assert outline(climb_on(ladder, standing(Status.PAGING), there, "high", at(3))) == [
        "5 layer 2 user_bob",
        f"10 fallback 2 {FALLBACK}",
    ]


def test_what_is_overdue_happens_now():
    there, ladder = world(), plan(names(ADA), names(BOB))
    assert outline(climb_on(ladder, standing(Status.PAGING), there, "high", at(9)))[0] == "9 layer 2 user_bob"


def test_an_exhausted_one_pages_the_fallback_once_more():
    state = standing(Status.EXHAUSTED, position=1, due=40, reached=True)
    assert outline(climb_on(plan(names(ADA)), state, world(), "high", at(20))) == [f"40 fallback 1 {FALLBACK}"]


def test_nothing_follows_an_acknowledgement_that_does_not_run_out_nor_the_end():
    changing = rota(*((minute, (ADA,)) for minute in range(0, 100, 10)))
    for status in (Status.ACKNOWLEDGED, Status.CANCELLED):
        state = standing(status, due=None, roster=10)
        assert climb_on(plan(targets(changing)), state, world(changing), "high", START).rungs == ()


def test_resuming_a_story_is_going_on_with_it():
    there, ladder = world(), plan(names(ADA), names(BOB), repeat=1)
    whole = list(unfold(ladder, there, START, [], at(120)))
    for place, (moment, decision) in enumerate(whole):
        assert list(resume(decision.plan, decision.state, there, moment, at(120))) == whole[place + 1 :]


@given(plans_and_worlds())
def test_every_call_of_the_story_is_a_rung(given_plan):
    ladder_plan, there = given_plan
    ladder = climb(ladder_plan, there, "high", START)
    end = ladder.rungs[-1].at + timedelta(seconds=1)
    fires = [
        (moment, effect.firing, effect.cause)
        for moment, decision in unfold(ladder_plan, there, START, [], end)
        for effect in decision.effects
        if isinstance(effect, Fire)
    ]
    assert [(rung.at, rung.firing, rung.cause) for rung in ladder.rungs] == fires
    assert ladder.rungs[-1].cause is Cause.FALLBACK


@given(arbitrary_plans_and_worlds(), arbitrary_states)
def test_a_ladder_can_be_told_of_anything(given_plan, state):
    ladder_plan, there = given_plan
    climb(ladder_plan, there, "low", START)
    climb_on(ladder_plan, state, there, "low", START)
