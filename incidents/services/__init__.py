"""What people and programs do with incidents. The only writer of incidents beside the engine.

Each service is one transaction. It takes the incident's one lock, the escalation's row, before it looks at anything
that may change (design D7), asks ``decide``, and writes what was decided.
"""

from __future__ import annotations

from incidents.services.commands import acknowledge_incident, hand_off_incident
from incidents.services.status import change_status
from incidents.services.trigger import trigger_incident

__all__ = ["acknowledge_incident", "change_status", "hand_off_incident", "trigger_incident"]
