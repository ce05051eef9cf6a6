"""THE PLAN: policies and their layers, the schedules these target, the working hours they count in, and people's quiet hours."""

from __future__ import annotations

from escalation.models.calendar_feed import CalendarFeed
from escalation.models.coverage_mark import CoverageMark
from escalation.models.imported_object import ImportedObject
from escalation.models.intended_gap import IntendedGap
from escalation.models.override import Override
from escalation.models.planned_import import PlannedImport
from escalation.models.policy import POLICY_IN_USE_CONSTRAINT, Layer, LayerUser, Policy
from escalation.models.quiet_hours import QuietHours
from escalation.models.rotation import Rotation, RotationParticipant
from escalation.models.schedule import SCHEDULE_IN_USE_CONSTRAINT, Schedule
from escalation.models.shift_offer import ShiftOffer
from escalation.models.working_hours import HOURS_IN_USE_CONSTRAINT, WorkingHours

__all__ = [
    "HOURS_IN_USE_CONSTRAINT",
    "POLICY_IN_USE_CONSTRAINT",
    "SCHEDULE_IN_USE_CONSTRAINT",
    "CalendarFeed",
    "CoverageMark",
    "ImportedObject",
    "IntendedGap",
    "Layer",
    "LayerUser",
    "Override",
    "PlannedImport",
    "Policy",
    "QuietHours",
    "Rotation",
    "RotationParticipant",
    "Schedule",
    "ShiftOffer",
    "WorkingHours",
]
