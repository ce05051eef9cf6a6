"""Where a person's own page is."""

from __future__ import annotations

from django.urls import path

from incidents.me.views import me

urlpatterns = [path("me", me, name="me")]
