"""What PagerDuty answers, made by hand."""

from __future__ import annotations

from escalation.transfer.foreign.readers import read_foreign
from tests.escalation.transfer.foreign.bundles import sources

ANA = {"id": "PUS0001", "type": "user", "name": "Ana Ruiz", "email": "ana@example.org"}
BOB = {"id": "PUS0002", "type": "user", "name": "Bob Lee", "email": "bob@example.org"}
CYD = {"id": "PUS0003", "type": "user", "name": "Cyd", "email": "Cyd@example.org"}
DAY = 86400
WEEK = 7 * DAY


def person(number, **fields):
    """Return somebody else."""
    return {"id": f"PUS000{number}", "type": "user", "name": "Dan", "email": f"dan{number}@example.org", **fields}


def ref(user):
    """Return a reference to somebody."""
    return {"id": user["id"], "type": "user_reference", "summary": user["name"]}


def layer(*users, **fields):
    """Return a layer of weekly turns."""
    made = {
        "id": "PLY0001",
        "name": "Weekly",
        "start": "2026-01-05T09:00:00+01:00",
        "end": None,
        "rotation_virtual_start": "2026-01-05T09:00:00+01:00",
        "rotation_turn_length_seconds": WEEK,
        "users": [{"user": ref(user)} for user in users],
        "restrictions": [],
    }
    return {**made, **fields}


def daily(start, seconds):
    """Return a restriction to a time of each day."""
    return {"type": "daily_restriction", "start_time_of_day": start, "duration_seconds": seconds}


def weekly(day, start, seconds):
    """Return a restriction to a time of each week."""
    return {
        "type": "weekly_restriction",
        "start_day_of_week": day,
        "start_time_of_day": start,
        "duration_seconds": seconds,
    }


def entry(user, start, end):
    """Return a shift as PagerDuty has computed it."""
    return {"start": start, "end": end, "user": ref(user)}


def schedule(*layers, entries=(), **fields):
    """Return a page that holds a schedule of layers, in the order of the API."""
    made = {
        "id": "PSCH001",
        "type": "schedule",
        "name": "Checkout primary",
        "time_zone": "Europe/Madrid",
        "schedule_layers": list(layers),
        "final_schedule": {"rendered_schedule_entries": list(entries)},
    }
    return "schedule", {"schedule": {**made, **fields}}


def override(user, start, end):
    """Return an override."""
    return {"id": "POV0001", "start": start, "end": end, "user": ref(user)}


def overrides(*found, of="PSCH001"):
    """Return a page of overrides."""
    return "overrides", {"overrides": list(found)}, of


def rule(*targets, minutes=5, **fields):
    """Return a rule of an escalation policy."""
    return {"id": "PR1", "escalation_delay_in_minutes": minutes, "targets": list(targets), **fields}


def to_schedule(identifier="PSCH001", kind="schedule_reference"):
    """Return a target that is a schedule."""
    return {"id": identifier, "type": kind, "summary": "Checkout primary"}


def policy(*rules, **fields):
    """Return a page that holds a policy."""
    made = {
        "id": "PEP0001",
        "type": "escalation_policy",
        "name": "Checkout",
        "num_loops": 0,
        "escalation_rules": list(rules),
    }
    return "escalation_policies", {"escalation_policies": [{**made, **fields}], "more": False}


def users(*found):
    """Return a page of people."""
    return "users", {"users": list(found)}


PEOPLE = users(ANA, BOB, CYD)


def bundle(*pages):
    """Return the files of a bundle with three people and these pages."""
    return sources("pagerduty", PEOPLE, *pages)


def read(*pages, people=PEOPLE):
    """Return what a bundle of these pages says."""
    return read_foreign(sources("pagerduty", people, *pages))


def told(arrival, *codes):
    """Return the findings, without the notes on clocks if no codes are asked for: severity, code, was, now."""
    found = (each for each in arrival.findings if (each.code in codes if codes else each.code != "DST_DIFFERENCE"))
    return [(each.severity.value, each.code.value, each.was, each.now) for each in found]


def only(parts):
    """Return the one part there is."""
    (part,) = parts
    return part
