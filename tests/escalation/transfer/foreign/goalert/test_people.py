"""People of GoAlert."""

from __future__ import annotations

import pytest

from escalation.transfer.findings import Subject
from tests.escalation.transfer.foreign.goalert.answers import (
    ANA,
    BOB,
    connected,
    only,
    plain,
    read,
    read_all,
    rotation,
    schedule,
    target,
    told,
)


def contact(kind, address, **fields):
    """Return a contact method as newer servers say it."""
    name = "email_address" if kind == "smtp-email" else "phone_number"
    return {"id": "cm-1", "name": "Work", "dest": {"type": f"builtin-{kind}", "args": {name: address}}, **fields}


def read_user(**fields):
    """Return what is read of Ana, and the arrival."""
    arrival = read(people=connected("users", {**ANA, **fields}))
    return only(arrival.document.users), arrival


@pytest.mark.parametrize("page", [connected, plain])
def test_people_are_read_from_either_form_of_a_page(page):
    arrival = read(people=page("users", ANA, BOB))
    assert [(user.key, user.first_name, user.last_name, user.active) for user in arrival.document.users] == [
        ("ana@example.org", "Ana", "Ruiz", True),
        ("bob@example.org", "Bob", "Lee", True),
    ]
    assert arrival.refs[Subject("users", "ana@example.org")] == ("goalert", "acme", "user", "u-1")


@pytest.mark.parametrize("email", ["", None, "none"])
def test_somebody_without_an_address_is_blocked(email):
    arrival = read(people=connected("users", {**ANA, "email": email}))
    assert arrival.document.users == ()
    assert told(arrival) == [("blocked", "USER_UNMATCHED", email or None, None)]


def test_addresses_become_contact_methods_that_have_to_be_verified():
    user, arrival = read_user(
        contactMethods=[
            contact("smtp-email", "ana@home.example"),
            contact("twilio-sms", "+34600000001"),
            contact("twilio-voice", "+34600000002"),
            contact("smtp-email", "ana@example.org"),
        ]
    )
    assert [(each.channel, each.address) for each in user.contact_methods] == [
        ("email", "ana@home.example"),
        ("sms", "+34600000001"),
        ("voice", "+34600000002"),
    ]
    assert [each[:2] for each in told(arrival)] == [("lossy", "CONTACT_UNVERIFIED")]


@pytest.mark.parametrize(
    "method",
    [
        {"type": "SMS", "value": "+34600000001"},
        {"dest": {"type": "builtin-twilio-sms", "args": {"phone-number": "+34600000001"}}},
        {"dest": {"type": "builtin-twilio-sms", "values": [{"fieldID": "phone_number", "value": "+34600000001"}]}},
    ],
)
def test_addresses_of_older_servers_are_read(method):
    user, _ = read_user(contactMethods=[{"id": "cm-1", "name": "Work", **method}])
    assert [(each.channel, each.address) for each in user.contact_methods] == [("sms", "+34600000001")]


def test_other_channels_and_what_is_switched_off_are_told():
    user, arrival = read_user(
        contactMethods=[
            {"id": "cm-1", "name": "Hook", "dest": {"type": "builtin-webhook", "args": {"webhook_url": "https://x"}}},
            contact("twilio-sms", "+34600000001", disabled=True),
            contact("twilio-sms", "+34600000002", pending=True),
            contact("twilio-sms", ""),
        ]
    )
    assert user.contact_methods == ()
    assert [each[:2] for each in told(arrival)] == [
        ("lossy", "CHANNEL_UNSUPPORTED"),
        ("note", "CHANNEL_UNSUPPORTED"),
        ("note", "CHANNEL_UNSUPPORTED"),
        ("lossy", "CHANNEL_UNSUPPORTED"),
    ]


def test_rules_and_roles_are_told():
    _, arrival = read_user(role="admin", notificationRules=[{"delayMinutes": 5, "contactMethodID": "cm-1"}])
    assert told(arrival) == [
        ("note", "SERVICE_SETTING_NOT_IMPORTED", {"admin": 1}, None),
        ("note", "NOTIFY_POLICY_NOT_IMPORTED", [{"delayMinutes": 5, "contactMethodID": "cm-1"}], None),
    ]


def test_somebody_who_is_gone_keeps_their_turn_and_is_not_paged():
    arrival = read_all(rotations=[rotation(ANA, {"id": "u-9"})], schedules=[schedule(target())])
    kept = only(user for user in arrival.document.users if not user.active)
    assert kept.email.startswith("u-9.")
    assert kept.email.endswith("@goalert.invalid")
    assert only(only(arrival.document.schedules).rotations).participants == ("ana@example.org", kept.key)
    assert told(arrival) == [("lossy", "USER_MISSING_IN_ROTATION", "u-9", kept.email)]
