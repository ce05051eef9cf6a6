"""Which bundle of PagerDuty produces which finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from escalation.transfer.findings import Code
from tests.escalation.transfer.foreign.pagerduty.answers import (
    ANA,
    BOB,
    DAY,
    WEEK,
    daily,
    layer,
    override,
    overrides,
    policy,
    ref,
    rule,
    schedule,
    to_schedule,
    users,
)
from tests.escalation.transfer.foreign.pagerduty.shift_answers import (
    event,
    everybody,
    rotation,
    shifts,
    stand_in,
    stand_ins,
    zoned,
)

_WORKFLOW = {"id": "PX", "type": "workflow_reference"}
_SMS = {"id": "PCM1", "type": "sms_contact_method", "address": "600000001", "country_code": 34}
_PUSH = {"id": "PCM2", "type": "push_notification_contact_method", "address": "token"}
_NOTIFY = {"type": "assignment_notification_rule", "urgency": "high", "start_delay_in_minutes": 0}
_TO_ANA = rule(ref(ANA))

PRODUCERS: Final[Mapping[Code, Sequence[Any]]] = {
    Code.USER_UNMATCHED: [users({**BOB, "id": "PUS0007", "email": ""})],
    Code.USER_MISSING_IN_ROTATION: [schedule(layer({"id": "PUS0009", "name": "Zoe"}))],
    Code.TARGET_UNRESOLVED: [policy(rule(to_schedule("PSCH404")))],
    Code.MIXED_TARGET_SPLIT: [schedule(layer(ANA)), policy(rule(to_schedule(), ref(ANA)))],
    Code.MULTI_ONCALL_UNSUPPORTED: [shifts(rotation(event(assignment_strategy=everybody(ANA, BOB))))],
    Code.ROUND_ROBIN_DROPPED: [policy(rule(ref(ANA), ref(BOB), escalation_rule_assignment_strategy="round_robin"))],
    Code.TIMEOUT_ROUNDED: [schedule(layer(ANA, restrictions=[daily("09:00:00", 3601)]))],
    Code.TIMEOUT_CLAMPED: [policy(rule(ref(ANA), minutes=10_081))],
    Code.LAST_TIMEOUT_DEFAULTED: [policy(rule(ref(ANA), minutes=None))],
    Code.INITIAL_DELAY_DROPPED: [policy(rule(_WORKFLOW), _TO_ANA)],
    Code.INFINITE_REPEAT: [policy(_TO_ANA, num_loops=101)],
    Code.STEP_DROPPED: [policy(rule(_WORKFLOW))],
    Code.ROTATION_SUBDAY: [schedule(layer(ANA, BOB, rotation_turn_length_seconds=DAY // 2))],
    Code.ROTATION_UNSUPPORTED: [schedule(layer(ANA, BOB, rotation_turn_length_seconds=600 * WEEK))],
    Code.RRULE_UNSUPPORTED: [shifts(rotation(event(ANA, rule="FREQ=MONTHLY")))],
    Code.EMPTY_SLOT_UNSUPPORTED: [shifts(rotation(event(ANA, None)))],
    Code.TIMEZONE_UNKNOWN: [schedule(layer(ANA), time_zone="Middle Earth")],
    Code.LAYER_TIMEZONE: [shifts(rotation(event(ANA, start_time=zoned("2026-01-05T09:00:00Z", "Europe/London"))))],
    Code.DST_DIFFERENCE: [schedule(layer(ANA, BOB))],
    Code.OVERRIDE_PAST_SKIPPED: [
        schedule(layer(ANA)),
        overrides(override(BOB, "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z")),
    ],
    Code.OVERRIDE_UNSUPPORTED: [
        shifts(rotation(event(ANA))),
        stand_ins(stand_in(ANA, None, "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z")),
    ],
    Code.LAYER_ENDED_SKIPPED: [schedule(layer(ANA, end="2026-11-01T00:00:00Z"))],
    Code.CHANNEL_UNSUPPORTED: [users({**BOB, "id": "PUS0007", "email": "b@example.org", "contact_methods": [_PUSH]})],
    Code.CONTACT_UNVERIFIED: [users({**BOB, "id": "PUS0007", "email": "b@example.org", "contact_methods": [_SMS]})],
    Code.NAME_COLLISION: [schedule(layer(ANA)), schedule(layer(ANA), id="PSCH002")],
    Code.NAME_TRUNCATED: [schedule(layer(ANA), name="x" * 256)],
    Code.SERVICE_SETTING_NOT_IMPORTED: [schedule(layer(ANA), teams=[{"id": "PT1", "summary": "Ops"}])],
    Code.NOTIFY_POLICY_NOT_IMPORTED: [
        users({**BOB, "id": "PUS0007", "email": "b@example.org", "notification_rules": [_NOTIFY]})
    ],
    Code.ROUTING_NOT_IMPORTED: [policy(_TO_ANA, services=[{"id": "PSV1", "summary": "Shop"}])],
    Code.TIMELINE_MISMATCH: [schedule(layer(ANA, BOB, restrictions=[daily("08:00:00", 7200)]))],
}
