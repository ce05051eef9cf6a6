"""The admin pages of plans. Members edit them like admins do (contract C12)."""

from __future__ import annotations

from escalation.admin.override import OverrideAdmin
from escalation.admin.policy import PolicyAdmin
from escalation.admin.schedule import ScheduleAdmin

__all__ = ["OverrideAdmin", "PolicyAdmin", "ScheduleAdmin"]
