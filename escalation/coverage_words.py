"""Coverage in sentences, for the admin and for terminals.

Times are told as the clocks of one zone show them: that of the schedule a layer targets, of the whole policy that of the
first schedule any layer targets, and UTC where there is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from escalation.coverage import Ground
from escalation.domain.concerns import Concern
from escalation.domain.coverage import Coverage, DeclaredGap, Gap
from escalation.domain.local_time import zone_named
from escalation.domain.model import ALL_SEVERITIES, Plan, Schedule, UserId, World
from escalation.time_words import Outlook, either, stretch_in_words
from scaling.text import single_line

_PROBLEMS: Final = {
    "unknown": "is no member of the organization",
    "inactive": "cannot be paged",
    "email_only": "has no usable contact method beside the account's email",
}
_SEVERITIES: Final = ("critical", "high", "medium", "low")


def gap_sentence(ground: Ground, coverage: Coverage, gap: Gap | DeclaredGap) -> str:
    """Return such as "Layer 2 reaches nobody from Fri 27 Nov 18:00 to Mon 30 Nov 08:00 Europe/Madrid".

    What was going on already, or goes on after all that was looked at, is told without that beginning or end.
    """
    zone = zone_of(ground.subject, ground.world, gap.position)
    outlook = Outlook(start=coverage.start, end=coverage.end, zone=zone)
    when = stretch_in_words((gap.starts_at, gap.ends_at), outlook)
    return f"{_subject(ground, gap.position)} reaches nobody {when}"


def reasons_of(ground: Ground, gap: DeclaredGap) -> Sequence[str]:
    """Return why a declared gap is there on purpose; at least one reason."""
    reasons: Mapping[UUID, str] = {one.id: one.reason for one in ground.intended}
    return [single_line(reasons[each]) for each in gap.declared_by]


def concern_sentence(ground: Ground, concern: Concern) -> str:
    """Return such as "Bob has no usable contact method beside the account's email at severity high or low"."""
    known = ground.loaded.directory.get(UserId(concern.user))
    name = concern.user if known is None else single_line(known.name) or known.email
    missing = [severity for severity in _SEVERITIES if severity in concern.severities]
    at = "" if concern.severities == ALL_SEVERITIES else f" at severity {either(missing)}"
    return f"{name} {_PROBLEMS[concern.problem]}{at}"


def zone_of(subject: Plan | Schedule, world: World, position: int | None) -> str:
    """Return the name of the zone in which a gap is told; of a plan, one at ``position``, or of the whole."""
    if not isinstance(subject, Plan):
        named = [subject.timezone]
    else:
        layers = subject.layers if position is None else [subject.layers[position - 1]]
        schedules = (world.schedules.get(layer.schedule) for layer in layers if layer.schedule is not None)
        named = [schedule.timezone for schedule in schedules if schedule is not None]
    return next((zone for zone in named if zone_named(zone) is not None), "UTC")


def _subject(ground: Ground, position: int | None) -> str:
    if position is not None:
        return f"Layer {position}"
    return "The whole policy" if isinstance(ground.subject, Plan) else "The schedule"
