"""The only writer of organizations, people and keys.

Everything is told by id within its organization, so a service handed a foreign id answers as for an unknown one.
"""

from __future__ import annotations

from accounts.services.api_keys import LAST_USED_RESOLUTION, create_api_key, mark_key_used, revoke_api_key
from accounts.services.contact_methods import (
    CODE_LIFETIME,
    MAX_METHODS,
    MAX_TRIES,
    add_contact_method,
    confirm_contact_method,
    remove_contact_method,
    start_verification,
)
from accounts.services.finding import current_member, find_member_by_user, locked_member
from accounts.services.invitation_mails import (
    claim_invitations,
    record_invitation_done,
    record_invitation_failed,
)
from accounts.services.invitations import accept_invitation, delete_invitation, invite_member
from accounts.services.login_mails import (
    claim_login_mails,
    queue_login_mail,
    record_login_mail_done,
    record_login_mail_failed,
    request_password_reset,
)
from accounts.services.logins import create_login, delete_ended_sessions, set_password, update_login
from accounts.services.members import (
    add_member,
    change_role,
    end_membership,
    remove_member,
    set_shift_notices,
    update_member,
)
from accounts.services.notification_rules import (
    RuleDraft,
    add_notification_rule,
    content_of,
    remove_notification_rule,
    replace_notification_rules,
)
from accounts.services.organizations import create_organization, update_organization
from accounts.services.second_factors import (
    has_second_factor,
    reencrypt_second_factors,
    reset_second_factor,
    second_factors,
)

__all__ = [
    "CODE_LIFETIME",
    "LAST_USED_RESOLUTION",
    "MAX_METHODS",
    "MAX_TRIES",
    "RuleDraft",
    "accept_invitation",
    "add_contact_method",
    "add_member",
    "add_notification_rule",
    "change_role",
    "claim_invitations",
    "claim_login_mails",
    "confirm_contact_method",
    "content_of",
    "create_api_key",
    "create_login",
    "create_organization",
    "current_member",
    "delete_ended_sessions",
    "delete_invitation",
    "end_membership",
    "find_member_by_user",
    "has_second_factor",
    "invite_member",
    "locked_member",
    "mark_key_used",
    "queue_login_mail",
    "record_invitation_done",
    "record_invitation_failed",
    "record_login_mail_done",
    "record_login_mail_failed",
    "reencrypt_second_factors",
    "remove_contact_method",
    "remove_member",
    "remove_notification_rule",
    "replace_notification_rules",
    "request_password_reset",
    "reset_second_factor",
    "revoke_api_key",
    "second_factors",
    "set_password",
    "set_shift_notices",
    "start_verification",
    "update_login",
    "update_member",
    "update_organization",
]
