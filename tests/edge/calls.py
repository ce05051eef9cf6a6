"""A call of every endpoint that works, and ways to spoil it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from tests.routes import api_routes

POLICIES = "/v1/escalation/policies"
POLICY = f"{POLICIES}/{{policy_id}}"
LAYERS = f"{POLICY}/layers"
LAYER = f"{LAYERS}/{{layer_id}}"
ORDER = f"{LAYERS}/order"
SCHEDULES = "/v1/oncall/schedules"
SCHEDULE = f"{SCHEDULES}/{{schedule_id}}"
ROTATIONS = f"{SCHEDULE}/layers"
ROTATION = f"{ROTATIONS}/{{rotation_id}}"
ROTATION_ORDER = f"{ROTATIONS}/order"
OVERRIDES = f"{SCHEDULE}/overrides"
OVERRIDE = f"{OVERRIDES}/{{override_id}}"
ALL_HOURS = "/v1/working-hours"
HOURS = f"{ALL_HOURS}/{{hours_id}}"
OPTIONS = f"{POLICY}/options"
POLICY_GAPS, SCHEDULE_GAPS = f"{POLICY}/coverage/intended-gaps", f"{SCHEDULE}/coverage/intended-gaps"
CALENDARS = "/v1/oncall/calendars"
METHODS = "/v1/users/{user_id}/contact-methods"
METHOD = f"{METHODS}/{{method_id}}"
SEND_CODE = f"{METHOD}/verification"
VERIFY = f"{METHODS}/{{verified_method_id}}/verify"
RULES, QUIET_HOURS = "/v1/users/{user_id}/notification-rules", "/v1/users/{user_id}/quiet-hours"
INCIDENTS = "/v1/incidents"
INCIDENT = f"{INCIDENTS}/{{incident_id}}"
STATUS, ACKNOWLEDGE, HAND_OFF = f"{INCIDENT}/status", f"{INCIDENT}/acknowledge", f"{INCIDENT}/handoff"
UNACKNOWLEDGE = f"{INCIDENTS}/{{acknowledged_incident_id}}/unacknowledge"
ESCALATE, SNOOZE = f"{INCIDENT}/escalate", f"{INCIDENT}/snooze"
APPLY_PLAN, RESOLVE = f"{INCIDENT}/apply-plan", f"{INCIDENT}/resolve"
UPDATES, AFFECTED = f"{INCIDENT}/updates", f"{INCIDENT}/components"
REDACT = f"{UPDATES}/{{update_id}}/redact"
COMPONENTS = "/v1/components"
COMPONENT = f"{COMPONENTS}/{{component_id}}"
MEMBERS = "/v1/team/members"
INVITE, MEMBER, ROLE = f"{MEMBERS}/invite", f"{MEMBERS}/{{user_id}}", f"{MEMBERS}/{{user_id}}/role"

WEBHOOKS = "/v1/webhooks"
WEBHOOK = f"{WEBHOOKS}/{{webhook_id}}"
REPLAY, ROTATE = f"{WEBHOOK}/replay", f"{WEBHOOK}/rotate-secret"
RESEND = f"{WEBHOOK}/deliveries/{{delivery_id}}/resend"

_PLACES = {
    # The API calls a schedule's rotations layers too.
    f"{ROTATIONS}/{{layer_id}}": ROTATION,
    f"{SCHEDULE_GAPS}/{{gap_id}}": f"{SCHEDULE_GAPS}/{{schedule_gap_id}}",
    f"{INCIDENT}/unacknowledge": UNACKNOWLEDGE,
    f"{METHOD}/verify": VERIFY,
}
"""Routes that lead to something else in the world than their names for ids say."""

NOBODYS_ID = str(UUID(int=7 << 76 | 8 << 60))
"""The id of nothing."""

# Texts in braces stand for ids of the world the call is made in.
_TARGET = {"type": "users", "userIds": ["{user_id}"]}
_STEP = {"position": 1, "targetType": "schedule", "targetId": "{schedule_id}", "escalateAfterSeconds": 60}
_WINDOW = {"days": [1, 2, 3, 4, 5], "start": "09:00", "end": "17:00"}
_ROTATION = {
    "name": "New",
    "rotationType": "weekly",
    "rotationLengthDays": 7,
    "handoffTime": "09:00",
    "effectiveFrom": "2026-05-04T07:00:00.000Z",
    "effectiveUntil": None,
    "participantIds": ["{user_id}"],
    "restrictions": [_WINDOW],
}
_OVERRIDE = {"userId": "{user_id}", "startsAt": "2030-01-01T00:00:00Z", "endsAt": "2030-01-02T00:00:00Z"}
_HOURS = {"name": "New", "timezone": "Europe/Berlin", "windows": [_WINDOW]}
_INTENDED_GAP = {
    "reason": "Nobody on Sundays",
    "timezone": "Europe/Berlin",
    "windows": [{"days": [7], "start": "00:00", "end": "00:00"}],
    "startsAt": "2026-05-04T07:00:00.000Z",
    "endsAt": None,
}
_RULE = {
    "contactMethodId": "{method_id}",
    "delaySeconds": 120,
    "repeatSeconds": 600,
    "severities": ["critical", "high"],
}
BODIES = {
    ("post", POLICIES): {"name": "New", "description": "What for", "steps": [_STEP]},
    ("patch", POLICY): {"name": "New", "description": "What for"},
    ("put", POLICY): {"name": "New", "description": None, "steps": [_STEP]},
    ("post", LAYERS): {"position": 1, "ackTimeoutMinutes": 5, "target": _TARGET},
    ("patch", LAYER): {"position": 2, "ackTimeoutMinutes": 6, "target": _TARGET},
    ("put", ORDER): {"layerIds": ["{other_layer_id}", "{layer_id}"]},
    ("post", SCHEDULES): {"name": "New", "description": "What for", "timezone": "Europe/Berlin"},
    ("patch", SCHEDULE): {"name": "New", "timezone": "UTC"},
    ("put", SCHEDULE): {"name": "New", "description": None, "timezone": "UTC"},
    ("post", ROTATIONS): _ROTATION,
    ("patch", ROTATION): _ROTATION,
    ("put", ROTATION): _ROTATION,
    ("put", ROTATION_ORDER): {"layerIds": ["{other_rotation_id}", "{rotation_id}"]},
    ("post", OVERRIDES): {**_OVERRIDE, "rotationLayerId": "{rotation_id}"},
    ("patch", OVERRIDE): _OVERRIDE,
    ("post", ALL_HOURS): _HOURS,
    ("patch", HOURS): _HOURS,
    ("patch", OPTIONS): {"repeatCount": 2, "repageAfterAckMinutes": 30},
    ("post", POLICY_GAPS): {**_INTENDED_GAP, "layerId": "{layer_id}"},
    ("post", SCHEDULE_GAPS): _INTENDED_GAP,
    ("post", CALENDARS): {"scheduleId": "{schedule_id}", "userId": "{user_id}"},
    ("post", METHODS): {"channel": "email", "address": "home@example.org"},
    ("post", SEND_CODE): {},
    ("post", VERIFY): {"code": "123456"},
    ("put", RULES): {"rules": [_RULE]},
    ("put", QUIET_HOURS): {"quietHours": {"timezone": "Europe/Berlin", "windows": [_WINDOW]}},
    ("post", INCIDENTS): {"title": "New", "severity": "high", "description": "What for", "ownerId": "{user_id}"},
    ("patch", STATUS): {"status": "identified", "resolutionNote": None},
    ("post", ACKNOWLEDGE): {"userId": "{user_id}"},
    ("post", HAND_OFF): {"targetUserId": "{user_id}", "firing": 1},
    ("post", UNACKNOWLEDGE): {},
    ("post", ESCALATE): {"firing": 1},
    ("post", SNOOZE): {"until": "2199-01-01T00:00:00Z", "firing": 1},
    ("post", APPLY_PLAN): {"firing": 1},
    ("post", RESOLVE): {"resolutionNote": "Restarted"},
    ("post", UPDATES): {"visibility": "internal", "body": "Found it", "statusChange": "identified"},
    ("post", REDACT): {},
    ("put", AFFECTED): {"componentIds": ["{component_id}"]},
    ("post", COMPONENTS): {"name": "New", "description": "What for", "aliases": ["Alias"], "maintenanceWindow": None},
    ("patch", COMPONENT): {"name": "New", "aliases": [], "maintenanceWindow": None},
    ("post", INVITE): {"emailAddress": "new@example.org", "role": "org:member"},
    ("patch", ROLE): {"role": "org:admin"},
    ("post", WEBHOOKS): {"url": "https://1.1.1.1/hook", "description": "What for", "events": ["incident"]},
    ("patch", WEBHOOK): {"url": "https://1.1.1.1/other", "events": None, "enabled": True},
    ("post", ROTATE): {},
    ("post", RESEND): {},
    ("post", REPLAY): {"from": "2026-11-23T03:00:00Z", "to": "2026-11-24T03:00:00Z"},
}
SHOWN_ONCE = {CALENDARS: "url", WEBHOOKS: "secret", ROTATE: "secret"}
"""The field of an answer that holds a secret, which a repeat does not show again."""

NEEDS_NO_BODY = {SEND_CODE, ACKNOWLEDGE, UNACKNOWLEDGE, ESCALATE, APPLY_PLAN, RESOLVE, REDACT, ROTATE, RESEND}
PUBLIC = "/v1/openapi.json"


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request; ``body`` is a JSON value, or bytes that are sent as they are."""

    method: str
    path: str
    body: Any = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self):
        return f"{self.method} {self.path} {str(self.body)[:100]}"

    def spoiled(self, **changes):
        """Return the call with fields of its body changed."""
        return replace(self, body={**self.body, **changes})

    def without(self, name):
        """Return the call without a field of its body."""
        return replace(self, body={key: value for key, value in self.body.items() if key != name})

    def send(self, client, world):
        """Send the call to the world; return the response."""
        body = self.body if isinstance(self.body, bytes) else json.dumps(filled(self.body, world)).encode()
        path = self.path.format_map(world)
        headers = {name: text.format_map(world) for name, text in self.headers.items()}
        return client.generic(self.method.upper(), path, body, self.content_type, headers=headers)


def filled(value, world):
    """Return ``value`` with each text in braces replaced by what it stands for in the world."""
    match value:
        case str():
            return world.get(value[1:-1], value) if value[:1] == "{" else value
        case list():
            return [filled(inner, world) for inner in value]
        case dict():
            return {key: filled(inner, world) for key, inner in value.items()}
    return value


def _working(method, path):
    place = _PLACES.get(path, path)
    return Call(method=method, path=place, body=BODIES.get((method, place), b""))


ROUTES = [_working(method, path) for method, path in api_routes()]
"""Every endpoint, called so that it works, the public one among them."""

PRIVATE = [call for call in ROUTES if call.path != PUBLIC]
TEAM = [call for call in PRIVATE if call.path.startswith(MEMBERS)]
"""What only a key of scope ``write`` may even look at."""

READS = [call for call in ROUTES if call.method == "get"]
WRITES = [call for call in ROUTES if call.method in {"post", "patch", "put"}]
DELETIONS = [call for call in ROUTES if call.method == "delete"]
POSTS = [call for call in WRITES if call.method == "post"]
CONDITIONAL = [call for call in ROUTES if call.method in {"patch", "put", "delete"}]


def call_of(method, path, **changes):
    """Return the call of an endpoint, fields of its body changed."""
    (call,) = [call for call in ROUTES if (call.method, call.path) == (method, _PLACES.get(path, path))]
    return call.spoiled(**changes) if changes else call


def each(calls, **changes):
    """Return ``calls`` with other headers, another body or content type."""
    return [replace(call, **changes) for call in calls]


def with_field(name, *values, among=None):
    """Return every call whose body has the field ``name``, once with each of ``values`` in it."""
    calls = [call for call in WRITES if name in call.body] if among is None else among
    return [call.spoiled(**{name: value}) for call in calls for value in values]
