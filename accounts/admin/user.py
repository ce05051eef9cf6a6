"""Logins, for the operators of the installation."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as PasswordPages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.forms import AdminPasswordChangeForm

from accounts import services
from accounts.admin.base import OperatorAdmin, ServiceForm, become
from accounts.models import User
from scaling import clock


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[misc]  # unfold has no types
    """A new password for somebody. Nobody is left without: a login is made inactive instead."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)

    def save(self, commit: bool = True) -> User:
        """Set it."""
        return services.set_password(user_id=self.user.pk, password=self.cleaned_data["password1"], now=clock.now())


class LoginForm(ServiceForm):
    """What an operator says about a login; a password is set on its own page."""

    class Meta:
        model = User
        fields = ("email", "is_active", "is_superuser")


@admin.register(User)
class UserAdmin(OperatorAdmin[User], PasswordPages):  # type: ignore[type-arg]  # Django's page is for its own user
    """Logins are made inactive, never deleted. Of Django's page only the one that sets passwords is kept."""

    form = LoginForm
    add_form = LoginForm
    change_password_form = PasswordForm
    list_display = ("email", "id", "is_active", "is_superuser", "last_login", "created_at")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email", "id")
    ordering = ("email", "id")
    filter_horizontal = ()
    date_hierarchy = "created_at"
    fieldsets = ((None, {"fields": ("email", "is_active", "is_superuser", "password_page")}),)
    add_fieldsets = ((None, {"fields": ("email", "is_active", "is_superuser")}),)
    readonly_fields = ("password_page",)
    actions = ("reset_second_factors",)

    @admin.display(description="password")
    def password_page(self, user: User) -> SafeString:
        """Lead to the page that sets a password."""
        url = reverse("admin:auth_user_password_change", args=[user.pk], current_app=self.admin_site.name)
        return format_html('<a href="{}">{}</a>', url, "Change" if user.has_usable_password() else "Set")

    @admin.action(description="Reset the second factor", permissions=["change"])
    def reset_second_factors(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """Take the second factors of people who have lost them away."""
        removed = [services.reset_second_factor(email=user.email, now=clock.now()) for user in users]
        text = (
            f"{sum(map(bool, removed))} of {len(removed)} had a second factor; it is gone, and they are told by mail."
        )
        self.message_user(request, text, messages.SUCCESS)

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool) -> None:
        """Write what the form says."""
        if not change:
            become(obj, services.create_login(email=obj.email, is_operator=obj.is_superuser))
            return
        written = services.update_login(
            user_id=obj.id, email=obj.email, is_active=obj.is_active, is_operator=obj.is_superuser
        )
        become(obj, written)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody deletes a login: memberships hang on it."""
        return False
