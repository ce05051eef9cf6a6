"""THE RUN: incidents, their escalations, pages, deliveries and timelines."""

from __future__ import annotations

from incidents.models.escalation import Escalation, HoursUse, ScheduleUse
from incidents.models.incident import Incident, TimelineEvent
from incidents.models.page import Delivery, Firing, Page
from incidents.models.worker import Strike, WorkerHeartbeat

__all__ = [
    "Delivery",
    "Escalation",
    "Firing",
    "HoursUse",
    "Incident",
    "Page",
    "ScheduleUse",
    "Strike",
    "TimelineEvent",
    "WorkerHeartbeat",
]
