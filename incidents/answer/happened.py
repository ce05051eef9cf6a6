"""What people and the engine did to an incident, as far as the answer page tells it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from incidents.models import Escalation, Firing, TimelineEvent
from incidents.names import Names, load_names
from incidents.summaries import ids_in, summary
from incidents.wording import moment

_BY_PEOPLE: Final = (
    "incident_acknowledged",
    "incident_unacknowledged",
    "incident_handed_off",
    "escalated_by_hand",
    "incident_snoozed",
    "plan_applied",
    "status_changed",
)
_ASIDE: Final = ("notification_", "timer_")
_MOST: Final = 5


def load_last_deed(row: Escalation) -> TimelineEvent | None:
    """Return the last thing somebody did, None if that is the acknowledgement that stands. One statement."""
    found = TimelineEvent.objects.filter(incident_id=row.pk, type__in=_BY_PEOPLE).order_by("-at", "-pk").first()
    if found is not None and found.type == "incident_acknowledged":
        return None
    return found


def load_since(row: Escalation, firing: int, now: datetime) -> Sequence[str]:
    """Return the last things that happened after the firing of that number, in order. At most five statements."""
    shown = Firing.objects.filter(escalation=row, number=firing).values_list("fired_at", flat=True).first()
    happened = TimelineEvent.objects.filter(incident_id=row.pk)
    for aside in _ASIDE:
        happened = happened.exclude(type__startswith=aside)
    if shown is not None:
        happened = happened.filter(at__gt=shown)
    events = list(reversed(happened.order_by("-at", "-pk")[:_MOST]))
    names = load_names({row.organization_id: named_in(events)}).get(row.organization_id, {})
    return [told(event, names, now) for event in events]


def named_in(events: Iterable[TimelineEvent]) -> set[str]:
    """Return the ids and addresses that the sentences of ``events`` may name."""
    return {one for event in events for one in ids_in(event)}


def told(event: TimelineEvent, names: Names, now: datetime) -> str:
    """Return when and what: "03:01 UTC: Ada handed the incident off to Bob."."""
    return f"{moment(event.at, now)}: {summary(event, names)}"
