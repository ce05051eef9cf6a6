"""Paths of this app, relative to ``/v1/``."""

from __future__ import annotations

from django.urls import path

from accounts.api.views import UserViewSet

urlpatterns = [path("users", UserViewSet.as_view({"get": "list"}))]
