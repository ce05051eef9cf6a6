"""The only writer of organizations, people and keys.

Everything is told by id within its organization, so a service handed a foreign id answers as for an unknown one.
"""

from __future__ import annotations

from accounts.services.api_keys import LAST_USED_RESOLUTION, create_api_key, mark_key_used, revoke_api_key
from accounts.services.contact_methods import set_contact_method
from accounts.services.logins import create_login, update_login
from accounts.services.members import add_member, end_membership, update_member
from accounts.services.organizations import create_organization, update_organization

__all__ = [
    "LAST_USED_RESOLUTION",
    "add_member",
    "create_api_key",
    "create_login",
    "create_organization",
    "end_membership",
    "mark_key_used",
    "revoke_api_key",
    "set_contact_method",
    "update_login",
    "update_member",
    "update_organization",
]
