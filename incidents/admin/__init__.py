"""The admin pages of what happened, to be read."""

from __future__ import annotations

from incidents.admin.incident import IncidentAdmin

__all__ = ["IncidentAdmin"]
