"""Escalation policies of GoAlert."""

from __future__ import annotations

import pytest

from escalation.transfer.document import ScheduleTarget, UsersTarget
from escalation.transfer.findings import Code, Subject
from escalation.transfer.settling import settle
from tests.escalation.transfer.foreign.goalert.answers import (
    ANA,
    BOB,
    action,
    only,
    policy,
    read_all,
    rotation,
    schedule,
    step,
    target,
    told,
)

ON_CALL = ScheduleTarget(schedule="search-on-call")
TO_ANA = UsersTarget(users=("ana@example.org",))


def read_policy(*steps, **fields):
    """Return what is read of a policy beside a schedule and a rotation that uses it, and the arrival."""
    arrival = read_all(
        rotations=[rotation(ANA, BOB)], schedules=[schedule(target())], policies=[policy(*steps, **fields)]
    )
    return only(arrival.document.policies), arrival


def test_steps_are_layers_in_the_order_of_their_numbers():
    found, arrival = read_policy(
        step(action("user", "u-1"), minutes=15, stepNumber=1),
        step(action("schedule", "sched-1"), minutes=5, stepNumber=0),
        repeat=3,
        description="All of it",
    )
    assert (found.key, found.description, found.repeat_count) == ("search", "All of it", 3)
    assert [(each.ack_timeout_seconds, each.target) for each in found.layers] == [(300, ON_CALL), (900, TO_ANA)]
    assert told(arrival) == []
    assert arrival.refs[Subject("policies", "search")] == ("goalert", "acme", "escalationPolicy", "ep-1")


@pytest.mark.parametrize(
    "fields",
    [
        {"actions": [{"type": "builtin-user", "args": {"user_id": "u-1"}}]},
        {"actions": [{"type": "builtin-user", "args": {"user-id": "u-1"}}]},
        {"actions": [{"type": "builtin-user", "values": [{"fieldID": "user-id", "value": "u-1"}]}]},
        {"actions": None, "targets": [{"id": "u-1", "type": "user", "name": "Ana"}]},
    ],
)
def test_whom_a_step_pages_is_read_in_the_words_of_every_version(fields):
    found, _ = read_policy(step(**fields))
    assert only(found.layers).target == TO_ANA


def test_repeating_for_ever_ends():
    found, arrival = read_policy(step(action("user", "u-1")), repeat=-1)
    assert found.repeat_count == 100
    assert told(arrival) == [("lossy", "INFINITE_REPEAT", -1, 100)]


def test_a_rotation_that_is_paged_by_itself_becomes_a_schedule():
    arrival = read_all(
        rotations=[rotation(ANA, BOB, name="Search on call"), rotation(BOB, id="rot-2", name="Second")],
        schedules=[schedule(target("user", "u-1"))],
        policies=[
            policy(step(action("rotation", "rot-1")), step(action("rotation", "rot-2"), stepNumber=1)),
            policy(step(targets=[{"id": "rot-1", "type": "rotation"}]), id="ep-2", name="Other"),
        ],
    )
    found = {each.key: each for each in arrival.document.schedules}
    first, second = only(policy for policy in arrival.document.policies if policy.key == "search").layers
    assert found[first.target.schedule].name == "Search on call (rotation)"
    assert found[second.target.schedule].name == "Second"
    assert only(found[first.target.schedule].rotations).participants == ("ana@example.org", "bob@example.org")
    assert len(found) == 3
    assert arrival.refs[Subject("schedules", "second")] == ("goalert", "acme", "rotation", "rot-2")
    assert told(arrival) == []


def test_what_a_layer_cannot_page_is_left_out_and_told():
    found, arrival = read_policy(
        step(
            action("user", "u-1"),
            {"type": "builtin-webhook", "args": {"webhook_url": "https://example.org"}},
            {"type": "builtin-user", "args": {}},
        ),
        step(targets=[{"id": "C1", "type": "slackChannel"}], actions=[], stepNumber=1, minutes=7),
    )
    assert [(each.ack_timeout_seconds, each.target) for each in found.layers] == [(720, TO_ANA)]
    assert [each[:2] for each in told(arrival)] == [("lossy", "STEP_DROPPED")] * 3


def test_several_acknowledgements_are_not_waited_for():
    _, arrival = read_policy(step(action("user", "u-1"), multiAck=True))
    assert told(arrival) == [("lossy", "COUNT_CONDITION", True, False)]


def test_a_step_without_a_wait_is_one_with_the_next():
    found, _ = read_policy(step(action("user", "u-1"), minutes=0), step(action("user", "u-2"), stepNumber=1, minutes=5))
    assert only(found.layers).target == UsersTarget(users=("ana@example.org", "bob@example.org"))


def test_labels_and_services_are_told():
    _, arrival = read_policy(
        step(action("user", "u-1")),
        labels=[{"key": "team", "value": "search"}],
        assignedTo=[{"id": "svc-1", "type": "service", "name": "Shop"}],
    )
    assert told(arrival) == [
        ("note", "SERVICE_SETTING_NOT_IMPORTED", {"team": "search"}, None),
        ("note", "ROUTING_NOT_IMPORTED", ["Shop"], None),
    ]


def test_a_policy_of_what_is_not_there_is_left_out_by_settling():
    arrival = settle(read_all(policies=[policy(step(action("schedule", "s-9"), action("rotation", "r-9")))]))
    assert arrival.document.policies == ()
    assert {each.was for each in arrival.findings if each.code is Code.TARGET_UNRESOLVED} == {
        "goalert:s-9",
        "goalert:r-9",
    }
