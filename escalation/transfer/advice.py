"""What to do about a finding, as ``docs/transfer.md`` says it too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from escalation.transfer.findings import Code

ADVICE: Final[Mapping[Code, str]] = {
    Code.USER_UNMATCHED: "give them an address there, create them by the import, or map them",
    Code.USER_MISSING_IN_ROTATION: "nobody is paged in those turns: give them to somebody else there, or map the person",
    Code.TARGET_UNRESOLVED: "see why that is so; fetch again",
    Code.MIXED_TARGET_SPLIT: "they are paged a minute apart; make one schedule of them if that is too late",
    Code.MULTI_ONCALL_UNSUPPORTED: "compare the schedule with that over there",
    Code.PRECEDENCE_FLATTENED: "compare; give those that are on call together a schedule each",
    Code.SCHEDULE_DISABLED: "leave out what pages it",
    Code.ROUND_ROBIN_DROPPED: "put a schedule in their place",
    Code.NEXT_ONCALL_UNSUPPORTED: "name people, or a second schedule",
    Code.TEAM_EXPANDED: "change the layer when the team changes",
    Code.NESTED_POLICY_INLINED: "later changes of the inner one do not follow",
    Code.TIMEOUT_ROUNDED: "nothing, if the minute does not matter",
    Code.TIMEOUT_CLAMPED: "nothing, if nobody is to wait longer",
    Code.LAST_TIMEOUT_DEFAULTED: "set the wait you want",
    Code.INITIAL_DELAY_DROPPED: "delay the alert where it is made",
    Code.INFINITE_REPEAT: "after the last repeat the fallback is paged every 30 minutes",
    Code.STEPS_AFTER_REPEAT: "they are left out; add them as layers, if they are to come earlier",
    Code.TIME_CONDITION: "make two policies, or give the layer working hours",
    Code.COUNT_CONDITION: "decide where alerts become incidents",
    Code.CONDITION_CLOSE_DROPPED: "set a re-page after the acknowledgement",
    Code.IMPORTANCE_DROPPED: "people set rules for severities",
    Code.STEP_DROPPED: "set up a channel or a webhook of the organization",
    Code.ROTATION_SUBDAY: "make several of the layer there, each restricted to a part of the day, as the finding says",
    Code.ROTATION_UNSUPPORTED: "rebuild it with turns of days or weeks",
    Code.RRULE_UNSUPPORTED: "rebuild it with whole days or weeks",
    Code.EMPTY_SLOT_UNSUPPORTED: "name somebody, or restrict the layer's times",
    Code.TIMEZONE_UNKNOWN: "choose a city there",
    Code.LAYER_TIMEZONE: "give it a schedule of its own there",
    Code.DST_DIFFERENCE: "compare who is on call then",
    Code.ICAL_FLATTENED: "build rotations before those weeks are over",
    Code.TEMP_SCHEDULE_GAP: "name somebody there for that time",
    Code.OVERRIDE_PAST_SKIPPED: "nothing",
    Code.OVERRIDE_UNSUPPORTED: "compare who is on call in its time",
    Code.LAYER_ENDED_SKIPPED: "nothing",
    Code.CHANNEL_UNSUPPORTED: "people set it up themselves",
    Code.CONTACT_UNVERIFIED: "their owners verify them",
    Code.NAME_COLLISION: "rename one of them there, as the finding says",
    Code.NAME_TRUNCATED: "nothing, if the beginning tells enough",
    Code.SERVICE_SETTING_NOT_IMPORTED: "see which of them you need",
    Code.NOTIFY_POLICY_NOT_IMPORTED: "people set theirs; until then they are paged by mail, at once",
    Code.ROUTING_NOT_IMPORTED: "route your alerts to it here",
    Code.TIMELINE_MISMATCH: "look at each interval that the finding lists, or [verify](#verifying)",
}
