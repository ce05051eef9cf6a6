"""Paths of this app, relative to ``/v1/``."""

from __future__ import annotations

from django.urls import path

from escalation.api.oncall.calendars import CalendarViewSet
from escalation.api.oncall.views import OnCallViewSet
from escalation.api.views.coverage import PolicyCoverageViewSet, ScheduleCoverageViewSet
from escalation.api.views.options import PolicyOptionsViewSet
from escalation.api.views.policies import LayerViewSet, PolicyViewSet
from escalation.api.views.quiet_hours import QuietHoursViewSet
from escalation.api.views.schedules import OverrideViewSet, RotationViewSet, ScheduleViewSet
from escalation.api.views.working_hours import WorkingHoursViewSet

POLICY = "escalation/policies/<resource_id:policy_id>"
SCHEDULE = "oncall/schedules/<resource_id:schedule_id>"

urlpatterns = [
    path("escalation/policies", PolicyViewSet.as_view({"get": "list", "post": "create"})),
    path(
        POLICY,
        PolicyViewSet.as_view({"get": "retrieve", "patch": "partial_update", "put": "update", "delete": "destroy"}),
    ),
    path(f"{POLICY}/options", PolicyOptionsViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    path(f"{POLICY}/layers", LayerViewSet.as_view({"post": "create"})),
    path(f"{POLICY}/layers/order", LayerViewSet.as_view({"put": "reorder"})),
    path(
        f"{POLICY}/layers/<resource_id:layer_id>",
        LayerViewSet.as_view({"patch": "partial_update", "delete": "destroy"}),
    ),
    path(f"{POLICY}/coverage", PolicyCoverageViewSet.as_view({"get": "retrieve"})),
    path(f"{POLICY}/coverage/intended-gaps", PolicyCoverageViewSet.as_view({"get": "list", "post": "create"})),
    path(f"{POLICY}/coverage/intended-gaps/<resource_id:gap_id>", PolicyCoverageViewSet.as_view({"delete": "destroy"})),
    path("oncall/schedules", ScheduleViewSet.as_view({"get": "list", "post": "create"})),
    path(
        SCHEDULE,
        ScheduleViewSet.as_view({"get": "retrieve", "patch": "partial_update", "put": "update", "delete": "destroy"}),
    ),
    path(f"{SCHEDULE}/layers", RotationViewSet.as_view({"post": "create"})),
    path(f"{SCHEDULE}/layers/order", RotationViewSet.as_view({"put": "reorder"})),
    path(
        f"{SCHEDULE}/layers/<resource_id:layer_id>",
        RotationViewSet.as_view({"patch": "partial_update", "put": "update", "delete": "destroy"}),
    ),
    path(f"{SCHEDULE}/overrides", OverrideViewSet.as_view({"get": "list", "post": "create"})),
    path(
        f"{SCHEDULE}/overrides/<resource_id:override_id>",
        OverrideViewSet.as_view({"patch": "partial_update", "delete": "destroy"}),
    ),
    path(f"{SCHEDULE}/coverage", ScheduleCoverageViewSet.as_view({"get": "retrieve"})),
    path(f"{SCHEDULE}/coverage/intended-gaps", ScheduleCoverageViewSet.as_view({"get": "list", "post": "create"})),
    path(
        f"{SCHEDULE}/coverage/intended-gaps/<resource_id:gap_id>",
        ScheduleCoverageViewSet.as_view({"delete": "destroy"}),
    ),
    path("working-hours", WorkingHoursViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "working-hours/<resource_id:hours_id>",
        WorkingHoursViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
    ),
    path(f"{SCHEDULE}/resolve", OnCallViewSet.as_view({"get": "resolve"})),
    path(f"{SCHEDULE}/shifts", OnCallViewSet.as_view({"get": "shifts"})),
    path("oncall/now", OnCallViewSet.as_view({"get": "everywhere"})),
    path("oncall/calendars", CalendarViewSet.as_view({"get": "list", "post": "create"})),
    path("oncall/calendars/<resource_id:calendar_id>", CalendarViewSet.as_view({"delete": "destroy"})),
    path("users/<prefixed_id:user_id>/quiet-hours", QuietHoursViewSet.as_view({"get": "retrieve", "put": "update"})),
]
