"""One account with everything that differs: each code that the reader of Opsgenie may tell."""

from __future__ import annotations

from escalation.transfer.findings import Code
from tests.escalation.transfer.foreign.opsgenie.answers import (
    ANA,
    BOB,
    CYD,
    PAYMENTS,
    escalation,
    one,
    page,
    rotation,
    rule,
    schedule,
    user,
)

TELLS = {
    Code.USER_UNMATCHED,
    Code.USER_MISSING_IN_ROTATION,
    Code.TARGET_UNRESOLVED,
    Code.MIXED_TARGET_SPLIT,
    Code.SCHEDULE_DISABLED,
    Code.ROUND_ROBIN_DROPPED,
    Code.NEXT_ONCALL_UNSUPPORTED,
    Code.TEAM_EXPANDED,
    Code.NESTED_POLICY_INLINED,
    Code.TIMEOUT_ROUNDED,
    Code.TIMEOUT_CLAMPED,
    Code.LAST_TIMEOUT_DEFAULTED,
    Code.INITIAL_DELAY_DROPPED,
    Code.INFINITE_REPEAT,
    Code.CONDITION_CLOSE_DROPPED,
    Code.STEP_DROPPED,
    Code.ROTATION_SUBDAY,
    Code.ROTATION_UNSUPPORTED,
    Code.EMPTY_SLOT_UNSUPPORTED,
    Code.TIMEZONE_UNKNOWN,
    Code.DST_DIFFERENCE,
    Code.OVERRIDE_PAST_SKIPPED,
    Code.OVERRIDE_UNSUPPORTED,
    Code.LAYER_ENDED_SKIPPED,
    Code.CHANNEL_UNSUPPORTED,
    Code.CONTACT_UNVERIFIED,
    Code.NAME_COLLISION,
    Code.NAME_TRUNCATED,
    Code.SERVICE_SETTING_NOT_IMPORTED,
    Code.NOTIFY_POLICY_NOT_IMPORTED,
    Code.ROUTING_NOT_IMPORTED,
}

TEAM = {"type": "team", **PAYMENTS}
ONCALL = {"type": "schedule", "id": "sch-1", "name": "Payments_schedule"}
NEVER = {"type": "none"}

PEOPLE = (
    {
        **ANA,
        "role": {"name": "Owner"},
        "userContacts": [
            {"contactMethod": "mobile", "to": "x"},
            {"contactMethod": "sms", "to": "34-600000001"},
        ],
    },
    {**BOB, "blocked": True},
    {**CYD, "mutedUntil": "2030-01-01T00:00:00Z"},
    {"id": "u-4", "username": "nobody", "fullName": "Nobody"},
)

SCHEDULES = (
    schedule(
        rotation(user(ANA), user(BOB), type="hourly", length=24),
        rotation(user(ANA), id="rot-2", endDate="2026-11-01T00:00:00Z"),
        enabled=False,
    ),
    schedule(rotation(user(ANA), user(CYD), type="hourly", length=12), id="sch-2", name="Hours"),
    schedule(rotation(NEVER), id="sch-3", name="Empty"),
    schedule(rotation({"type": "escalation", "id": "esc-1"}), id="sch-4", name="Escalating"),
    schedule(id="sch-5", name="Far", timezone="Mars/Olympus"),
    schedule(id="sch-6", name="FAR"),
)

ESCALATIONS = (
    escalation(
        rule(5, ONCALL, condition="if-not-closed"),
        rule(5, user(ANA)),
        rule(10, TEAM, "all"),
        rule(15, TEAM),
        rule(0, user(ANA), delay={"timeAmount": 1000, "timeUnit": "seconds"}),
        rule(0, user(ANA), delay={"timeAmount": 30, "timeUnit": "days"}),
        rule(60 * 24 * 40, {"type": "escalation", "id": "esc-2", "name": "Inner"}),
        repeat={"waitInterval": 1, "count": 1000},
    ),
    escalation(rule(0, user(ANA)), rule(5, NEVER), id="esc-2", name="x" * 300),
    escalation(rule(0, ONCALL, "next"), id="esc-3", name="Next"),
    escalation(rule(0, TEAM, "random"), id="esc-4", name="Random"),
    escalation(rule(0, {"type": "group", "id": "g"}), id="esc-5", name="Group"),
)

PAGES = [
    page("users", *PEOPLE),
    page("schedules", *SCHEDULES),
    page(
        "overrides",
        {"user": NEVER, "startDate": "2027-01-01T00:00:00Z", "endDate": "2027-01-02T00:00:00Z"},
        {"user": user(ANA), "startDate": "2026-01-01T00:00:00Z", "endDate": "2026-01-02T00:00:00Z"},
        of="sch-1",
    ),
    page("escalations", *ESCALATIONS),
    one("team", "team-1", name="Payments", members=[{"user": user(ANA), "role": "admin"}]),
    page("routing-rules", {"id": "r-1", "isDefault": True, "notify": NEVER}, of="team-1"),
    page("notification-rules", {"id": "n-1", "name": "New"}, of="u-1"),
]

PRODUCERS = dict.fromkeys(sorted(TELLS), PAGES)
"""The pages of a bundle by each code that a finding has."""
