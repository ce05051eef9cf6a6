"""WHO: organizations, the people in them and how to reach them, and the keys of programs."""

from __future__ import annotations

from accounts.models.api_key import ApiKey
from accounts.models.contact_method import ContactMethod
from accounts.models.invitation import Invitation
from accounts.models.login_mail import LoginMail
from accounts.models.membership import Membership
from accounts.models.notification_rule import NotificationRule
from accounts.models.organization import Organization
from accounts.models.tenancy import TenantModel
from accounts.models.user import User

__all__ = [
    "ApiKey",
    "ContactMethod",
    "Invitation",
    "LoginMail",
    "Membership",
    "NotificationRule",
    "Organization",
    "TenantModel",
    "User",
]
