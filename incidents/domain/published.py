"""Which events of a timeline the world outside is told, and under which name.

Names are dotted and hierarchical, so a receiver may ask for one event or for a whole family. What became of single
messages (``notification_…``) is the trail of a page, not news: it stays in the timeline.

Example: ``status_changed`` to ``resolved`` is told as ``incident.resolved``, to anything else as
``incident.status_changed``; a webhook that asks for ``incident`` is told both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

EVENT_TYPES: Final[Mapping[str, str]] = {
    "incident_triggered": "incident.triggered",
    "incident_repeated": "incident.repeated",
    "incident_acknowledged": "incident.acknowledged",
    "incident_unacknowledged": "incident.unacknowledged",
    "incident_handed_off": "incident.handed_off",
    "incident_snoozed": "incident.snoozed",
    "snooze_ended": "incident.snooze_ended",
    "status_changed": "incident.status_changed",
    "status_changed/resolved": "incident.resolved",
    "update_posted": "incident.update_posted",
    "update_redacted": "incident.update_redacted",
    "components_changed": "incident.components_changed",
    "first_page_deferred": "escalation.first_page_deferred",
    "layer_paged": "escalation.layer_paged",
    "layer_empty": "escalation.layer_empty",
    "layer_skipped": "escalation.layer_skipped",
    "layer_timed_out": "escalation.layer_timed_out",
    "layer_timed_out_unheard": "escalation.layer_timed_out_unheard",
    "person_joined": "escalation.person_joined",
    "person_unreachable": "escalation.person_unreachable",
    "pass_repeated": "escalation.pass_repeated",
    "escalation_exhausted": "escalation.exhausted",
    "fallback_paged": "escalation.fallback_paged",
    "escalated_by_hand": "escalation.called_by_hand",
    "incident_repaged": "escalation.repaged",
    "plan_applied": "escalation.plan_applied",
    "timer_moved": "escalation.timer_moved",
    "row_parked": "escalation.parked",
    "escalation_cancelled": "escalation.cancelled",
}
"""The published type by the timeline's; after a slash stands the status that has a type of its own."""

KEPT_INSIDE: Final = frozenset(
    {"notification_sent", "notification_retry", "notification_dead", "notification_cancelled"}
)
"""The events that are told to nobody."""

FILTERS: Final = tuple(sorted({*EVENT_TYPES.values(), *(name.partition(".")[0] for name in EVENT_TYPES.values())}))
"""What a receiver may ask for: a type, or a family of them."""

NEWS: Final[Mapping[str, str]] = {"incident.acknowledged": "taken", "incident.resolved": "resolved"}
"""What everybody who was paged hears about: the kind of notice by the published type."""


def published_type(kind: str, details: Mapping[str, Any]) -> str | None:
    """Return the published type of a timeline event, or None if it is kept inside."""
    return EVENT_TYPES.get(f"{kind}/{details.get('status')}") or EVENT_TYPES.get(kind)


def is_any_published(kinds: Iterable[str]) -> bool:
    """Tell whether any of these timeline events may be told outside."""
    return not EVENT_TYPES.keys().isdisjoint(kinds)
