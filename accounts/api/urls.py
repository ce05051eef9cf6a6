"""Paths of this app, relative to ``/v1/``."""

from __future__ import annotations

from django.urls import path

from accounts.api.team import TeamViewSet
from accounts.api.views import NotificationRulesViewSet, UserViewSet

USER = "users/<prefixed_id:user_id>"
MEMBERS = "team/members"

urlpatterns = [
    path("users", UserViewSet.as_view({"get": "list"})),
    path(f"{USER}/notification-rules", NotificationRulesViewSet.as_view({"get": "retrieve", "put": "update"})),
    path(MEMBERS, TeamViewSet.as_view({"get": "list"})),
    path(f"{MEMBERS}/invite", TeamViewSet.as_view({"post": "invite"})),
    path(f"{MEMBERS}/<prefixed_id:user_id>", TeamViewSet.as_view({"delete": "remove"})),
    path(f"{MEMBERS}/<prefixed_id:user_id>/role", TeamViewSet.as_view({"patch": "change_role"})),
    path(
        f"{MEMBERS}/invitations/<prefixed_id:invitation_id>",
        TeamViewSet.as_view({"delete": "delete_invitation"}),
    ),
]
