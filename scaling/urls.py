"""Routes."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from scaling.api.urls import last_resort

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("v1/", include("scaling.api.urls")),
    path("v1/", include("accounts.api.urls")),
    path("v1/", include("escalation.api.urls")),
    path("v1/", include("incidents.api.urls")),
    path("", include("incidents.answer.urls")),
    last_resort,
]
