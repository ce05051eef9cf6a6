"""Where the links of invitations lead."""

from __future__ import annotations

from django.urls import path

from accounts.joining.views import join

urlpatterns = [path("join/<str:invitation_token>", join, name="join")]
