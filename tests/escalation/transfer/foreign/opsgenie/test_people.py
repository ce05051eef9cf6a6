"""People of Opsgenie, how they are reached, and what of them is not imported."""

from __future__ import annotations

from escalation.transfer.document import ContactMethod, User
from escalation.transfer.findings import Subject
from tests.escalation.transfer.foreign.bundles import FETCHED_AT
from tests.escalation.transfer.foreign.opsgenie.answers import (
    ANA,
    BOB,
    arrival_of,
    finding,
    one,
    page,
    rotation,
    schedule,
    told,
    told_of_all,
    user,
)


def contact(method, to, **fields):
    """Return a contact of a person."""
    return {"id": "c-1", "contactMethod": method, "to": to, "enabled": True, **fields}


def person(*pages, **fields):
    """Return what is read of somebody, and what was found."""
    arrival = arrival_of(*pages, people=({**ANA, **fields},))
    (found,) = arrival.document.users
    return found, told(arrival)


def test_a_person_is_known_by_the_address_and_called_by_the_first_word_of_the_name():
    arrival = arrival_of(people=(BOB, {**ANA, "fullName": "Ana María Ruiz Gil"}))
    assert arrival.document.users == (
        User(key="bob@example.org", email="Bob@example.org", first_name="Bob", last_name="Lee", active=True),
        User(key="ana@example.org", email="ana@example.org", first_name="Ana", last_name="María Ruiz Gil", active=True),
    )
    assert arrival.refs[Subject("users", "ana@example.org")] == ("opsgenie", "acme", "user", "u-1")
    assert told(arrival) == []


def test_contacts_are_those_of_the_persons_own_page_and_have_to_be_verified():
    contacts = [
        contact("email", "ANA@example.org"),
        contact("email", "ana@home.example"),
        contact("sms", "34-600000001"),
        contact("voice", "34-600000001"),
    ]
    found, findings = person(one("user", "u-1", **{**ANA, "userContacts": contacts}))
    assert found.contact_methods == (
        ContactMethod(channel="email", address="ana@home.example"),
        ContactMethod(channel="sms", address="+34600000001"),
        ContactMethod(channel="voice", address="+34600000001"),
    )
    assert findings == ["lossy CONTACT_UNVERIFIED ana@example.org"]


def test_a_contact_that_can_not_be_used_is_left_out_and_told():
    contacts = [
        contact("mobile", "Ana's phone"),
        contact("sms", "34-600000001", enabled=False, disabledReason="NotVerified"),
        {"method": "voice", "to": "34-600000001", "status": {"enabled": False}},
        contact("sms", "none"),
        contact("email", "nowhere"),
    ]
    found, findings = person(userContacts=contacts)
    assert found.contact_methods == ()
    assert findings == [
        "lossy CHANNEL_UNSUPPORTED ana@example.org",
        "note CHANNEL_UNSUPPORTED ana@example.org",
        "note CHANNEL_UNSUPPORTED ana@example.org",
        "lossy CHANNEL_UNSUPPORTED ana@example.org",
        "lossy CHANNEL_UNSUPPORTED ana@example.org",
    ]


def test_who_is_blocked_is_not_paged():
    assert person(blocked=True)[0].active is False
    assert person(blocked=False)[0].active is True


def test_who_is_muted_now_is_told():
    assert person(mutedUntil="2026-11-26T00:00:00Z")[1] == ["note NOTIFY_POLICY_NOT_IMPORTED ana@example.org"]
    assert person(mutedUntil=FETCHED_AT)[1] == []


def test_who_never_confirmed_the_address_is_told():
    assert person(verified=False)[1] == ["note CONTACT_UNVERIFIED ana@example.org"]


def test_notification_rules_are_told_with_their_steps():
    arrival = arrival_of(
        page("notification-rules", {"id": "n-1", "name": "New Alert", "actionType": "create-alert"}, of="u-1"),
        page("steps", {"id": "s-1", "contact": {"method": "sms"}, "sendAfter": {"timeAmount": 5}}, of="u-1/n-1"),
        page("steps", {"id": "s-2"}, of="u-2/n-1"),
    )
    assert told(arrival) == ["note NOTIFY_POLICY_NOT_IMPORTED ana@example.org"]
    (rule,) = finding(arrival, "NOTIFY_POLICY_NOT_IMPORTED").was
    assert (rule["name"], [step["id"] for step in rule["steps"]]) == ("New Alert", ["s-1"])


def test_roles_time_zones_and_languages_are_counted():
    owner = {**ANA, "role": {"id": "Owner", "name": "Owner"}, "timeZone": "Europe/Madrid", "locale": "es_ES"}
    arrival = arrival_of(people=(owner, {**BOB, "timeZone": "Europe/Madrid"}))
    assert told_of_all(arrival) == ["note SERVICE_SETTING_NOT_IMPORTED"]
    assert finding(arrival, "SERVICE_SETTING_NOT_IMPORTED").was == {
        "locale: es_ES": 1,
        "role: Owner": 1,
        "timeZone: Europe/Madrid": 2,
    }


def test_who_has_no_address_is_blocked():
    arrival = arrival_of(people=({"id": "u-1", "username": "ana", "fullName": "Ana Ruiz"},))
    assert arrival.document.users == ()
    assert told(arrival) == ["blocked USER_UNMATCHED Ana Ruiz"]


def test_who_is_gone_keeps_the_turns_and_is_not_paged():
    gone = {"id": "u-9", "username": "eve@example.org"}
    arrival = arrival_of(page("schedules", schedule(rotation(user(ANA), user(gone), user(gone)))))
    assert [(each.email, each.active) for each in arrival.document.users][-1] == ("eve@example.org", False)
    (read,) = arrival.document.schedules
    assert read.rotations[0].participants == ("ana@example.org", "eve@example.org", "eve@example.org")
    assert told(arrival) == ["lossy USER_MISSING_IN_ROTATION Payments_schedule"]


def test_whose_account_is_blocked_keeps_the_turns_and_is_told_there():
    arrival = arrival_of(page("schedules", schedule(rotation(user(ANA)))), people=({**ANA, "blocked": True},))
    assert told(arrival) == ["lossy USER_MISSING_IN_ROTATION Payments_schedule"]


def test_jira_has_other_fields_for_people():
    jira = {"accountId": "5b10", "emailAddress": "ana@example.org", "displayName": "Ana Ruiz", "active": True}
    participant = {"type": "user", "id": "5b10"}
    arrival = arrival_of(
        ("users", {"values": [jira]}),
        ("schedules", {"values": [schedule(rotation(participant))]}),
        people=(),
    )
    assert [(each.email, each.first_name) for each in arrival.document.users] == [("ana@example.org", "Ana")]
    assert arrival.document.schedules[0].rotations[0].participants == ("ana@example.org",)
    assert arrival.refs[Subject("users", "ana@example.org")].id == "5b10"
