"""Escalation policies of PagerDuty, and the services that use them."""

from __future__ import annotations

import pytest

from escalation.transfer.document import ScheduleTarget, UsersTarget
from escalation.transfer.findings import Code, Subject
from escalation.transfer.settling import settle
from tests.escalation.transfer.foreign.pagerduty.answers import (
    ANA,
    BOB,
    CYD,
    layer,
    only,
    policy,
    read,
    ref,
    rule,
    schedule,
    to_schedule,
    told,
)

SCHEDULE = schedule(layer(ANA))
ON_CALL = ScheduleTarget(schedule="checkout-primary")


def people(*users):
    """Return a target of these."""
    return UsersTarget(users=tuple(user["email"].lower() for user in users))


def read_policy(*rules, **fields):
    """Return what is read of a policy, and the arrival."""
    arrival = read(SCHEDULE, policy(*rules, **fields))
    return only(arrival.document.policies), arrival


def test_rules_are_layers_in_their_order_with_their_own_waits():
    found, arrival = read_policy(
        rule(to_schedule(), minutes=5), rule(ref(ANA), ref(BOB), minutes=10), description="All of it", num_loops=2
    )
    assert (found.key, found.name, found.description, found.repeat_count) == ("checkout", "Checkout", "All of it", 2)
    assert [(each.ack_timeout_seconds, each.target) for each in found.layers] == [
        (300, ON_CALL),
        (600, people(ANA, BOB)),
    ]
    assert told(arrival) == []
    assert arrival.refs[Subject("policies", "checkout")].id == "PEP0001"
    assert arrival.paths[Subject("policies", "checkout")] == "escalation_policies-3.json#/escalation_policies/0"


@pytest.mark.parametrize("kind", ["schedule", "schedule_reference", "schedule_v3_reference"])
def test_every_type_of_a_schedule_is_known(kind):
    found, _ = read_policy(rule(to_schedule(kind=kind)))
    assert found.layers[0].target == ON_CALL


@pytest.mark.parametrize("kind", ["user", "user_reference"])
def test_every_type_of_a_person_is_known(kind):
    found, _ = read_policy(rule({"id": "PUS0003", "type": kind}))
    assert found.layers[0].target == people(CYD)


def test_a_rule_with_a_schedule_and_people_is_split():
    found, arrival = read_policy(rule(to_schedule(), ref(ANA), minutes=10))
    assert [(each.ack_timeout_seconds, each.target) for each in found.layers] == [(60, ON_CALL), (540, people(ANA))]
    assert [each[:2] for each in told(arrival)] == [("lossy", "MIXED_TARGET_SPLIT")]
    assert arrival.findings[-1].path == "escalation_policies-3.json#/escalation_policies/0/escalation_rules/0"


@pytest.mark.parametrize(
    "strategy",
    ["round_robin", ["round_robin"], {"type": "round_robin"}, [{"type": "round_robin"}], [{"type": "something_new"}]],
)
def test_targets_one_after_the_other_are_paged_together(strategy):
    found, arrival = read_policy(rule(ref(ANA), ref(BOB), escalation_rule_assignment_strategy=strategy))
    assert found.layers[0].target == people(ANA, BOB)
    assert [each[:2] for each in told(arrival)] == [("lossy", "ROUND_ROBIN_DROPPED")]


@pytest.mark.parametrize("strategy", [None, "assign_to_everyone", [{"type": "assign_to_everyone"}], []])
def test_paging_everybody_is_no_difference(strategy):
    _, arrival = read_policy(rule(ref(ANA), escalation_rule_assignment_strategy=strategy))
    assert told(arrival) == []


def test_more_loops_than_can_be_repeated_are_told():
    found, arrival = read_policy(rule(ref(ANA)), num_loops=101)
    assert found.repeat_count == 100
    assert told(arrival) == [("lossy", "INFINITE_REPEAT", 101, 100)]


def test_a_target_that_is_neither_is_left_out_and_told():
    found, arrival = read_policy(rule(ref(ANA), {"id": "PX", "type": "workflow_reference"}))
    assert found.layers[0].target == people(ANA)
    assert told(arrival) == [("lossy", "STEP_DROPPED", {"id": "PX", "type": "workflow_reference"}, None)]


def test_a_policy_without_anybody_is_blocked():
    arrival = read(policy(rule({"id": "PX", "type": "workflow_reference"})))
    assert arrival.document.policies == ()
    assert [each[:2] for each in told(arrival)] == [("lossy", "STEP_DROPPED"), ("blocked", "STEP_DROPPED")]


def test_a_policy_of_what_is_not_there_is_left_out_by_settling():
    arrival = settle(read(policy(rule(to_schedule("PSCH404")), rule({"id": "PUS0404", "type": "user_reference"}))))
    assert arrival.document.policies == ()
    assert [(each.code, each.was) for each in arrival.findings] == [
        (Code.TARGET_UNRESOLVED, "pagerduty:PSCH404"),
        (Code.TARGET_UNRESOLVED, "pagerduty:PUS0404"),
    ]


def test_settings_that_policies_have_not_here_are_told():
    _, arrival = read_policy(
        rule(ref(ANA)), on_call_handoff_notifications="always", teams=[{"id": "PT1", "summary": "Ops"}]
    )
    assert told(arrival) == [
        ("note", "SERVICE_SETTING_NOT_IMPORTED", {"on_call_handoff_notifications": "always", "teams": ["Ops"]}, None)
    ]
    assert told(read_policy(rule(ref(ANA)), on_call_handoff_notifications="if_has_services")[1]) == []


def test_services_that_use_a_policy_and_what_they_set_are_told():
    service = {
        "id": "PSV0001",
        "name": "Shop",
        "status": "active",
        "acknowledgement_timeout": 1800,
        "auto_resolve_timeout": 14400,
        "support_hours": {"type": "fixed_time_per_day", "time_zone": "Europe/Madrid"},
        "scheduled_actions": [],
        "alert_creation": "create_alerts_and_incidents",
        "escalation_policy": {"id": "PEP0001", "type": "escalation_policy_reference"},
    }
    arrival = read(
        policy(rule(ref(ANA)), services=[{"id": "PSV0001", "summary": "Shop"}]),
        ("services", {"services": [service, {"id": "PSV0002", "name": "Idle", "status": "disabled"}]}),
    )
    whole, routing, settings = arrival.findings
    assert (whole.subject, whole.was) == (None, {"status": "disabled"})
    assert (routing.code, routing.was) == (Code.ROUTING_NOT_IMPORTED, ["Shop"])
    assert settings.subject == Subject("policies", "checkout")
    assert (settings.severity, settings.code) == ("note", Code.SERVICE_SETTING_NOT_IMPORTED)
    assert set(settings.was) == {"acknowledgement_timeout", "auto_resolve_timeout", "support_hours"}
