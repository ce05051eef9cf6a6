"""Findings: each difference between what a file means and what will be here, so that nothing is dropped silently.

Every reader tells them with the codes of one list. What is blocked is not imported, nor is what depends on it; what
is lossy is imported and behaves differently; a note is worth knowing, and changes whom nobody pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from escalation.transfer.document import Document

Section = Literal["users", "workingHours", "schedules", "policies"]


class Severity(StrEnum):
    """How much a difference matters."""

    BLOCKED = "blocked"
    LOSSY = "lossy"
    NOTE = "note"


class Code(StrEnum):
    """What kind of a difference it is; ``docs/transfer.md`` says what each means and what to do."""

    USER_UNMATCHED = "USER_UNMATCHED"
    USER_MISSING_IN_ROTATION = "USER_MISSING_IN_ROTATION"
    TARGET_UNRESOLVED = "TARGET_UNRESOLVED"
    MIXED_TARGET_SPLIT = "MIXED_TARGET_SPLIT"
    MULTI_ONCALL_UNSUPPORTED = "MULTI_ONCALL_UNSUPPORTED"
    PRECEDENCE_FLATTENED = "PRECEDENCE_FLATTENED"
    SCHEDULE_DISABLED = "SCHEDULE_DISABLED"
    ROUND_ROBIN_DROPPED = "ROUND_ROBIN_DROPPED"
    NEXT_ONCALL_UNSUPPORTED = "NEXT_ONCALL_UNSUPPORTED"
    TEAM_EXPANDED = "TEAM_EXPANDED"
    NESTED_POLICY_INLINED = "NESTED_POLICY_INLINED"
    TIMEOUT_ROUNDED = "TIMEOUT_ROUNDED"
    TIMEOUT_CLAMPED = "TIMEOUT_CLAMPED"
    LAST_TIMEOUT_DEFAULTED = "LAST_TIMEOUT_DEFAULTED"
    INITIAL_DELAY_DROPPED = "INITIAL_DELAY_DROPPED"
    INFINITE_REPEAT = "INFINITE_REPEAT"
    STEPS_AFTER_REPEAT = "STEPS_AFTER_REPEAT"
    TIME_CONDITION = "TIME_CONDITION"
    COUNT_CONDITION = "COUNT_CONDITION"
    CONDITION_CLOSE_DROPPED = "CONDITION_CLOSE_DROPPED"
    IMPORTANCE_DROPPED = "IMPORTANCE_DROPPED"
    STEP_DROPPED = "STEP_DROPPED"
    ROTATION_SUBDAY = "ROTATION_SUBDAY"
    ROTATION_UNSUPPORTED = "ROTATION_UNSUPPORTED"
    RRULE_UNSUPPORTED = "RRULE_UNSUPPORTED"
    EMPTY_SLOT_UNSUPPORTED = "EMPTY_SLOT_UNSUPPORTED"
    TIMEZONE_UNKNOWN = "TIMEZONE_UNKNOWN"
    LAYER_TIMEZONE = "LAYER_TIMEZONE"
    DST_DIFFERENCE = "DST_DIFFERENCE"
    ICAL_FLATTENED = "ICAL_FLATTENED"
    TEMP_SCHEDULE_GAP = "TEMP_SCHEDULE_GAP"
    OVERRIDE_PAST_SKIPPED = "OVERRIDE_PAST_SKIPPED"
    OVERRIDE_UNSUPPORTED = "OVERRIDE_UNSUPPORTED"
    LAYER_ENDED_SKIPPED = "LAYER_ENDED_SKIPPED"
    CHANNEL_UNSUPPORTED = "CHANNEL_UNSUPPORTED"
    CONTACT_UNVERIFIED = "CONTACT_UNVERIFIED"
    NAME_COLLISION = "NAME_COLLISION"
    NAME_TRUNCATED = "NAME_TRUNCATED"
    SERVICE_SETTING_NOT_IMPORTED = "SERVICE_SETTING_NOT_IMPORTED"
    NOTIFY_POLICY_NOT_IMPORTED = "NOTIFY_POLICY_NOT_IMPORTED"
    ROUTING_NOT_IMPORTED = "ROUTING_NOT_IMPORTED"
    TIMELINE_MISMATCH = "TIMELINE_MISMATCH"


class Subject(NamedTuple):
    """A part of a document, by its section and its key; also one that is blocked and therefore not in the document."""

    section: Section
    key: str


def subjects_of(document: Document) -> Iterator[Subject]:
    """Yield the parts of a document, users first, then in the order of what needs what."""
    yield from (Subject("users", part.key) for part in document.users)
    yield from (Subject("workingHours", part.key) for part in document.working_hours)
    yield from (Subject("schedules", part.key) for part in document.schedules)
    yield from (Subject("policies", part.key) for part in document.policies)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One difference.

    ``path`` is where its reason stands: a file with a JSON pointer or a line. ``name`` is what people call the subject;
    both are about everything that was read where ``subject`` is None. ``was`` and ``now`` are values as JSON has them,
    None where there is nothing to show.
    """

    severity: Severity
    code: Code
    subject: Subject | None
    name: str
    path: str
    message: str
    was: Any = None
    now: Any = None
