"""The admin pages of organizations, people and keys. Other apps register on ``accounts.admin.tenancy``."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group

from accounts.admin.api_key import ApiKeyAdmin
from accounts.admin.audit_log import AuditEventAdmin
from accounts.admin.membership import MembershipAdmin
from accounts.admin.organization import OrganizationAdmin
from accounts.admin.user import UserAdmin

__all__ = ["ApiKeyAdmin", "AuditEventAdmin", "MembershipAdmin", "OrganizationAdmin", "UserAdmin"]

# Django registers its groups; here nobody's rights come from them (design D11).
admin.site.unregister(Group)
# Nor are there addresses beside a login's email, and nobody looks at another's second factors.
admin.site.unregister([EmailAddress, Authenticator])
