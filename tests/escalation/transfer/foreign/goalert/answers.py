"""What GoAlert answers, made by hand."""

from __future__ import annotations

from escalation.transfer.foreign.readers import read_foreign
from tests.escalation.transfer.foreign.bundles import sources

ANA = {"id": "u-1", "name": "Ana Ruiz", "email": "ana@example.org"}
BOB = {"id": "u-2", "name": "Bob Lee", "email": "bob@example.org"}
CYD = {"id": "u-3", "name": "Cyd", "email": "Cyd@example.org"}
ALWAYS = [True] * 7


def connected(kind, *nodes):
    """Return a page as GraphQL answers it."""
    return kind, {"data": {kind: {"nodes": list(nodes), "pageInfo": {"endCursor": "", "hasNextPage": False}}}}


def plain(kind, *nodes):
    """Return a page that holds only the list."""
    return kind, {kind: list(nodes)}


def rotation(*users, active=0, **fields):
    """Return a rotation of weekly turns; ``active`` is the place of who serves."""
    made = {
        "id": "rot-1",
        "name": "Weekly",
        "timeZone": "Europe/Madrid",
        "start": "2026-01-05T08:00:00Z",
        "type": "weekly",
        "shiftLength": 1,
        "activeUserIndex": active,
        "userIDs": [user["id"] for user in users],
    }
    return {**made, **fields}


def rule(start="00:00", end="00:00", days=ALWAYS):
    """Return a rule, by which one counts on days from Sunday on."""
    return {"start": start, "end": end, "weekdayFilter": days}


def target(kind="rotation", identifier="rot-1", *rules, **fields):
    """Return a target of a schedule."""
    return {"target": {"id": identifier, "type": kind, **fields}, "rules": list(rules or [rule()])}


def schedule(*targets, **fields):
    """Return a schedule."""
    made = {"id": "sched-1", "name": "Search on call", "timeZone": "Europe/Madrid", "targets": list(targets)}
    return {**made, **fields}


def temporary(start, end, *shifts):
    """Return a temporary schedule; shifts are who, from when until when."""
    made = [{"userID": user["id"], "start": begins, "end": ends} for user, begins, ends in shifts]
    return {"start": start, "end": end, "shifts": made}


def override(start, end, *, add=None, remove=None, **fields):
    """Return a user override."""
    made = {
        "id": "ov-1",
        "start": start,
        "end": end,
        "addUserID": add and add["id"],
        "removeUserID": remove and remove["id"],
        "target": {"id": "sched-1", "type": "schedule"},
    }
    return {**made, **fields}


def action(kind, identifier):
    """Return an action as newer servers say it."""
    return {"type": f"builtin-{kind}", "args": {f"{kind}_id": identifier}}


def step(*actions, minutes=5, **fields):
    """Return a step of a policy."""
    return {"stepNumber": 0, "delayMinutes": minutes, "multiAck": False, "actions": list(actions), **fields}


def policy(*steps, **fields):
    """Return a policy."""
    return {"id": "ep-1", "name": "Search", "description": "", "repeat": 0, "steps": list(steps), **fields}


def shifts(*found, of="sched-1"):
    """Return a page of who is on call: who, from when until when."""
    made = [{"userID": user["id"], "start": start, "end": end, "truncated": False} for user, start, end in found]
    return "shifts", {"data": {"schedule": {"id": of, "shifts": made}}}, of


PEOPLE = connected("users", ANA, BOB, CYD)


def bundle(*pages):
    """Return the files of a bundle with three people and these pages."""
    return sources("goalert", PEOPLE, *pages)


def read(*pages, people=PEOPLE):
    """Return what a bundle of these pages says."""
    return read_foreign(sources("goalert", people, *pages))


def read_all(*, rotations=(), schedules=(), policies=(), overrides=(), pages=()):
    """Return what a bundle of these objects says."""
    return read(
        connected("rotations", *rotations),
        connected("schedules", *schedules),
        connected("escalationPolicies", *policies),
        connected("userOverrides", *overrides),
        *pages,
    )


def told(arrival):
    """Return the findings: severity, code, was, now."""
    return [(each.severity.value, each.code.value, each.was, each.now) for each in arrival.findings]


def only(parts):
    """Return the one part there is."""
    (part,) = parts
    return part
