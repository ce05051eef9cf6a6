"""Which bundle of GoAlert produces which finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from escalation.transfer.findings import Code
from tests.escalation.transfer.foreign.goalert.answers import (
    ANA,
    BOB,
    CYD,
    action,
    connected,
    override,
    policy,
    rotation,
    schedule,
    step,
    target,
    temporary,
)

_BOB = {**BOB, "id": "u-7", "email": "b@example.org"}
_DECEMBER = ("2026-12-01T00:00:00Z", "2026-12-20T00:00:00Z")
_SMS = {"id": "cm-1", "name": "Work", "dest": {"type": "builtin-twilio-sms", "args": {"phone_number": "+34600000001"}}}
_HOOK = {"id": "cm-2", "name": "Hook", "dest": {"type": "builtin-webhook", "args": {"webhook_url": "https://x"}}}
_CHANNEL = {"type": "builtin-slack-channel", "args": {"slack_channel_id": "C1"}}


def _scheduled(*rotations, **fields):
    """Return the pages of a schedule of one rotation."""
    return [connected("rotations", *rotations), connected("schedules", schedule(target(), **fields))]


def _steps(*steps, **fields):
    """Return the page of a policy."""
    return [connected("escalationPolicies", policy(*steps, **fields))]


PRODUCERS: Final[Mapping[Code, Sequence[Any]]] = {
    Code.USER_UNMATCHED: [connected("users", {**_BOB, "email": ""})],
    Code.USER_MISSING_IN_ROTATION: _scheduled(rotation({"id": "u-9"})),
    Code.TARGET_UNRESOLVED: _steps(step(action("schedule", "s-9"))),
    Code.MIXED_TARGET_SPLIT: [
        *_scheduled(rotation(ANA)),
        *_steps(step(action("schedule", "sched-1"), action("user", "u-1"))),
    ],
    Code.MULTI_ONCALL_UNSUPPORTED: _scheduled(
        rotation(ANA), temporarySchedules=[temporary(*_DECEMBER, (BOB, *_DECEMBER), (CYD, *_DECEMBER))]
    ),
    Code.TIMEOUT_ROUNDED: _steps(step(action("user", "u-1"), minutes=0)),
    Code.TIMEOUT_CLAMPED: _steps(step(action("user", "u-1"), minutes=10_081)),
    Code.LAST_TIMEOUT_DEFAULTED: _steps(step(action("user", "u-1"), minutes=None)),
    Code.INITIAL_DELAY_DROPPED: _steps(step(_CHANNEL), step(action("user", "u-1"), stepNumber=1)),
    Code.INFINITE_REPEAT: _steps(step(action("user", "u-1")), repeat=-1),
    Code.COUNT_CONDITION: _steps(step(action("user", "u-1"), multiAck=True)),
    Code.STEP_DROPPED: _steps(step(_CHANNEL)),
    Code.ROTATION_SUBDAY: _scheduled(rotation(ANA, BOB, type="hourly", shiftLength=12)),
    Code.ROTATION_UNSUPPORTED: _scheduled(rotation(ANA, BOB, type="monthly")),
    Code.EMPTY_SLOT_UNSUPPORTED: _scheduled(rotation()),
    Code.TIMEZONE_UNKNOWN: _scheduled(rotation(ANA), timeZone="Local"),
    Code.LAYER_TIMEZONE: _scheduled(rotation(ANA, BOB, timeZone="Europe/London")),
    Code.TEMP_SCHEDULE_GAP: _scheduled(rotation(ANA), temporarySchedules=[temporary(*_DECEMBER)]),
    Code.OVERRIDE_PAST_SKIPPED: [
        *_scheduled(rotation(ANA)),
        connected("userOverrides", override("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", add=BOB, remove=ANA)),
    ],
    Code.OVERRIDE_UNSUPPORTED: [*_scheduled(rotation(ANA)), connected("userOverrides", override(*_DECEMBER, add=BOB))],
    Code.CHANNEL_UNSUPPORTED: [connected("users", {**_BOB, "contactMethods": [_HOOK]})],
    Code.CONTACT_UNVERIFIED: [connected("users", {**_BOB, "contactMethods": [_SMS]})],
    Code.NAME_COLLISION: [connected("schedules", schedule(), schedule(id="sched-2"))],
    Code.NAME_TRUNCATED: [connected("schedules", schedule(name="x" * 256))],
    Code.SERVICE_SETTING_NOT_IMPORTED: [connected("users", {**_BOB, "role": "admin"})],
    Code.NOTIFY_POLICY_NOT_IMPORTED: [connected("users", {**_BOB, "notificationRules": [{"delayMinutes": 0}]})],
    Code.ROUTING_NOT_IMPORTED: _steps(step(action("user", "u-1")), assignedTo=[{"id": "svc-1", "name": "Shop"}]),
}
