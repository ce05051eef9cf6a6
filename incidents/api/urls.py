"""Paths of this app, relative to ``/v1/``."""

from __future__ import annotations

from django.urls import path

from incidents.api.commands import IncidentCommandViewSet
from incidents.api.components import ComponentViewSet
from incidents.api.contact_methods import ContactMethodViewSet
from incidents.api.preview import PreviewViewSet
from incidents.api.updates import UpdateViewSet
from incidents.api.views import IncidentViewSet
from incidents.api.webhooks import WebhookViewSet
from incidents.api.why import WhyViewSet

METHODS = "users/<prefixed_id:user_id>/contact-methods"
METHOD = f"{METHODS}/<resource_id:method_id>"
_WEBHOOK = "webhooks/<resource_id:webhook_id>"

INCIDENT = "incidents/<resource_id:incident_id>"

urlpatterns = [
    path("escalation/policies/<resource_id:policy_id>/preview", PreviewViewSet.as_view({"get": "retrieve"})),
    path("webhooks", WebhookViewSet.as_view({"get": "list", "post": "create"})),
    path(_WEBHOOK, WebhookViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"})),
    path(f"{_WEBHOOK}/rotate-secret", WebhookViewSet.as_view({"post": "rotate_secret"})),
    path(f"{_WEBHOOK}/deliveries", WebhookViewSet.as_view({"get": "deliveries"})),
    path(f"{_WEBHOOK}/deliveries/<resource_id:delivery_id>/resend", WebhookViewSet.as_view({"post": "resend"})),
    path(f"{_WEBHOOK}/replay", WebhookViewSet.as_view({"post": "replay"})),
    path("incidents", IncidentViewSet.as_view({"get": "list", "post": "create"})),
    path(INCIDENT, IncidentViewSet.as_view({"get": "retrieve"})),
    path(f"{INCIDENT}/timeline", IncidentViewSet.as_view({"get": "timeline"})),
    path(f"{INCIDENT}/why", WhyViewSet.as_view({"get": "retrieve"})),
    path(f"{INCIDENT}/updates", UpdateViewSet.as_view({"get": "list", "post": "create"})),
    path(f"{INCIDENT}/updates/<resource_id:update_id>/redact", UpdateViewSet.as_view({"post": "redact"})),
    path(f"{INCIDENT}/components", IncidentCommandViewSet.as_view({"put": "set_components"})),
    path(f"{INCIDENT}/status", IncidentCommandViewSet.as_view({"patch": "change_status"})),
    path(f"{INCIDENT}/resolve", IncidentCommandViewSet.as_view({"post": "resolve"})),
    path(f"{INCIDENT}/acknowledge", IncidentCommandViewSet.as_view({"post": "acknowledge"})),
    path(f"{INCIDENT}/unacknowledge", IncidentCommandViewSet.as_view({"post": "unacknowledge"})),
    path(f"{INCIDENT}/handoff", IncidentCommandViewSet.as_view({"post": "hand_off"})),
    path(f"{INCIDENT}/escalate", IncidentCommandViewSet.as_view({"post": "escalate"})),
    path(f"{INCIDENT}/snooze", IncidentCommandViewSet.as_view({"post": "snooze"})),
    path(f"{INCIDENT}/apply-plan", IncidentCommandViewSet.as_view({"post": "apply_plan"})),
    path(METHODS, ContactMethodViewSet.as_view({"get": "list", "post": "create"})),
    path(METHOD, ContactMethodViewSet.as_view({"delete": "destroy"})),
    path(f"{METHOD}/verification", ContactMethodViewSet.as_view({"post": "send_code"})),
    path(f"{METHOD}/verify", ContactMethodViewSet.as_view({"post": "verify"})),
    path("components", ComponentViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "components/<resource_id:component_id>",
        ComponentViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
    ),
]
