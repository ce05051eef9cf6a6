"""The floor's app: abstract models, checks and commands."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register

from scaling import checks


class ScalingConfig(AppConfig):
    """Configuration of the floor."""

    name = "scaling"

    def ready(self) -> None:
        """Register the checks."""
        register(checks.check_addresses)
        register(checks.check_production)
        register(checks.check_names)
        register(checks.check_time_zone_data)
        register(checks.check_durability, Tags.database)
