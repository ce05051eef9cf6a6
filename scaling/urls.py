"""Routes."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from scaling.api.urls import last_resort

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    # Browsers ask for it on pages that name no picture.
    path("favicon.ico", RedirectView.as_view(url=static("scaling/icon.svg"))),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("v1/", include("scaling.api.urls")),
    path("v1/", include("accounts.api.urls")),
    path("v1/", include("escalation.api.urls")),
    path("v1/", include("incidents.api.urls")),
    path("", include("accounts.joining.urls")),
    path("", include("incidents.answer.urls")),
    path("", include("incidents.me.urls")),
    path("", include("accounts.sign_in.urls")),
    path("", include("escalation.calendar.urls")),
    *([path("demo/mail", include("scaling.demo.views"))] if settings.DEMO_MAIL_DIR else []),
    last_resort,
]
