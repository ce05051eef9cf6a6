"""The admin pages of what happened, to be read, and of policies, with what would happen."""

from __future__ import annotations

from incidents.admin.incident import IncidentAdmin
from incidents.admin.policy import PolicyWithLadderAdmin

__all__ = ["IncidentAdmin", "PolicyWithLadderAdmin"]
