"""Escalations of Opsgenie become policies that page the same people at the same times."""

from __future__ import annotations

import pytest

from escalation.transfer.document import ScheduleTarget
from escalation.transfer.findings import Subject
from escalation.transfer.reading.problems import Unreadable
from escalation.transfer.settling import settle
from tests.escalation.transfer.foreign.opsgenie.answers import (
    ANA,
    BOB,
    CYD,
    PAYMENTS,
    arrival_of,
    escalation,
    finding,
    one,
    page,
    rotation,
    rule,
    schedule,
    told,
    told_of_all,
    user,
)

SCHEDULE = {"type": "schedule", "id": "sch-1", "name": "Payments_schedule"}
TEAM = {"type": "team", **PAYMENTS}
MEMBERS = one(
    "team",
    "team-1",
    name="Payments",
    members=[
        {"user": {"id": "u-1", "username": "ana@example.org"}, "role": "admin"},
        {"user": {"id": "u-2", "username": "bob@example.org"}, "role": "user"},
        {"user": {"id": "u-3", "username": "cyd@example.org"}, "role": "observer"},
    ],
)
DEFAULTED = "note LAST_TIMEOUT_DEFAULTED Payments_escalation"


def policies(*escalations, pages=()):
    """Return what is read of escalations beside a schedule."""
    schedules = page("schedules", schedule(rotation(user(ANA), user(BOB))))
    return arrival_of(schedules, page("escalations", *escalations), *pages)


def ladder(arrival, number=0):
    """Return the layers of a policy: whom each pages, in short, and for how many minutes it waits."""
    layers = arrival.document.policies[number].layers
    return [(_whom(layer.target), layer.ack_timeout_seconds / 60) for layer in layers]


def _whom(target):
    if isinstance(target, ScheduleTarget):
        return target.schedule.partition(".")[0]
    return " ".join(key.partition("@")[0] for key in target.users)


def test_delays_count_from_the_alert_so_layers_wait_for_the_differences():
    found = policies(escalation(rule(0, SCHEDULE), rule(5, user(ANA)), rule(10, user(BOB))))
    assert ladder(found) == [("payments-schedule", 5), ("ana", 5), ("bob", 30)]
    assert told(found) == [DEFAULTED]
    (policy,) = found.document.policies
    assert (policy.name, policy.description, policy.repeat_count) == ("Payments_escalation", None, 0)
    assert found.refs[Subject("policies", policy.key)] == ("opsgenie", "acme", "escalation", "esc-1")


def test_rules_are_sorted_by_delay_and_those_with_one_delay_are_one_step_in_their_order():
    rules = [rule(10, user(CYD)), rule(0, user(BOB)), rule(10, user(ANA)), rule(0, user(BOB))]
    assert ladder(policies(escalation(*rules))) == [("bob", 10), ("cyd ana", 30)]


def test_people_and_schedules_at_one_time_are_paged_one_minute_after_the_other():
    found = policies(escalation(rule(0, SCHEDULE), rule(0, user(ANA)), rule(5, user(BOB))))
    assert ladder(found) == [("payments-schedule", 1), ("ana", 4), ("bob", 30)]
    assert told(found) == ["lossy MIXED_TARGET_SPLIT Payments_escalation", DEFAULTED]


def test_a_first_delay_is_dropped_and_the_others_are_not_changed_by_that():
    found = policies(escalation(rule(5, user(ANA)), rule(15, user(BOB))))
    assert ladder(found) == [("ana", 10), ("bob", 30)]
    assert told(found) == ["lossy INITIAL_DELAY_DROPPED Payments_escalation", DEFAULTED]
    assert finding(found, "INITIAL_DELAY_DROPPED").was == 5


def test_delays_have_units():
    hours = rule(0, user(BOB), delay={"timeAmount": 1, "timeUnit": "hours"})
    days = rule(0, user(CYD), delay={"timeAmount": 8, "timeUnit": "Days"})
    found = policies(escalation(rule(0, user(ANA)), rule(20, user(ANA)), hours, days))
    assert ladder(found) == [("ana", 20), ("ana", 40), ("bob", 10080), ("cyd", 30)]
    assert told(found) == ["lossy TIMEOUT_CLAMPED Payments_escalation", DEFAULTED]


def test_a_delay_of_seconds_is_rounded_up():
    seconds = rule(0, user(BOB), delay={"timeAmount": 90, "timeUnit": "seconds"})
    found = policies(escalation(rule(0, user(ANA)), seconds))
    assert ladder(found) == [("ana", 2), ("bob", 30)]
    assert told(found) == ["note TIMEOUT_ROUNDED Payments_escalation", DEFAULTED]


def test_in_jira_a_delay_is_a_number_of_minutes():
    found = policies(escalation(rule(0, user(ANA), delay=0), rule(0, user(BOB), delay=7)))
    assert ladder(found) == [("ana", 7), ("bob", 30)]


def test_the_last_layer_waits_as_long_as_a_repeat_does():
    repeat = {"waitInterval": 15, "count": 3, "resetRecipientStates": False, "closeAlertAfterAll": False}
    found = policies(escalation(rule(0, user(ANA)), rule(5, user(BOB)), repeat=repeat))
    assert ladder(found) == [("ana", 5), ("bob", 15)]
    assert found.document.policies[0].repeat_count == 3
    assert told(found) == []


def test_a_repeat_without_a_wait_is_none():
    found = policies(escalation(rule(0, user(ANA)), repeat={"waitInterval": 0, "count": 1}))
    assert (ladder(found), found.document.policies[0].repeat_count) == ([("ana", 30)], 0)


def test_more_repeats_than_there_may_be_are_told():
    found = policies(escalation(rule(0, user(ANA)), repeat={"waitInterval": 5, "count": 200}))
    assert found.document.policies[0].repeat_count == 100
    assert told(found) == ["lossy INFINITE_REPEAT Payments_escalation"]


def test_what_a_repeat_does_besides_is_told():
    repeat = {"waitInterval": 15, "count": 1, "resetRecipientStates": True, "closeAlertAfterAll": True}
    assert told(policies(escalation(rule(0, user(ANA)), repeat=repeat))) == [
        "lossy STEP_DROPPED Payments_escalation",
        "note SERVICE_SETTING_NOT_IMPORTED Payments_escalation",
    ]


def test_a_rule_until_the_alert_is_closed_counts_until_it_is_acknowledged():
    found = policies(escalation(rule(0, user(ANA), condition="if-not-closed")))
    assert ladder(found) == [("ana", 30)]
    assert told(found) == ["lossy CONDITION_CLOSE_DROPPED Payments_escalation", DEFAULTED]


@pytest.mark.parametrize("notify", ["next", "previous", "all", "users", "admins"])
def test_a_schedule_pages_who_is_on_call_and_nobody_else(notify):
    found = policies(escalation(rule(0, SCHEDULE, notify)))
    assert told(found) == ["blocked NEXT_ONCALL_UNSUPPORTED Payments_escalation"]
    assert settle(found).document.policies == ()


@pytest.mark.parametrize("recipient", [SCHEDULE, TEAM])
def test_a_random_person_blocks(recipient):
    found = policies(escalation(rule(0, recipient, "random")), pages=[MEMBERS])
    assert told(found) == ["blocked ROUND_ROBIN_DROPPED Payments_escalation"]


def test_everything_that_blocks_an_escalation_is_told():
    found = policies(escalation(rule(0, SCHEDULE, "next"), rule(5, user(ANA)), rule(10, SCHEDULE, "random")))
    assert told(found) == [
        "blocked NEXT_ONCALL_UNSUPPORTED Payments_escalation",
        "blocked ROUND_ROBIN_DROPPED Payments_escalation",
    ]


@pytest.mark.parametrize(("notify", "users"), [("all", "ana bob cyd"), ("users", "bob cyd"), ("admins", "ana")])
def test_a_team_is_made_into_its_members(notify, users):
    found = policies(escalation(rule(0, TEAM, notify)), pages=[page("teams", PAYMENTS), MEMBERS])
    assert ladder(found) == [(users, 30)]
    assert told(found) == ["lossy TEAM_EXPANDED Payments_escalation", DEFAULTED]


def test_a_team_without_members_blocks():
    found = policies(escalation(rule(0, TEAM, "all")), pages=[one("team", "team-1", name="Payments")])
    assert told(found) == ["blocked TARGET_UNRESOLVED Payments_escalation"]


def routing(notify, **fields):
    """Return the routing rules of the team, of which the default one notifies somebody."""
    night = {"id": "r-1", "isDefault": False, "criteria": {"type": "match-all"}, "notify": user(CYD)}
    return page("routing-rules", night, {"id": "r-2", "isDefault": True, "notify": notify, **fields}, of="team-1")


def test_a_team_by_default_is_whom_its_default_routing_rule_notifies():
    found = policies(escalation(rule(0, user(ANA)), rule(5, TEAM)), pages=[routing(SCHEDULE)])
    assert ladder(found) == [("ana", 5), ("payments-schedule", 30)]
    assert told(found) == ["lossy TEAM_EXPANDED Payments_escalation", DEFAULTED]
    assert told_of_all(found) == ["note ROUTING_NOT_IMPORTED"]


def test_a_team_whose_default_rule_notifies_nobody_is_left_out():
    found = policies(escalation(rule(0, user(ANA)), rule(5, TEAM)), pages=[routing({"type": "none"})])
    assert ladder(found) == [("ana", 30)]
    assert "lossy STEP_DROPPED Payments_escalation" in told(found)


def test_a_team_by_default_without_a_default_rule_blocks():
    assert told(policies(escalation(rule(0, TEAM)), pages=[MEMBERS])) == [
        "blocked TARGET_UNRESOLVED Payments_escalation"
    ]


def calling(identifier):
    """Return how a rule names another escalation."""
    return {"type": "escalation", "id": identifier, "name": f"Escalation {identifier}"}


def test_another_escalation_is_made_into_its_layers_at_the_time_it_is_called():
    inner = escalation(rule(0, user(BOB)), rule(10, user(CYD)), id="esc-2", name="Inner")
    outer = escalation(rule(0, user(ANA)), rule(5, calling("esc-2")), rule(10, SCHEDULE))
    found = policies(outer, inner)
    assert ladder(found) == [("ana", 5), ("bob", 5), ("payments-schedule", 5), ("cyd", 30)]
    assert ladder(found, 1) == [("bob", 10), ("cyd", 30)]
    assert told(found)[0] == "lossy NESTED_POLICY_INLINED Payments_escalation"


@pytest.mark.parametrize(
    "others",
    [
        [],
        [escalation(rule(0, user(BOB)), rule(5, calling("esc-1")), id="esc-2", name="Inner")],
        [escalation(rule(0, TEAM), id="esc-2", name="Inner")],
    ],
)
def test_escalations_that_call_each_other_in_a_circle_are_blocked(others):
    outer = escalation(rule(0, user(ANA)), rule(5, calling("esc-2" if others else "esc-1")))
    found = policies(outer, *others, pages=[routing(calling("esc-1"))])
    assert "blocked NESTED_POLICY_INLINED Payments_escalation" in told(found)
    assert settle(found).document.policies == ()


def test_escalations_that_call_ever_more_others_are_blocked_in_no_time():
    chain = [
        escalation(
            *(rule(minute, calling(f"esc-{number + 1}")) for minute in range(10)), id=f"esc-{number}", name=f"{number}"
        )
        for number in range(12)
    ]
    found = policies(*chain, escalation(rule(0, user(ANA)), id="esc-12", name="Last"))
    assert "blocked NESTED_POLICY_INLINED 0" in told(found)


def test_an_escalation_that_is_not_there_blocks():
    assert told(policies(escalation(rule(0, calling("esc-9"))))) == ["blocked TARGET_UNRESOLVED Payments_escalation"]


def test_a_schedule_that_is_not_there_blocks_when_all_is_settled():
    found = settle(policies(escalation(rule(0, {"type": "schedule", "id": "sch-9", "name": "Gone"}))))
    assert told(found)[-1] == "blocked TARGET_UNRESOLVED Payments_escalation"


def test_everybody_is_whoever_is_active_now():
    found = policies(escalation(rule(0, {"type": "all"})))
    assert ladder(found) == [("ana bob cyd", 30)]
    assert told(found) == ["lossy TEAM_EXPANDED Payments_escalation", DEFAULTED]


def test_nobody_is_left_out():
    found = policies(escalation(rule(0, user(ANA)), rule(5, {"type": "none"}), rule(10, user(BOB))))
    assert ladder(found) == [("ana", 10), ("bob", 30)]
    assert told(found) == ["lossy STEP_DROPPED Payments_escalation", DEFAULTED]


def test_a_group_blocks():
    found = policies(escalation(rule(0, {"type": "group", "id": "g-1", "name": "Everyone"})))
    assert told(found) == ["blocked TARGET_UNRESOLVED Payments_escalation"]


def test_an_escalation_that_is_switched_off_is_told():
    assert told(policies(escalation(rule(0, user(ANA)), enabled=False)))[0] == (
        "lossy SCHEDULE_DISABLED Payments_escalation"
    )


def test_teams_are_told_with_how_much_they_own():
    owned = escalation(rule(0, user(ANA)), ownerTeam={"id": "team-2", "name": "Search"})
    inner = escalation(rule(0, user(ANA)), id="esc-2", name="Inner", teamId="team-3")
    found = policies(owned, inner, pages=[page("teams", PAYMENTS)])
    assert told_of_all(found) == ["note SERVICE_SETTING_NOT_IMPORTED"]
    assert finding(found, "SERVICE_SETTING_NOT_IMPORTED").was == {"Payments": 0, "Search": 1, "team-3": 1}


def test_that_looking_at_an_alert_ends_nothing_is_told_once():
    found = policies(escalation(rule(0, user(ANA))), escalation(rule(0, user(ANA)), id="esc-2", name="Inner"))
    notes = [each for each in found.findings if "looks at an alert" in each.message]
    assert [(each.severity, each.code, each.subject) for each in notes] == [
        ("note", "NOTIFY_POLICY_NOT_IMPORTED", None)
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"condition": "if-unseen"},
        {"delay": {"timeAmount": -1}},
        {"delay": {"timeAmount": 1, "timeUnit": "fortnights"}},
        {"recipient": None},
        {"recipient": "ana"},
    ],
)
def test_what_is_no_answer_of_opsgenie_is_refused_with_its_place(fields):
    with pytest.raises(Unreadable) as refused:
        policies(escalation({**rule(0, user(ANA)), **fields}))
    assert all("#/data/0/rules/0" in str(problem) for problem in refused.value.problems)
