"""Escalation chains of Grafana OnCall become policies that page the same people at the same times."""

from __future__ import annotations

import pytest

from escalation.transfer.document import ScheduleTarget
from escalation.transfer.findings import Subject
from escalation.transfer.settling import settle
from tests.escalation.transfer.foreign.grafana.answers import (
    ANA,
    BOB,
    CYD,
    EVERYBODY,
    arrival_of,
    finding,
    page,
    schedule,
    told,
    told_of_all,
)

DEFAULTED = "note LAST_TIMEOUT_DEFAULTED Checkout"


def people(*users, **fields):
    """Return a step that notifies people."""
    return {"type": "notify_persons", "persons_to_notify": list(users), "important": False, **fields}


def wait(seconds):
    """Return a step that waits."""
    return {"type": "wait", "duration": seconds}


def by_schedule(identifier="S1", **fields):
    """Return a step that notifies who is on call."""
    return {"type": "notify_on_call_from_schedule", "notify_on_call_from_schedule": identifier, **fields}


REPEAT = {"type": "repeat_escalation"}


def chain(*steps, people=EVERYBODY):
    """Return what is read of a chain with these steps, whose pages are in no order."""
    numbered = [
        {"id": f"E{number}", "escalation_chain_id": "F1", "position": number, **step}
        for number, step in enumerate(steps)
    ]
    return arrival_of(
        page("schedules", schedule(), schedule(id="S2", name="Secondary")),
        page("escalation_chains", {"id": "F1", "name": "Checkout", "team_id": None}),
        page("escalation_policies", *reversed(numbered)),
        people=people,
    )


def ladder(arrival):
    """Return the layers of the policy: whom each pages, in short, and for how many minutes it waits."""
    (policy,) = arrival.document.policies
    return [(_whom(layer.target), layer.ack_timeout_seconds / 60) for layer in policy.layers]


def _whom(target):
    if isinstance(target, ScheduleTarget):
        return target.schedule
    return " ".join(key.partition("@")[0] for key in target.users)


def test_a_chain_is_a_policy_whose_layers_wait_as_long_as_the_waits_after_them():
    found = chain(by_schedule(), wait(300), wait(60), people("U1", "U2"), wait(900), people("U3"))
    assert ladder(found) == [("primary", 6), ("ana bob", 15), ("cyd", 30)]
    assert told(found) == [DEFAULTED]
    (policy,) = found.document.policies
    assert (policy.name, policy.repeat_count) == ("Checkout", 0)
    assert found.refs[Subject("policies", "checkout")] == ("grafana-oncall", "acme", "escalation_chain", "F1")
    assert "description" in found.unsaid[Subject("policies", "checkout")]


def test_people_who_are_notified_one_after_the_other_without_a_wait_are_one_layer():
    found = chain(people("U1"), people("U2", "U1"), wait(300), people("U3"), wait(60))
    assert ladder(found) == [("ana bob", 5), ("cyd", 1)]
    assert told(found) == []


def test_a_schedule_and_people_without_a_wait_are_paged_a_minute_apart():
    found = chain(by_schedule(), people("U1"), wait(300), by_schedule("S2"), wait(60))
    assert ladder(found) == [("primary", 1), ("ana", 4), ("secondary", 1)]
    assert told(found) == ["lossy MIXED_TARGET_SPLIT Checkout"]


def test_a_wait_before_anybody_is_notified_is_dropped():
    found = chain(wait(300), people("U1"), wait(60))
    assert ladder(found) == [("ana", 1)]
    assert told(found) == ["lossy INITIAL_DELAY_DROPPED Checkout"]


def test_a_wait_of_a_day_is_told_as_none_and_one_that_is_not_said_is_five_minutes():
    found = chain(people("U1"), wait(0), people("U2"), wait(None))
    assert ladder(found) == [("ana", 24 * 60), ("bob", 5)]
    assert told(found) == [DEFAULTED]


def test_a_wait_of_seconds_is_rounded_up():
    found = chain(people("U1"), wait(90))
    assert ladder(found) == [("ana", 2)]
    assert told(found) == ["note TIMEOUT_ROUNDED Checkout"]


def test_a_repeat_is_five_repeats_after_the_last_wait():
    found = chain(people("U1"), wait(300), REPEAT)
    assert (ladder(found), found.document.policies[0].repeat_count) == ([("ana", 5)], 5)
    assert told(found) == []


def test_a_repeat_without_a_wait_comes_after_a_minute():
    found = chain(people("U1"), REPEAT)
    assert (ladder(found), found.document.policies[0].repeat_count) == ([("ana", 1)], 5)
    assert told(found) == ["note TIMEOUT_ROUNDED Checkout"]


def test_steps_after_a_repeat_are_left_out_and_told():
    found = chain(people("U1"), wait(300), REPEAT, people("U2"), wait(60), REPEAT)
    assert ladder(found) == [("ana", 5)]
    assert told(found) == ["lossy STEPS_AFTER_REPEAT Checkout"]
    assert [step["type"] for step in finding(found, "STEPS_AFTER_REPEAT").was] == [
        "notify_persons",
        "wait",
        "repeat_escalation",
    ]


def test_importance_is_dropped_at_each_step():
    found = chain(people("U1", important=True), wait(60), by_schedule(important=True), wait(60))
    assert told(found) == ["lossy IMPORTANCE_DROPPED Checkout"] * 2


def test_people_in_turn_are_all_paged():
    in_turn = {"type": "notify_person_next_each_time", "persons_to_notify_next_each_time": ["U1", "U2"]}
    found = chain(in_turn, wait(60))
    assert ladder(found) == [("ana bob", 1)]
    assert told(found) == ["lossy ROUND_ROBIN_DROPPED Checkout"]


def test_a_team_is_made_into_its_members():
    people = ({**ANA, "teams": ["T1"]}, {**BOB, "teams": ["T1", "T2"]}, {**CYD, "teams": ["T2"]})
    step = {"type": "notify_team_members", "team_to_notify": "T1", "important": False}
    found = chain(step, wait(60), people=people)
    assert ladder(found) == [("ana bob", 1)]
    assert told(found) == ["lossy TEAM_EXPANDED Checkout"]


SIDE_STEPS = [
    {"type": "trigger_webhook", "action_to_trigger": "W1"},
    {"type": "notify_user_group", "group_to_notify": "G1", "important": False},
    {"type": "notify_whole_channel"},
    {"type": "declare_incident", "severity": "critical"},
    {"type": "notify_team_members", "team_to_notify": "T9"},
    {"type": "notify_persons", "persons_to_notify": []},
    {"type": "notify_on_call_from_schedule", "notify_on_call_from_schedule": None},
]


@pytest.mark.parametrize("step", SIDE_STEPS)
def test_a_step_that_pages_nobody_here_is_left_out_and_its_waits_count(step):
    found = chain(people("U1"), wait(60), step, wait(120), people("U2"), wait(60))
    assert ladder(found) == [("ana", 3), ("bob", 1)]
    assert told(found) == ["lossy STEP_DROPPED Checkout"]


def test_a_step_that_resolves_ends_the_chain():
    found = chain(people("U1"), wait(60), {"type": "resolve"}, people("U2"), REPEAT)
    assert (ladder(found), found.document.policies[0].repeat_count) == ([("ana", 1)], 0)
    assert told(found) == ["lossy STEP_DROPPED Checkout"]


def test_a_chain_in_which_nobody_is_left_is_blocked():
    found = chain(*SIDE_STEPS[:4])
    assert told(found) == ["lossy STEP_DROPPED Checkout"] * 4 + ["blocked STEP_DROPPED Checkout"]
    assert settle(found).document.policies == ()


def test_a_chain_without_steps_is_a_policy_without_layers():
    assert ladder(chain()) == []


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (
            {
                "type": "notify_if_time_from_to",
                "notify_if_time_from": "09:00:00Z",
                "notify_if_time_to": "17:00:00Z",
            },
            "TIME_CONDITION",
        ),
        (
            {"type": "notify_if_num_alerts_in_window", "num_alerts_in_window": 3, "num_minutes_in_window": 5},
            "COUNT_CONDITION",
        ),
        ({"type": "notify_by_pigeon"}, "STEP_DROPPED"),
        ({"type": None}, "STEP_DROPPED"),
    ],
)
def test_a_condition_or_what_nobody_knows_blocks(step, code):
    found = chain(people("U1"), step, people("U2"))
    assert told(found) == [f"blocked {code} Checkout"]
    assert step.items() <= finding(found, code).was.items()


def test_whom_the_bundle_does_not_hold_blocks_when_all_is_settled():
    found = settle(chain(people("U9"), wait(60), by_schedule("S9")))
    assert told(found) == [DEFAULTED, *["blocked TARGET_UNRESOLVED Checkout"] * 2]


def test_integrations_and_routes_are_told_with_the_policies_they_lead_to():
    found = arrival_of(
        page("escalation_chains", {"id": "F1", "name": "Checkout"}),
        page("integrations", {"id": "C1", "name": "Alertmanager"}, {"id": "C2", "name": "Mail"}),
        page(
            "routes",
            {
                "id": "R1",
                "integration_id": "C1",
                "escalation_chain_id": "F1",
                "routing_type": "regex",
                "routing_regex": "x",
            },
            {"id": "R2", "integration_id": "C1", "escalation_chain_id": None, "is_the_last_route": True},
        ),
    )
    assert told_of_all(found) == ["note ROUTING_NOT_IMPORTED"] * 2
    first, second = (each for each in found.findings if each.code == "ROUTING_NOT_IMPORTED")
    assert first.was == [
        {"policy": "Checkout", "type": "regex", "filter": "x"},
        {"policy": None, "type": None, "filter": None},
    ]
    assert ("'Mail'" in second.message, second.was) == (True, [])
