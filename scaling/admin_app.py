"""The admin as an app of Django, on our own site."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class ScalingAdminConfig(AdminConfig):
    """Django's admin with ``scaling.admin.ScalingAdminSite`` as the site every page registers on."""

    default_site = "scaling.admin.ScalingAdminSite"
