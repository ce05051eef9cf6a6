"""The floor's app: abstract models, checks and commands."""

from __future__ import annotations

from django.apps import AppConfig


class ScalingConfig(AppConfig):
    """Configuration of the floor."""

    name = "scaling"
