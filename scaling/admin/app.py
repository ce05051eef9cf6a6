"""The admin as an app of Django, on our own site, in unfold's clothes."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class ScalingAdminConfig(AdminConfig):
    """Django's admin with ``scaling.admin.site.ScalingAdminSite`` as the site every page registers on."""

    default_site = "scaling.admin.site.ScalingAdminSite"
