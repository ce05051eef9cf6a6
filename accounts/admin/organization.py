"""Organizations: an admin sees and sets their own, an operator all of them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from accounts import services
from accounts.acting import acting
from accounts.admin.base import ServiceAdmin, become
from accounts.models import Organization
from scaling.clock import now


@admin.register(Organization)
class OrganizationAdmin(ServiceAdmin[Organization]):
    """Never deleted: an operator makes one inactive, which shuts its keys and its members out."""

    list_display = ("name", "id", "is_active", "fallback_email", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name", "id")
    date_hierarchy = "created_at"
    fields = ("name", "fallback_email", "default_ack_timeout_minutes", "is_active")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organization]:
        """Return all organizations to operators, and to others the one they act in."""
        organizations = super().get_queryset(request)
        if acting(request).is_operator:
            return organizations
        return organizations.filter(pk=acting(request).organization_id)

    def get_readonly_fields(self, request: HttpRequest, obj: Organization | None = None) -> tuple[str, ...]:
        """Leave it to operators to make an organization inactive."""
        return () if acting(request).is_operator else ("is_active",)

    def save_model(self, request: HttpRequest, obj: Organization, form: ModelForm[Organization], change: bool) -> None:
        """Write what the form says."""
        if not change:
            made = services.create_organization(name=obj.name, fallback_email=obj.fallback_email, now=now())
            obj.id = made.id
        written = services.update_organization(
            organization_id=obj.id,
            name=obj.name,
            fallback_email=obj.fallback_email,
            default_ack_timeout_minutes=obj.default_ack_timeout_minutes,
            is_active=obj.is_active,
        )
        become(obj, written)

    def has_view_permission(self, request: HttpRequest, obj: Organization | None = None) -> bool:
        """Admins may look at their organization."""
        return self._may(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Organization | None = None) -> bool:
        """Admins may change the settings of their organization."""
        return self._may(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Operators may add organizations."""
        return acting(request).is_operator

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes an organization here."""
        return False

    def _may(self, request: HttpRequest, organization: Organization | None) -> bool:
        session = acting(request)
        own = organization is None or organization.id == session.organization_id
        return session.is_operator or (session.is_admin and own)
