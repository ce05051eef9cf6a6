"""The admin pages of plans. Members edit them like admins do (contract C12)."""

from __future__ import annotations

from escalation.admin.imports.page import PlannedImportAdmin
from escalation.admin.intended_gap import IntendedGapAdmin
from escalation.admin.override import OverrideAdmin
from escalation.admin.policy import PolicyAdmin
from escalation.admin.schedule import ScheduleAdmin
from escalation.admin.working_hours import WorkingHoursAdmin

__all__ = [
    "IntendedGapAdmin",
    "OverrideAdmin",
    "PlannedImportAdmin",
    "PolicyAdmin",
    "ScheduleAdmin",
    "WorkingHoursAdmin",
]
