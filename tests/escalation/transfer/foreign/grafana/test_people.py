"""People of Grafana OnCall, and what of them is not imported."""

from __future__ import annotations

from escalation.transfer.document import User
from escalation.transfer.findings import Subject
from tests.escalation.transfer.foreign.grafana.answers import (
    ANA,
    BOB,
    CYD,
    arrival_of,
    finding,
    page,
    schedule,
    shift,
    told,
    told_of_all,
    with_shifts,
)


def test_a_person_is_known_by_the_address_and_called_by_the_name_if_it_is_one():
    arrival = arrival_of()
    assert arrival.document.users == (
        User(key="ana@example.org", email="ana@example.org", first_name="Ana", last_name="Ruiz", active=True),
        User(key="bob@example.org", email="Bob@example.org", first_name="", last_name="", active=True),
        User(key="cyd@example.org", email="cyd@example.org", first_name="cyd", last_name="", active=True),
    )
    assert arrival.refs[Subject("users", "ana@example.org")] == ("grafana-oncall", "acme", "user", "U1")
    assert told(arrival) == told_of_all(arrival) == []


def test_who_has_no_address_is_blocked():
    arrival = arrival_of(people=({**ANA, "email": ""}, {**BOB, "email": None}))
    assert told(arrival) == ["blocked USER_UNMATCHED Ana Ruiz", "blocked USER_UNMATCHED bob@example.org"]


def test_personal_rules_are_told_the_important_ones_first():
    rules = [
        {"id": "N2", "user_id": "U1", "position": 1, "type": "notify_by_sms", "important": False},
        {"id": "N1", "user_id": "U1", "position": 0, "type": "wait", "duration": 300, "important": False},
        {"id": "N3", "user_id": "U1", "position": 0, "type": "notify_by_phone_call", "important": True},
    ]
    arrival = arrival_of(page("personal_notification_rules", *rules))
    assert told(arrival) == ["note NOTIFY_POLICY_NOT_IMPORTED ana@example.org"]
    was = finding(arrival, "NOTIFY_POLICY_NOT_IMPORTED").was
    assert list(was) == ["important", "default"]
    assert [rule["type"] for rule in was["default"]] == ["wait", "notify_by_sms"]


def test_a_telephone_number_that_the_api_keeps_to_itself_is_told():
    arrival = arrival_of(people=({**ANA, "is_phone_number_verified": True},))
    assert told(arrival) == ["note CHANNEL_UNSUPPORTED ana@example.org"]


def test_roles_teams_time_zones_and_slack_accounts_are_counted():
    slack = {"user_id": "S", "team_id": "T"}
    ana = {**ANA, "role": "admin", "timezone": "Europe/Madrid", "slack": slack, "teams": ["T1"]}
    arrival = arrival_of(page("teams", {"id": "T1", "name": "Payments"}), people=(ana, {**BOB, "teams": ["T1", "T2"]}))
    assert told_of_all(arrival) == ["note SERVICE_SETTING_NOT_IMPORTED"]
    assert finding(arrival, "SERVICE_SETTING_NOT_IMPORTED").was == {
        "role: admin": 1,
        "slack": 1,
        "team: Payments": 2,
        "team: T2": 1,
        "timezone: Europe/Madrid": 1,
    }


def test_what_teams_own_and_what_slack_is_told_is_counted():
    told_to = schedule(team_id="T1", slack={"channel_id": "C1", "user_group_id": None})
    chain = {"id": "F1", "name": "Chain", "team_id": "T2"}
    arrival = arrival_of(
        page("teams", {"id": "T1", "name": "Payments"}), page("schedules", told_to), page("escalation_chains", chain)
    )
    assert finding(arrival, "SERVICE_SETTING_NOT_IMPORTED").was == {"slack": 1, "team: Payments": 1, "team: T2": 1}


def test_who_is_gone_keeps_the_turns_and_is_not_paged():
    arrival = with_shifts(shift("U1", "U9", "U9"))
    (schedule,) = arrival.document.schedules
    assert schedule.rotations[0].participants == ("ana@example.org", *["u9@grafana-oncall.invalid"] * 2)
    assert [each.active for each in arrival.document.users] == [True, True, True, False]
    assert told(arrival) == ["lossy USER_MISSING_IN_ROTATION Primary"]


def test_people_are_those_of_all_pages():
    arrival = arrival_of(page("users", CYD), people=(ANA, BOB))
    assert len(arrival.document.users) == 3
