"""THE RUN: incidents, their escalations, pages, deliveries and timelines, and what is told beside pages."""

from __future__ import annotations

from incidents.models.component import (
    ALIAS_LENGTH,
    COMPONENT_NAME_CONSTRAINT,
    COMPONENT_NAME_LENGTH,
    MAX_ALIASES,
    AffectedComponent,
    Component,
    affected_components,
)
from incidents.models.escalation import Escalation, HoursUse, ScheduleUse
from incidents.models.figures import Count, Figures, Span
from incidents.models.incident import DEDUP_CONSTRAINT, DEDUP_KEY_LENGTH, Incident, IncidentNumbering, TimelineEvent
from incidents.models.notice import Notice
from incidents.models.page import Delivery, Firing, Page
from incidents.models.update import IncidentUpdate
from incidents.models.webhook import Webhook
from incidents.models.worker import Strike, WorkerHeartbeat
from incidents.models.world import RecordedWorld

__all__ = [
    "ALIAS_LENGTH",
    "COMPONENT_NAME_CONSTRAINT",
    "COMPONENT_NAME_LENGTH",
    "DEDUP_CONSTRAINT",
    "DEDUP_KEY_LENGTH",
    "MAX_ALIASES",
    "AffectedComponent",
    "Component",
    "Count",
    "Delivery",
    "Escalation",
    "Figures",
    "Firing",
    "HoursUse",
    "Incident",
    "IncidentNumbering",
    "IncidentUpdate",
    "Notice",
    "Page",
    "RecordedWorld",
    "ScheduleUse",
    "Span",
    "Strike",
    "TimelineEvent",
    "Webhook",
    "WorkerHeartbeat",
    "affected_components",
]
