"""Coverage in sentences, for the admin and for terminals.

Times are told as the clocks of one zone show them: that of the schedule a layer targets, of the whole policy that of the
first schedule any layer targets, and UTC where there is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from escalation.coverage import Ground
from escalation.domain.concerns import Concern
from escalation.domain.coverage import Coverage, DeclaredGap, Gap
from escalation.domain.local_time import zone_named
from escalation.domain.model import ALL_SEVERITIES, Plan, UserId
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
    return f"{_subject(ground, gap.position)} reaches nobody {_when(gap, coverage, _zone_of(ground, gap.position))}"


def reasons_of(ground: Ground, gap: DeclaredGap) -> Sequence[str]:
    """Return why a declared gap is there on purpose; at least one reason."""
    reasons: Mapping[UUID, str] = {one.id: one.reason for one in ground.intended}
    return [single_line(reasons[each]) for each in gap.declared_by]


def concern_sentence(ground: Ground, concern: Concern) -> str:
    """Return such as "Bob has no usable contact method beside the account's email at severity high or low"."""
    known = ground.loaded.directory.get(UserId(concern.user))
    name = concern.user if known is None else single_line(known.name) or known.email
    missing = [severity for severity in _SEVERITIES if severity in concern.severities]
    at = "" if concern.severities == ALL_SEVERITIES else f" at severity {_either(missing)}"
    return f"{name} {_PROBLEMS[concern.problem]}{at}"


def _subject(ground: Ground, position: int | None) -> str:
    if position is not None:
        return f"Layer {position}"
    return "The whole policy" if isinstance(ground.subject, Plan) else "The schedule"


def _when(gap: Gap | DeclaredGap, coverage: Coverage, zone: str) -> str:
    since, until = _shown(gap.starts_at, zone, coverage), _shown(gap.ends_at, zone, coverage)
    if gap.starts_at > coverage.start:
        return f"from {since} to {until} {zone}" if gap.ends_at < coverage.end else f"from {since} {zone} on"
    return f"until {until} {zone}" if gap.ends_at < coverage.end else "at any time of these days"


def _zone_of(ground: Ground, position: int | None) -> str:
    if not isinstance(ground.subject, Plan):
        named = [ground.subject.timezone]
    else:
        layers = ground.subject.layers if position is None else [ground.subject.layers[position - 1]]
        schedules = (ground.world.schedules.get(layer.schedule) for layer in layers if layer.schedule is not None)
        named = [schedule.timezone for schedule in schedules if schedule is not None]
    return next((zone for zone in named if zone_named(zone) is not None), "UTC")


def _shown(at: datetime, zone: str, coverage: Coverage) -> str:
    local = at.astimezone(zone_named(zone) or UTC)
    year = "" if coverage.start.year == coverage.end.year else f" {local.year}"
    return f"{local:%a} {local.day} {local:%b}{year} {local:%H:%M}"


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
