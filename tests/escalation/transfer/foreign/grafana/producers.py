"""One installation with everything that differs: each code that the reader of Grafana OnCall may tell."""

from __future__ import annotations

from escalation.transfer.findings import Code
from tests.escalation.transfer.foreign.grafana.answers import ANA, BOB, CYD, final, page, schedule, shift

TELLS = {
    Code.USER_UNMATCHED,
    Code.USER_MISSING_IN_ROTATION,
    Code.TARGET_UNRESOLVED,
    Code.MIXED_TARGET_SPLIT,
    Code.MULTI_ONCALL_UNSUPPORTED,
    Code.PRECEDENCE_FLATTENED,
    Code.ROUND_ROBIN_DROPPED,
    Code.TEAM_EXPANDED,
    Code.TIMEOUT_ROUNDED,
    Code.LAST_TIMEOUT_DEFAULTED,
    Code.INITIAL_DELAY_DROPPED,
    Code.STEPS_AFTER_REPEAT,
    Code.TIME_CONDITION,
    Code.COUNT_CONDITION,
    Code.IMPORTANCE_DROPPED,
    Code.STEP_DROPPED,
    Code.ROTATION_UNSUPPORTED,
    Code.EMPTY_SLOT_UNSUPPORTED,
    Code.TIMEZONE_UNKNOWN,
    Code.LAYER_TIMEZONE,
    Code.DST_DIFFERENCE,
    Code.ICAL_FLATTENED,
    Code.OVERRIDE_PAST_SKIPPED,
    Code.OVERRIDE_UNSUPPORTED,
    Code.LAYER_ENDED_SKIPPED,
    Code.CHANNEL_UNSUPPORTED,
    Code.NAME_COLLISION,
    Code.NAME_TRUNCATED,
    Code.SERVICE_SETTING_NOT_IMPORTED,
    Code.NOTIFY_POLICY_NOT_IMPORTED,
    Code.ROUTING_NOT_IMPORTED,
}

SHIFTS = (
    shift(["U1", "U2"], "U9", level=3),
    shift("U1", id="O2", name="Same", level=3),
    shift("U2", id="O3", name="Below", level=1),
    shift("U1", id="O4", name="Ended", until="2026-01-06T00:00:00"),
    shift("U1", [], id="O5", name="Empty"),
    shift("U1", id="O6", name="Hours", frequency="hourly"),
    shift("U1", id="O7", name="There", time_zone="America/New_York"),
    {"id": "O8", "name": "Past", "type": "override", "start": "2026-01-06T00:00:00", "duration": 60, "users": ["U1"]},
    {"id": "O9", "name": "Whose", "type": "override", "start": "2026-12-06T00:00:00", "duration": 60, "users": []},
)

SCHEDULES = (
    schedule(*SHIFTS[:4], *SHIFTS[7:], type="web"),
    schedule(SHIFTS[4], id="S2", name="Empty", type="web"),
    schedule(SHIFTS[5], id="S3", name="Hours"),
    schedule(SHIFTS[1], SHIFTS[6], id="S4", name="Zones"),
    schedule(id="S5", name="Far", time_zone="Mars/Olympus"),
    schedule(id="S6", name="FAR"),
    schedule(id="S7", name="Calendar", type="ical"),
    schedule(id="S8", name="Missing", shifts=["O99"]),
)

STEPS = (
    {"type": "wait", "duration": 60},
    {"type": "notify_on_call_from_schedule", "notify_on_call_from_schedule": "S1", "important": True},
    {"type": "notify_person_next_each_time", "persons_to_notify_next_each_time": ["U1"]},
    {"type": "wait", "duration": 90},
    {"type": "notify_team_members", "team_to_notify": "T1"},
    {"type": "wait", "duration": None},
    {"type": "trigger_webhook"},
    {"type": "repeat_escalation"},
    {"type": "resolve"},
)
TIMES = ({"type": "notify_if_time_from_to"}, {"type": "notify_if_num_alerts_in_window"})


def steps(chain, *of_chain):
    """Return steps as the API lists them."""
    return [{"escalation_chain_id": chain, "position": number, **step} for number, step in enumerate(of_chain)]


PAGES = [
    page(
        "users",
        *(
            {**ANA, "role": "admin", "is_phone_number_verified": True},
            {**BOB, "teams": ["T1"]},
            CYD,
            {"id": "U4", "email": ""},
        ),
    ),
    page("on_call_shifts", *SHIFTS),
    page("schedules", *SCHEDULES),
    final(),
    page("escalation_chains", {"id": "F1", "name": "x" * 300}, {"id": "F2", "name": "Times"}),
    page("escalation_policies", *steps("F1", *STEPS), *steps("F2", *TIMES)),
    page("personal_notification_rules", {"user_id": "U1", "position": 0, "type": "notify_by_sms"}),
    page("integrations", {"id": "C1", "name": "Mail"}),
]

PRODUCERS = dict.fromkeys(sorted(TELLS), PAGES)
"""The pages of a bundle by each code that a finding has."""
