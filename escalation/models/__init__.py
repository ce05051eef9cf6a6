"""THE PLAN: policies, their layers, and the schedules they target."""

from __future__ import annotations

from escalation.models.policy import POLICY_IN_USE_CONSTRAINT, Layer, LayerUser, Policy
from escalation.models.schedule import SCHEDULE_IN_USE_CONSTRAINT, Schedule

__all__ = ["POLICY_IN_USE_CONSTRAINT", "SCHEDULE_IN_USE_CONSTRAINT", "Layer", "LayerUser", "Policy", "Schedule"]
