"""The admin pages of what happened, to be read; of policies, with what would happen; of people, and how they are paged;
of components; and of webhooks, with what was sent to them.
"""

from __future__ import annotations

from incidents.admin.component import ComponentAdmin
from incidents.admin.incident import IncidentAdmin
from incidents.admin.member import PagedMemberAdmin
from incidents.admin.policy import PolicyWithLadderAdmin
from incidents.admin.webhook import WebhookAdmin

__all__ = ["ComponentAdmin", "IncidentAdmin", "PagedMemberAdmin", "PolicyWithLadderAdmin", "WebhookAdmin"]
