"""What people and programs do with incidents. The only writer of incidents beside the engine.

Each service is one transaction. It takes the incident's one lock, the escalation's row, before it looks at anything
that may change (design D7), asks ``decide``, and writes what was decided.
"""

from __future__ import annotations

from incidents.services.commands import (
    acknowledge_incident,
    escalate_incident,
    hand_off_incident,
    snooze_incident,
    unacknowledge_incident,
)
from incidents.services.components import create_component, delete_component, set_components, update_component
from incidents.services.once import trigger_once
from incidents.services.plans import apply_plan
from incidents.services.repeats import Triggered, trigger_or_repeat
from incidents.services.status import change_status, resolve_incident
from incidents.services.trigger import trigger_incident
from incidents.services.updates import post_update, redact_update

__all__ = [
    "Triggered",
    "acknowledge_incident",
    "apply_plan",
    "change_status",
    "create_component",
    "delete_component",
    "escalate_incident",
    "hand_off_incident",
    "post_update",
    "redact_update",
    "resolve_incident",
    "set_components",
    "snooze_incident",
    "trigger_incident",
    "trigger_once",
    "trigger_or_repeat",
    "unacknowledge_incident",
    "update_component",
]
