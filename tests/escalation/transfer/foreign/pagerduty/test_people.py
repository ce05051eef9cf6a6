"""People of PagerDuty."""

from __future__ import annotations

from escalation.transfer.findings import Code, Subject
from tests.escalation.transfer.foreign.pagerduty.answers import (
    ANA,
    BOB,
    layer,
    only,
    person,
    read,
    schedule,
    told,
    users,
)


def contact(kind, address, **fields):
    """Return a contact method."""
    return {"id": "PCM1", "type": kind, "label": "Work", "address": address, **fields}


def read_user(**fields):
    """Return what is read of Ana, and the arrival."""
    arrival = read(people=users({**ANA, **fields}))
    return only(arrival.document.users), arrival


def test_people_are_known_by_their_address_and_have_two_names():
    user, arrival = read_user(name="Ana Ruiz Gómez", email="Ana@Example.org")
    assert (user.key, user.email, user.first_name, user.last_name) == (
        "ana@example.org",
        "Ana@Example.org",
        "Ana",
        "Ruiz Gómez",
    )
    assert user.active
    assert arrival.refs[Subject("users", "ana@example.org")] == ("pagerduty", "acme", "user", "PUS0001")


def test_somebody_without_an_address_is_blocked():
    arrival = read(people=users({**ANA, "email": None}))
    assert arrival.document.users == ()
    assert told(arrival) == [("blocked", "USER_UNMATCHED", None, None)]
    assert arrival.findings[0].name == "Ana Ruiz"


def test_addresses_become_contact_methods_that_have_to_be_verified():
    user, arrival = read_user(
        contact_methods=[
            contact("email_contact_method", "ana@home.example"),
            contact("sms_contact_method", "600 000 001", country_code=34),
            contact("phone_contact_method", "4155550100", country_code="1"),
        ]
    )
    assert [(each.channel, each.address) for each in user.contact_methods] == [
        ("email", "ana@home.example"),
        ("sms", "+34600000001"),
        ("voice", "+14155550100"),
    ]
    ((severity, code, was, _),) = told(arrival)
    assert (severity, code) == ("lossy", "CONTACT_UNVERIFIED")
    assert was[1] == {"kind": "sms_contact_method", "label": "Work", "address": "+34600000001"}


def test_the_address_of_the_account_is_no_contact_method():
    user, arrival = read_user(contact_methods=[contact("email_contact_method", "ANA@example.org")])
    assert (user.contact_methods, told(arrival)) == ((), [])


def test_push_and_whatsapp_cannot_be_brought_along():
    user, arrival = read_user(
        contact_methods=[
            contact("push_notification_contact_method", "token"),
            contact("whatsapp_contact_method", "+34600000001"),
        ]
    )
    assert user.contact_methods == ()
    assert [each[:2] for each in told(arrival)] == [("lossy", "CHANNEL_UNSUPPORTED")] * 2


def test_what_is_switched_off_is_left_out_with_a_note_and_what_is_no_address_with_a_loss():
    user, arrival = read_user(
        contact_methods=[
            contact("sms_contact_method", "600000001", country_code=34, enabled=False),
            contact("phone_contact_method", "600000001", country_code=34, blacklisted=True),
            contact("phone_contact_method", ""),
        ]
    )
    assert user.contact_methods == ()
    assert [each[:2] for each in told(arrival)] == [
        ("note", "CHANNEL_UNSUPPORTED"),
        ("note", "CHANNEL_UNSUPPORTED"),
        ("lossy", "CHANNEL_UNSUPPORTED"),
    ]


def test_notification_rules_are_told_and_those_for_low_urgency_are_lost():
    def notify(urgency, minutes):
        return {
            "type": "assignment_notification_rule",
            "urgency": urgency,
            "start_delay_in_minutes": minutes,
            "contact_method": {"id": "PCM1"},
        }

    _, arrival = read_user(notification_rules=[notify("high", 0), notify("low", 5)])
    low, high = told(arrival)
    assert low[:2] == ("lossy", "CHANNEL_UNSUPPORTED")
    assert low[2] == [
        {"type": "assignment_notification_rule", "urgency": "low", "startDelayInMinutes": 5, "contactMethod": "PCM1"}
    ]
    assert high[:2] == ("note", "NOTIFY_POLICY_NOT_IMPORTED")
    assert [rule["startDelayInMinutes"] for rule in high[2]] == [0]


def test_roles_titles_zones_and_teams_are_told_once():
    arrival = read(
        people=users(
            {**ANA, "role": "admin", "job_title": "SRE", "time_zone": "Europe/Madrid", "teams": [{"summary": "Ops"}]},
            {**BOB, "role": "admin"},
        )
    )
    assert told(arrival) == [
        (
            "note",
            "SERVICE_SETTING_NOT_IMPORTED",
            {"job_title: SRE": 1, "role: admin": 2, "team: Ops": 1, "time_zone: Europe/Madrid": 1},
            None,
        )
    ]
    assert arrival.findings[0].subject is None


def test_somebody_who_is_gone_keeps_their_turn_and_is_not_paged():
    gone = person(9, name="Zoe Poe")
    arrival = read(schedule(layer(ANA, gone, BOB, gone)))
    rotation = only(only(arrival.document.schedules).rotations)
    assert rotation.participants == (
        "ana@example.org",
        "pus0009@pagerduty.invalid",
        "bob@example.org",
        "pus0009@pagerduty.invalid",
    )
    kept = only(user for user in arrival.document.users if not user.active)
    assert (kept.email, kept.first_name, kept.last_name) == ("pus0009@pagerduty.invalid", "Zoe", "Poe")
    assert told(arrival) == [("lossy", "USER_MISSING_IN_ROTATION", "PUS0009", "pus0009@pagerduty.invalid")]


def test_somebody_who_is_gone_is_told_for_each_schedule():
    gone = person(9)
    arrival = read(schedule(layer(gone)), schedule(layer(gone), id="PSCH002", name="Other"))
    assert len(told(arrival, Code.USER_MISSING_IN_ROTATION)) == 2
    assert len(arrival.document.users) == 4


def test_somebody_who_is_listed_as_deleted_is_inactive():
    gone = person(4, deleted_at="2026-01-01T00:00:00Z")
    arrival = read(schedule(layer(ANA, gone)), people=users(ANA, gone))
    assert [user.active for user in arrival.document.users] == [True, False]
    assert told(arrival) == [("lossy", "USER_MISSING_IN_ROTATION", "PUS0004", "dan4@example.org")]


def test_two_accounts_of_one_address_are_not_one_person():
    arrival = read(people=users(ANA, {**BOB, "email": "ANA@example.org"}))
    assert [user.first_name for user in arrival.document.users] == ["Ana"]
    assert told(arrival) == [("blocked", "NAME_COLLISION", "ANA@example.org", None)]
