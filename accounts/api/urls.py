"""Paths of this app, relative to ``/v1/``."""

from __future__ import annotations

from django.urls import path

from accounts.api.views import NotificationRulesViewSet, UserViewSet

USER = "users/<prefixed_id:user_id>"

urlpatterns = [
    path("users", UserViewSet.as_view({"get": "list"})),
    path(
        f"{USER}/notification-rules",
        NotificationRulesViewSet.as_view({"get": "retrieve", "put": "update"}),
    ),
]
