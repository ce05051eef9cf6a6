"""Why a call paged somebody or not: every reason, and that all of them follow what the engine went by."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given

from escalation.domain.model import Schedule
from escalation.domain.record import Record
from escalation.domain.roster import members, roster
from incidents.domain.escalation import decide
from incidents.domain.model import Cause, Due, Fire, Note, Trigger
from incidents.domain.why import Answer, Call, Rejection, explain
from tests.escalation.domain.schedules import DAY, WEEK, override, rotation, schedule, utc, window
from tests.escalation.domain.schedules import DEE as STRANGER
from tests.escalation.domain.strategies import schedules
from tests.incidents.domain import strategies as some
from tests.incidents.domain.examples import modest
from tests.incidents.domain.pager import Pager
from tests.incidents.domain.worlds import (
    ADA,
    BOB,
    CYD,
    FALLBACK,
    HEARD,
    START,
    acknowledge,
    at,
    during,
    fires,
    hand_off,
    names,
    office,
    outside,
    plan,
    rota,
    snooze,
    targets,
    unacknowledge,
    world,
)

MONDAY = utc(2026, 5, 4, 7)  # 09:00 in Berlin
TUESDAY = MONDAY + DAY


def _calls(decision, now, there):
    """Yield the calls of a decision, as their rows will tell of them: each with the layers that were passed."""
    passed: dict[int, str | None] = {}
    for effect in decision.effects:
        if isinstance(effect, Note) and effect.kind in ("layer_empty", "layer_skipped"):
            passed[int(str(effect.data["position"]))] = effect.data.get("reason")
        elif isinstance(effect, Fire):
            yield Call(
                number=effect.firing,
                at=now,
                cause=effect.cause,
                position=effect.position,
                due_at=effect.due_at,
                called={duty.user: duty for duty in effect.roster.duties},
                passed=passed,
                record=Record(plan=decision.plan, world=there),
            )
            passed = {}


class Run:
    """A run by hand, whose world may change between its steps."""

    def __init__(self, plan, there, now=START, owner=None):
        self.plan, self.world, self.calls = plan, there, []
        self.state = None
        self._take(Trigger(owner=owner), now)

    def tell(self, command, minute):
        self._take(command, at(minute))
        return self

    def wake(self, minute):
        self._take(Due(reach=HEARD), at(minute))
        return self

    def _take(self, event, now):
        decision = decide(self.plan, self.state, event, self.world, now)
        self.plan, self.state = decision.plan, decision.state
        self.calls += _calls(decision, now, self.world)

    def why(self, user) -> Answer:
        """Return why the last call paged ``user`` or not."""
        return explain(self.calls[-1], user, self.calls[:-1])


def rejection(run, user):
    return run.why(user).rejection


# Paged


def test_a_named_person_is_paged_by_their_layer():
    answer = Run(plan(names(ADA)), world()).why(ADA)
    assert (answer.duty.source, answer.position, answer.source, answer.rejection) == ("named", 1, UUID(int=1), None)


def test_who_is_on_call_is_paged_by_the_rotation_until_its_end():
    shifts = rota((0, (ADA,)), (30, (BOB,)))
    answer = Run(plan(targets(shifts)), world(shifts)).why(ADA)
    assert (answer.duty.source, answer.schedule, answer.source, answer.until) == (
        "rotation",
        shifts.id,
        shifts.rotations[0].id,
        at(30),
    )


def test_who_stands_in_is_paged_by_the_override():
    there = replace(rota((0, (ADA,))), overrides=(override(CYD, START, at(60)),))
    answer = Run(plan(targets(there)), world(there)).why(CYD)
    assert (answer.duty.source, answer.source, answer.until) == ("override", UUID(int=100), at(60))


def test_who_it_is_handed_to_is_paged_by_the_handoff():
    run = Run(plan(names(ADA)), world()).tell(hand_off(BOB), 1)
    assert (run.why(BOB).duty.source, run.calls[-1].cause) == ("handoff", Cause.HANDOFF)


def test_who_comes_on_call_is_paged_as_having_joined():
    shifts = rota((0, (ADA,)), (2, (BOB,)))
    run = Run(plan(targets(shifts)), world(shifts)).wake(2)
    assert (run.why(BOB).duty.source, run.calls[-1].cause) == ("rotation", Cause.JOINED)


def test_who_held_it_is_paged_again_as_the_holder():
    run = Run(plan(names(ADA, BOB), repage=10), world()).tell(acknowledge(BOB), 1).wake(11)
    assert (run.why(BOB).duty.source, run.calls[-1].cause) == ("holder", Cause.REPAGE)


def test_a_person_of_the_fallback_is_paged_as_such():
    run = Run(plan(names(ADA)), world(fallback=(CYD,))).wake(5)
    assert (run.why(CYD).duty.source, run.why(CYD).schedule) == ("fallback", None)


@pytest.mark.parametrize(
    ("run", "cause"),
    [
        (lambda: Run(plan(names(ADA), repeat=1), world()).wake(5), Cause.REPEAT),
        (lambda: Run(plan(names(ADA), repage=10), world()).tell(acknowledge(), 1).wake(11), Cause.REPAGE),
        (
            lambda: Run(plan(names(ADA)), world()).tell(acknowledge(ADA), 1).tell(unacknowledge(), 2),
            Cause.UNACKNOWLEDGED,
        ),
        (lambda: Run(plan(names(ADA)), world()).tell(snooze(at(20)), 1).wake(20), Cause.SNOOZE_ENDED),
    ],
)
def test_a_layer_that_calls_again_pages_whom_it_names(run, cause):
    again = run()
    assert (again.why(ADA).duty.source, again.calls[-1].cause) == ("named", cause)


# Not paged: layers


def test_who_is_in_no_layer_is_not_in_the_plan():
    assert Run(plan(names(ADA)), world()).why(CYD) == Answer(rejection=Rejection.NOT_IN_PLAN)


def test_a_later_layer_is_not_reached_yet_and_when_it_will_be():
    run = Run(plan(names(ADA, minutes=5), names(BOB, minutes=10), names(CYD)), world())
    assert run.why(BOB) == Answer(rejection=Rejection.NOT_REACHED, position=2, then=at(5))
    assert run.why(CYD) == Answer(rejection=Rejection.NOT_REACHED, position=3, then=at(15))


def test_a_layer_that_will_reach_nobody_takes_no_time():
    run = Run(plan(names(ADA), names(BOB), names(CYD)), world(inactive=(BOB,)))
    assert run.why(CYD).then == at(5)


def test_an_earlier_layer_had_its_turn():
    run = Run(plan(names(ADA), names(BOB)), world()).wake(5)
    assert run.why(ADA) == Answer(rejection=Rejection.LAYER_OVER, position=1, before=START)


def test_a_layer_that_comes_again_counts_before_one_that_is_over():
    run = Run(plan(names(ADA), names(BOB), names(ADA)), world()).wake(5)
    assert run.why(ADA) == Answer(rejection=Rejection.NOT_REACHED, position=3, then=at(10), before=START)


@pytest.mark.parametrize(
    ("condition", "minute", "why", "then"),
    [(during, 0, Rejection.OUTSIDE_HOURS, at(10)), (outside, 20, Rejection.DURING_HOURS, at(60))],
)
def test_a_skipped_layer_says_when_its_hours_come(condition, minute, why, then):
    hours = office(10, 60)
    run = Run(plan(condition(hours, names(ADA)), names(BOB)), world(hours=hours), at(minute))
    assert run.why(ADA) == Answer(rejection=why, position=1, then=then)


def test_the_last_resort_pages_whom_its_hours_leave_out():
    hours = office(10, 60)
    assert Run(plan(during(hours, names(ADA))), world(hours=hours)).why(ADA).duty is not None


def test_who_is_inactive_in_a_layer_paged_as_the_last_resort_is_told_so_whatever_its_hours():
    hours = office(10, 60)
    run = Run(plan(during(hours, names(ADA, BOB))), world(hours=hours, inactive=(BOB,)))
    assert rejection(run, BOB) is Rejection.INACTIVE


# Not paged: people


def test_who_is_named_and_inactive_is_told_so():
    run = Run(plan(names(ADA, BOB)), world(inactive=(BOB,)))
    assert run.why(BOB) == Answer(rejection=Rejection.INACTIVE, position=1)


def test_who_is_inactive_in_a_layer_found_empty_is_told_so():
    run = Run(plan(names(ADA), names(BOB)), world(inactive=(ADA,)))
    assert run.why(ADA) == Answer(rejection=Rejection.INACTIVE, position=1)


def test_who_is_named_and_not_in_the_organization_is_told_so():
    run = Run(plan(names(ADA, STRANGER)), world())
    assert run.why(STRANGER) == Answer(rejection=Rejection.UNKNOWN, position=1)


def test_a_handoff_is_for_one_alone():
    run = Run(plan(names(ADA)), world()).tell(hand_off(BOB), 1)
    assert run.why(ADA) == Answer(rejection=Rejection.HANDED_OFF, by=BOB, before=START)


def test_a_page_after_an_acknowledgement_is_for_its_holder_alone():
    run = Run(plan(names(ADA, BOB), repage=10), world()).tell(acknowledge(BOB), 1).wake(11)
    assert run.why(ADA) == Answer(rejection=Rejection.HELD_BY_ANOTHER, by=BOB, before=START)


def test_the_fallback_alone_is_called_when_nobody_is_left():
    run = Run(plan(names(ADA)), world()).wake(5)
    assert rejection(run, ADA) is Rejection.NOT_FALLBACK
    assert run.calls[-1].called.keys() == {FALLBACK}


def test_somebody_who_joins_is_called_without_those_called_before():
    shifts = rota((0, (ADA,)), (2, (ADA, BOB)))
    run = Run(plan(targets(shifts)), world(shifts)).wake(2)
    assert run.why(ADA) == Answer(rejection=Rejection.PAGED_BEFORE, position=1, schedule=shifts.id, before=START)


def test_a_call_of_which_nothing_was_recorded_says_so():
    run = Run(plan(names(ADA)), world())
    run.calls[-1] = replace(run.calls[-1], record=None)
    assert run.why(BOB) == Answer(rejection=Rejection.NOT_RECORDED)
    assert run.why(ADA).duty is not None


# Not paged: schedules


def at_schedule(there: Schedule, now, user) -> Answer:
    return Run(plan(targets(there)), world(there), now).why(user)


WEEKLY = rotation(ADA, BOB, starts_at=MONDAY)


def test_whose_turn_it_was_and_when_the_next_one_is():
    assert at_schedule(schedule(WEEKLY), TUESDAY, BOB) == Answer(
        rejection=Rejection.NOT_ON_CALL,
        position=1,
        schedule=UUID(int=1),
        source=WEEKLY.id,
        by=ADA,
        until=MONDAY + WEEK,
        then=MONDAY + WEEK,
    )


def test_a_shift_to_come_may_be_an_override():
    there = schedule(WEEKLY, overrides=(override(CYD, MONDAY + 3 * DAY, MONDAY + 4 * DAY),))
    answer = at_schedule(there, TUESDAY, CYD)
    assert (answer.rejection, answer.by, answer.then) == (Rejection.NOT_ON_CALL, ADA, MONDAY + 3 * DAY)


def test_somebody_whose_turn_never_comes_again_has_no_next_shift():
    ended = replace(WEEKLY, ends_at=MONDAY + WEEK)
    answer = at_schedule(schedule(ended, rotation(CYD, starts_at=MONDAY, position=1)), TUESDAY, BOB)
    assert (answer.rejection, answer.by, answer.then) == (Rejection.NOT_ON_CALL, ADA, None)


def test_a_rotation_that_has_not_begun_has_nobody_on_call():
    there = schedule(rotation(CYD, starts_at=MONDAY, position=0), rotation(BOB, starts_at=TUESDAY + DAY, position=1))
    answer = at_schedule(there, TUESDAY, BOB)
    assert (answer.rejection, answer.by, answer.then) == (Rejection.NOT_ON_CALL, None, TUESDAY + DAY)


def test_who_was_displaced_by_which_override():
    there = schedule(WEEKLY, overrides=(override(CYD, MONDAY, MONDAY + 2 * DAY, number=7),))
    assert at_schedule(there, TUESDAY, ADA) == Answer(
        rejection=Rejection.DISPLACED,
        position=1,
        schedule=UUID(int=1),
        source=UUID(int=107),
        by=CYD,
        until=MONDAY + 2 * DAY,
    )


def test_who_was_hidden_by_which_rotation():
    there = schedule(WEEKLY, rotation(CYD, starts_at=MONDAY, position=1), mode="first")
    assert at_schedule(there, TUESDAY, CYD) == Answer(
        rejection=Rejection.HIDDEN,
        position=1,
        schedule=UUID(int=1),
        source=WEEKLY.id,
        by=ADA,
        until=MONDAY + WEEK,
    )


def test_whose_rotation_serves_at_other_hours_and_when():
    nights = replace(WEEKLY, restrictions=(window("1234567", "18:00", "08:00"),))
    there = schedule(nights, rotation(CYD, starts_at=MONDAY, position=1))
    assert at_schedule(there, TUESDAY, ADA) == Answer(
        rejection=Rejection.RESTRICTED,
        position=1,
        schedule=UUID(int=1),
        source=nights.id,
        then=utc(2026, 5, 5, 16),  # 18:00 in Berlin
    )


def test_who_is_hidden_and_displaced_as_well_hears_that_somebody_stood_in():
    """Without the first rotation it would have been Cyd all the same."""
    second = rotation(BOB, starts_at=MONDAY, position=1)
    there = schedule(WEEKLY, second, overrides=(override(CYD, MONDAY, MONDAY + WEEK, rotation=1),), mode="first")
    answer = at_schedule(there, TUESDAY, BOB)
    assert (answer.rejection, answer.by) == (Rejection.DISPLACED, CYD)


def test_a_schedule_nobody_knows_leads_to_nobody():
    there = schedule(WEEKLY)
    run = Run(plan(targets(there), names(CYD)), world(), TUESDAY)
    assert rejection(run, ADA) is Rejection.NOT_IN_PLAN


def test_a_time_zone_nobody_knows_is_no_reason_to_fail():
    there = schedule(WEEKLY, zone="Mars/Olympus")
    run = Run(plan(targets(there), names(CYD)), world(there), TUESDAY)
    assert run.why(ADA) == Answer(rejection=Rejection.NOT_ON_CALL, position=1, schedule=there.id)


# What holds for every run

EVERYBODY = (ADA, BOB, CYD, STRANGER)


@modest
@given(some.plans_and_worlds(), some.outcomes, some.scripts)
def test_everybody_has_one_reason_and_it_is_the_engines(given_, outcomes, script):
    ladder, there = given_
    steps = Pager(ladder, there, outcomes).run(START, script, at(150))
    calls = [call for step in steps for call in _calls(step.decision, step.at, there)]
    decided = [fire for step in steps for fire in fires(step.decision)]
    for number, (call, fire) in enumerate(zip(calls, decided, strict=True)):
        duties = {duty.user: duty for duty in fire.roster.duties}
        for user in EVERYBODY:
            answer = explain(call, user, calls[:number])
            assert answer.duty == duties.get(user)
            assert (answer.rejection is None) == (user in duties)
            if answer.rejection is not None:
                _agrees_with_the_roster(answer, call, user)


def _agrees_with_the_roster(answer, call, user):
    layer = call.record.plan.layers[answer.position - 1] if answer.position else None
    if layer is None:
        return
    found = members(layer, call.record.world, call.at)
    on, missed = {duty.user for duty in found.duties}, dict(found.missed)
    match answer.rejection:
        case Rejection.INACTIVE | Rejection.UNKNOWN:
            assert missed[user] == answer.rejection
        case Rejection.PAGED_BEFORE:
            assert call.cause is Cause.JOINED
            assert user in on
        case Rejection.OUTSIDE_HOURS | Rejection.DURING_HOURS:
            assert roster(layer, call.record.world, call.at).skipped == answer.rejection
        case Rejection.NOT_REACHED:
            assert answer.position > call.position
        case Rejection.LAYER_OVER:
            assert answer.position < call.position
        case _:
            assert user not in on | missed.keys()


@modest
@given(schedules())
def test_whatever_the_schedule_whoever_is_part_of_it_hears_what_keeps_them_off(drawn):
    there, now = drawn
    there = replace(there, id=UUID(int=1))
    everybody = {user for each in there.rotations for user in each.participants} | {o.user for o in there.overrides}
    run = Run(plan(targets(there)), _open(there, everybody), now)
    called = members(run.plan.layers[0], run.world, now).duties
    for user in everybody:
        answer = run.why(user)
        if called:
            assert (answer.duty is None) == (user not in {duty.user for duty in called})
        if answer.duty is not None or run.calls[-1].cause is Cause.FALLBACK:
            continue
        assert answer.rejection in {
            Rejection.NOT_ON_CALL,
            Rejection.DISPLACED,
            Rejection.HIDDEN,
            Rejection.RESTRICTED,
        }
        assert answer.by != user
        assert answer.until is None or answer.until > now
        assert answer.then is None or answer.then > now
        if answer.rejection in (Rejection.DISPLACED, Rejection.HIDDEN):
            assert answer.by is not None
        if answer.rejection is Rejection.HIDDEN:
            assert there.paging_mode == "first"
            assert answer.by in {duty.user for duty in called}


def _open(there, everybody):
    made = world(there)
    people = {**made.people, **{user: replace(made.people[ADA], user=user) for user in everybody}}
    return replace(made, people=people)
