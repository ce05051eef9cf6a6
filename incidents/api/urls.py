"""Paths of this app, relative to ``/v1/``."""

from __future__ import annotations

from django.urls import path

from incidents.api.views import IncidentViewSet

urlpatterns = [
    path("incidents", IncidentViewSet.as_view({"get": "list", "post": "create"})),
    path("incidents/<resource_id:incident_id>", IncidentViewSet.as_view({"get": "retrieve"})),
    path("incidents/<resource_id:incident_id>/timeline", IncidentViewSet.as_view({"get": "timeline"})),
    path("incidents/<resource_id:incident_id>/status", IncidentViewSet.as_view({"patch": "change_status"})),
    path("incidents/<resource_id:incident_id>/acknowledge", IncidentViewSet.as_view({"post": "acknowledge"})),
    path("incidents/<resource_id:incident_id>/handoff", IncidentViewSet.as_view({"post": "hand_off"})),
]
