"""Steps become layers: each rule of the general conversions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalation.transfer.document import ScheduleTarget, UsersTarget
from escalation.transfer.findings import Code
from escalation.transfer.foreign.ledger import Blocked, Part
from escalation.transfer.foreign.steps import Step, layers_of, repeat_count

DAY, NIGHT = ScheduleTarget(schedule="day"), ScheduleTarget(schedule="night")


def people(*users):
    """Return a target of these."""
    return UsersTarget(users=users)


def step(*targets, minutes=5, seconds=0):
    """Return a step that waits so long."""
    wait = None if minutes is None else timedelta(minutes=minutes, seconds=seconds)
    return Step(targets=targets, wait=wait, path="there")


@pytest.fixture
def part():
    """Return what is being read."""
    return Part(subject=None, name="Ops", path="here")


def shown(layers):
    """Return who is paged, and how many seconds are waited."""
    return [(getattr(each.target, "schedule", None) or each.target.users, each.ack_timeout_seconds) for each in layers]


def told(part):
    """Return what was found."""
    return [(each.severity.value, each.code.value, each.was, each.now) for each in part.findings]


def test_a_wait_after_a_step_is_that_of_its_layer(part):
    layers = layers_of(part, [step(DAY), step(people("ana", "bob"), minutes=10)])
    assert shown(layers) == [("day", 300), (("ana", "bob"), 600)]
    assert told(part) == []


def test_seconds_are_rounded_up(part):
    assert shown(layers_of(part, [step(DAY, minutes=1, seconds=30), step(NIGHT, minutes=0, seconds=20)])) == [
        ("day", 120),
        ("night", 60),
    ]
    assert told(part) == [("note", "TIMEOUT_ROUNDED", 1.5, 2), ("note", "TIMEOUT_ROUNDED", 1 / 3, 1)]


def test_a_step_without_a_wait_is_one_with_the_next(part):
    steps = [step(people("ana"), minutes=0), step(people("bob"), minutes=0), step(people("ana", "cyd"))]
    assert shown(layers_of(part, steps)) == [(("ana", "bob", "cyd"), 300)]
    assert told(part) == []


def test_a_last_step_without_a_wait_waits_the_least(part):
    assert shown(layers_of(part, [step(DAY), step(NIGHT, minutes=0)])) == [("day", 300), ("night", 60)]
    assert told(part) == [("note", "TIMEOUT_ROUNDED", 0, 1)]


def test_more_than_a_week_is_a_week(part):
    assert shown(layers_of(part, [step(DAY, minutes=10_080), step(NIGHT, minutes=10_081)])) == [
        ("day", 604_800),
        ("night", 604_800),
    ]
    assert told(part) == [("lossy", "TIMEOUT_CLAMPED", 10_081, 10_080)]


def test_what_does_not_say_how_long_it_waits_waits_half_an_hour(part):
    assert shown(layers_of(part, [step(DAY, minutes=None)])) == [("day", 1800)]
    assert told(part) == [("note", "LAST_TIMEOUT_DEFAULTED", None, 30)]


def test_a_mixed_step_is_split_and_the_next_comes_no_later(part):
    layers = layers_of(part, [step(people("ana"), DAY, people("bob"), NIGHT, DAY, minutes=10), step(people("cyd"))])
    assert shown(layers) == [(("ana", "bob"), 60), ("day", 60), ("night", 480), (("cyd",), 300)]
    ((severity, code, was, now),) = told(part)
    assert (severity, code) == ("lossy", "MIXED_TARGET_SPLIT")
    assert was[:2] == [{"users": ["ana"]}, {"schedule": "day"}]
    assert [each["minutes"] for each in now] == [1, 1, 8]
    assert "later" not in part.findings[0].message


def test_a_split_step_that_waits_too_shortly_says_that_the_next_comes_later(part):
    assert shown(layers_of(part, [step(DAY, NIGHT, people("ana"), minutes=2)])) == [
        ("day", 60),
        ("night", 60),
        (("ana",), 60),
    ]
    assert "later" in part.findings[0].message


def test_more_than_a_hundred_people_are_split(part):
    layers = layers_of(part, [step(people(*map(str, range(101))))])
    assert [len(layer.target.users) for layer in layers] == [100, 1]
    assert [finding.code for finding in part.findings] == [Code.MIXED_TARGET_SPLIT]


def test_more_than_fifty_layers_are_blocked(part):
    assert len(layers_of(part, [step(DAY)] * 50)) == 50
    with pytest.raises(Blocked):
        layers_of(part, [step(DAY)] * 51)
    assert told(part) == [("blocked", "STEP_DROPPED", 51, 51)]


def test_a_step_that_pages_nobody_prolongs_the_wait_before_it(part):
    assert shown(layers_of(part, [step(DAY), step(), step(NIGHT)])) == [("day", 600), ("night", 300)]
    assert told(part) == []


def test_a_first_step_that_pages_nobody_was_a_delay(part):
    assert shown(layers_of(part, [step(minutes=7), step(NIGHT)])) == [("night", 300)]
    assert told(part) == [("lossy", "INITIAL_DELAY_DROPPED", 7, 0)]


def test_without_any_step_that_pages_somebody_a_policy_is_blocked(part):
    with pytest.raises(Blocked):
        layers_of(part, [step(minutes=0)])
    assert told(part) == [("blocked", "STEP_DROPPED", None, None)]
    assert layers_of(part, []) == ()


@pytest.mark.parametrize(("count", "repeats"), [(0, 0), (100, 100), (101, 100), (-1, 100), (None, 100)])
def test_repeats_end(part, count, repeats):
    assert repeat_count(part, count, "there") == repeats
    assert told(part) == ([] if count in (0, 100) else [("lossy", "INFINITE_REPEAT", count, 100)])
