"""Answers of Grafana OnCall, made by hand, and what is read of them."""

from __future__ import annotations

from datetime import UTC, datetime

from escalation.domain.schedule import on_call
from escalation.transfer.document import in_order
from escalation.transfer.foreign.grafana import read
from escalation.transfer.importing.own_rules import checked_document
from escalation.transfer.settling import settle
from escalation.transfer.worlds import schedule_of, user_id
from tests.escalation.transfer.foreign.bundles import bundle

ANA = {"id": "U1", "email": "ana@example.org", "username": "Ana Ruiz", "teams": []}
BOB = {"id": "U2", "email": "Bob@example.org", "username": "bob@example.org", "teams": []}
CYD = {"id": "U3", "email": "cyd@example.org", "username": "cyd", "teams": []}
EVERYBODY = (ANA, BOB, CYD)


def page(kind, *objects, of=None):
    """Return a page with a list."""
    return (kind, {"count": len(objects), "next": None, "previous": None, "results": list(objects)}, of)


def shift(*users, **fields):
    """Return weekly turns of these people, or groups of them, from Monday 5 January 2026, 09:00, all week."""
    made = {
        "id": "O1",
        "name": "Weekly",
        "type": "rolling_users",
        "team_id": None,
        "time_zone": None,
        "level": 1,
        "start": "2026-01-05T09:00:00",
        "rotation_start": "2026-01-05T09:00:00",
        "duration": 604800,
        "frequency": "weekly",
        "interval": 1,
        "until": None,
        "week_start": "MO",
        "by_day": None,
        "by_month": None,
        "by_monthday": None,
        "rolling_users": [[each] if isinstance(each, str) else list(each) for each in users],
        "start_rotation_from_user_index": 0,
    }
    return {**made, **fields}


def schedule(*shifts, **fields):
    """Return a schedule in Madrid with these shifts, which has been made by the API."""
    made = {
        "id": "S1",
        "name": "Primary",
        "type": "calendar",
        "team_id": None,
        "time_zone": "Europe/Madrid",
        "ical_url_overrides": None,
        "enable_web_overrides": False,
        "on_call_now": [],
        "shifts": [each["id"] for each in shifts],
        "slack": {"channel_id": None, "user_group_id": None},
    }
    return {**made, **fields}


def final(*shifts):
    """Return the page of the schedule's shifts as computed there: of each, the person, the start and the end."""
    told = [
        {"user_pk": user["id"], "user_email": user["email"], "shift_start": start, "shift_end": end}
        for user, start, end in shifts
    ]
    return page("final_shifts", *told, of="S1")


def arrival_of(*pages, people=EVERYBODY):
    """Return what is read of these pages, and of one with people; what can be imported of it keeps all rules."""
    arrival = read(bundle("grafana-oncall", page("users", *people), *pages))
    settled = settle(arrival)
    assert checked_document(settled) == in_order(settled.document)
    return arrival


def with_shifts(*shifts, pages=(), **fields):
    """Return what is read of a schedule with these shifts."""
    return arrival_of(page("schedules", schedule(*shifts, **fields)), page("on_call_shifts", *shifts), *pages)


def told(arrival):
    """Return what was found of parts, in short."""
    return [f"{each.severity} {each.code} {each.name}" for each in arrival.findings if each.subject is not None]


def told_of_all(arrival):
    """Return what was found that is about no single part, in short."""
    return [f"{each.severity} {each.code}" for each in arrival.findings if each.subject is None]


def finding(arrival, code):
    """Return the only finding of a code."""
    (found,) = (each for each in arrival.findings if each.code == code)
    return found


def serving(schedule, *at):
    """Return the names of who is on call in a schedule of a document at an instant in UTC, in their order."""
    names = {user_id(person["email"].casefold()): person["email"][:3].capitalize() for person in EVERYBODY}
    return [names[duty.user] for duty in on_call(schedule_of(schedule), datetime(*at, tzinfo=UTC))]
