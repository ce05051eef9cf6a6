"""The escalation app."""

from __future__ import annotations

from django.apps import AppConfig


class EscalationConfig(AppConfig):
    """Configuration of the escalation app."""

    name = "escalation"
    verbose_name = "The plan"
