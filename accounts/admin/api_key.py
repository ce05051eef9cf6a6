"""API keys: made, shown once, revoked; never changed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts import services
from accounts.acting import acting
from accounts.admin.base import become
from accounts.admin.tenancy import TenantAdmin
from accounts.models import ApiKey
from scaling.clock import now

_TEXT = "_key_text"


@admin.register(ApiKey)
class ApiKeyAdmin(TenantAdmin[ApiKey]):
    """The keys of the organization, for its admins."""

    list_display = ("name", "prefix", "scope", "created_at", "expires_at", "revoked_at", "last_used_at")
    list_filter = ("scope", "created_at")
    search_fields = ("name", "prefix", "id")
    fields = ("name", "scope", "expires_at")
    actions = ("revoke",)

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        """Ask for what a new key needs; of an existing one show what is known."""
        return self.fields if obj is None else ("id", *self.list_display)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: ModelForm[ApiKey], change: bool) -> None:
        """Create the key, and keep its text for the answer to this request alone."""
        key, text = services.create_api_key(
            organization_id=obj.organization_id,
            name=obj.name,
            scope=obj.scope,
            expires_at=obj.expires_at,
            by_user_id=acting(request).user_id,
            now=now(),
        )
        become(obj, key)
        setattr(request, _TEXT, text)

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """Show the full key in the answer itself: a message would be stored in a cookie or the session."""
        context = {
            **self.admin_site.each_context(request),
            "title": "API key created",
            "opts": self.opts,
            "key": obj,
            "key_text": getattr(request, _TEXT),
        }
        return TemplateResponse(request, "admin/accounts/apikey/created.html", context)

    @admin.action(description="Revoke selected API keys", permissions=["revoke"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        """Make the keys fail from the very next request on."""
        for key in keys:
            services.revoke_api_key(organization_id=key.organization_id, key_id=key.id, now=now())
        self.message_user(request, f"Revoked: {', '.join(map(str, keys)) or 'none'}.", messages.SUCCESS)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Admins may revoke."""
        return acting(request).is_admin

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """Nobody changes a key."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """Nobody deletes a key: history names it."""
        return False
