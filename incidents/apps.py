"""The incidents app."""

from __future__ import annotations

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Configuration of the incidents app."""

    name = "incidents"
    verbose_name = "Now"
