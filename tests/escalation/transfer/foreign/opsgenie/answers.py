"""Answers of Opsgenie, made by hand, and what is read of them."""

from __future__ import annotations

from datetime import UTC, datetime

from escalation.domain.schedule import on_call
from escalation.transfer.document import in_order
from escalation.transfer.foreign.opsgenie import read
from escalation.transfer.importing.own_rules import checked_document
from escalation.transfer.settling import settle
from escalation.transfer.worlds import schedule_of, user_id
from tests.escalation.transfer.foreign.bundles import bundle

ANA = {"id": "u-1", "username": "ana@example.org", "fullName": "Ana Ruiz"}
BOB = {"id": "u-2", "username": "Bob@example.org", "fullName": "Bob Lee"}
CYD = {"id": "u-3", "username": "cyd@example.org", "fullName": "Cyd"}
EVERYBODY = (ANA, BOB, CYD)

PAYMENTS = {"id": "team-1", "name": "Payments"}


def page(kind, *objects, of=None):
    """Return a page with a list."""
    return (kind, {"data": list(objects), "took": 0.01, "requestId": "r-1"}, of)


def one(kind, identifier, **fields):
    """Return a page with one object."""
    return (kind, {"data": {"id": identifier, **fields}}, identifier)


def user(person):
    """Return how others refer to a person."""
    return {"type": "user", "id": person["id"], "username": person["username"]}


def rotation(*participants, **fields):
    """Return a weekly rotation from Monday 5 January 2026, 09:00 in Madrid."""
    made = {
        "id": "rot-1",
        "name": "Weekly",
        "startDate": "2026-01-05T08:00:00Z",
        "endDate": None,
        "type": "weekly",
        "length": 1,
        "participants": list(participants),
    }
    return {**made, **fields}


def schedule(*rotations, **fields):
    """Return a schedule in Madrid."""
    made = {
        "id": "sch-1",
        "name": "Payments_schedule",
        "timezone": "Europe/Madrid",
        "enabled": True,
        "rotations": list(rotations),
    }
    return {**made, **fields}


def rule(minutes, recipient, notify="default", **fields):
    """Return a rule of an escalation."""
    delay = {"timeAmount": minutes, "timeUnit": "minutes"}
    return {"condition": "if-not-acked", "notifyType": notify, "delay": delay, "recipient": recipient, **fields}


def escalation(*rules, **fields):
    """Return an escalation."""
    return {"id": "esc-1", "name": "Payments_escalation", "description": "", "rules": list(rules), **fields}


def arrival_of(*pages, people=EVERYBODY):
    """Return what is read of these pages, and of one with people; what can be imported of it keeps all rules."""
    arrival = read(bundle("opsgenie", page("users", *people), *pages))
    settled = settle(arrival)
    assert checked_document(settled) == in_order(settled.document)
    return arrival


def told(arrival):
    """Return what was found of parts, in short."""
    return [f"{each.severity} {each.code} {each.name}" for each in arrival.findings if each.subject is not None]


def told_of_all(arrival):
    """Return what was found that is about no single part, in short, but for what is told of all escalations."""
    found = (each for each in arrival.findings if each.subject is None and "looks at an alert" not in each.message)
    return [f"{each.severity} {each.code}" for each in found]


def finding(arrival, code):
    """Return the only finding of a code, but for what is told of all escalations."""
    (found,) = (each for each in arrival.findings if each.code == code and "looks at an alert" not in each.message)
    return found


def serving(schedule, *at):
    """Return the names of who is on call in a schedule of a document at an instant in UTC, in their order."""
    names = {user_id(person["username"].casefold()): person["fullName"].split()[0] for person in EVERYBODY}
    return [names[duty.user] for duty in on_call(schedule_of(schedule), datetime(*at, tzinfo=UTC))]
