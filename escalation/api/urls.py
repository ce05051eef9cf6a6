"""Paths of this app, relative to ``/v1/``."""

from __future__ import annotations

from django.urls import path

from escalation.api.views import LayerViewSet, PolicyViewSet, ScheduleViewSet

POLICY = "escalation/policies/<resource_id:policy_id>"

urlpatterns = [
    path("escalation/policies", PolicyViewSet.as_view({"get": "list", "post": "create"})),
    path(
        POLICY,
        PolicyViewSet.as_view({"get": "retrieve", "patch": "partial_update", "put": "update", "delete": "destroy"}),
    ),
    path(f"{POLICY}/layers", LayerViewSet.as_view({"post": "create"})),
    path(f"{POLICY}/layers/order", LayerViewSet.as_view({"put": "reorder"})),
    path(
        f"{POLICY}/layers/<resource_id:layer_id>",
        LayerViewSet.as_view({"patch": "partial_update", "delete": "destroy"}),
    ),
    path("oncall/schedules", ScheduleViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "oncall/schedules/<resource_id:schedule_id>",
        ScheduleViewSet.as_view({"get": "retrieve", "patch": "partial_update", "put": "update", "delete": "destroy"}),
    ),
]
