"""THE RUN: incidents, their escalations, pages, deliveries and timelines."""

from __future__ import annotations

from incidents.models.escalation import Escalation, HoursUse, ScheduleUse
from incidents.models.incident import DEDUP_CONSTRAINT, DEDUP_KEY_LENGTH, Incident, IncidentNumbering, TimelineEvent
from incidents.models.page import Delivery, Firing, Page
from incidents.models.worker import Strike, WorkerHeartbeat
from incidents.models.world import RecordedWorld

__all__ = [
    "DEDUP_CONSTRAINT",
    "DEDUP_KEY_LENGTH",
    "Delivery",
    "Escalation",
    "Firing",
    "HoursUse",
    "Incident",
    "IncidentNumbering",
    "Page",
    "RecordedWorld",
    "ScheduleUse",
    "Strike",
    "TimelineEvent",
    "WorkerHeartbeat",
]
