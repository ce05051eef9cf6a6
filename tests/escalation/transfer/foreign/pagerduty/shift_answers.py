"""What PagerDuty answers about schedules that are made of shifts, made by hand."""

from __future__ import annotations


def member(user):
    """Return a member of an event, nobody for None."""
    return {"type": "empty_member"} if user is None else {"type": "user_member", "user_id": user["id"]}


def zoned(at, zone="Europe/Madrid"):
    """Return a local time with its zone."""
    return {"date_time": at, "time_zone": zone}


def event(
    *users, start="2026-01-05T09:00:00+01:00", end="2026-01-12T09:00:00+01:00", shifts=1, rule="FREQ=WEEKLY", **fields
):
    """Return an event of weekly turns."""
    made = {
        "id": "EVT1",
        "name": "Weekly",
        "start_time": zoned(start),
        "end_time": zoned(end),
        "effective_since": start,
        "effective_until": None,
        "recurrence": [f"RRULE:{rule}"],
        "assignment_strategy": {
            "type": "rotating_member_assignment_strategy",
            "shifts_per_member": shifts,
            "members": [member(user) for user in users],
        },
    }
    return {**made, **fields}


def everybody(*users):
    """Return that all members serve at once."""
    return {"type": "every_member_assignment_strategy", "members": [member(user) for user in users]}


def rotation(*events, identifier="ROT1", **fields):
    """Return a rotation of events."""
    return {"id": identifier, "type": "schedule_rotation", "events": list(events), **fields}


def shifts(*rotations, entries=(), **fields):
    """Return a page that holds a schedule of shifts."""
    made = {
        "id": "PSCH003",
        "type": "schedule_v3",
        "name": "Follow the sun",
        "time_zone": "Europe/Madrid",
        "rotations": list(rotations),
        "final_schedule": {"type": "final_schedule", "computed_shift_assignments": list(entries)},
    }
    return "schedule_v3", {"schedule": {**made, **fields}}


def assignment(user, start, end, source="schedule_rotation"):
    """Return a shift as PagerDuty has computed it."""
    return {"start_time": start, "end_time": end, "member": member(user), "source": {"type": source}}


def custom_shifts(*found):
    """Return a page of custom shifts: who, from when until when."""
    made = [
        {
            "id": f"CUS{number}",
            "type": "custom_shift",
            "start_time": start,
            "end_time": end,
            "assignments": [{"type": "shift_assignment", "member": member(user)}],
        }
        for number, (user, start, end) in enumerate(found, 1)
    ]
    return "custom_shifts_v3", {"custom_shifts": made}, "PSCH003"


def stand_in(removed, added, start, end, **source):
    """Return an override of one member by another."""
    return {
        "id": "OVR1",
        "type": "override_shift",
        "start_time": start,
        "end_time": end,
        "overridden_member": member(removed),
        "overriding_member": member(added),
        **(source or {"rotation_id": "ROT1"}),
    }


def stand_ins(*found):
    """Return a page of overrides."""
    return "overrides_v3", {"overrides": list(found)}, "PSCH003"
