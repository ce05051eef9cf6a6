"""The people of an organization."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldBooleanWidget

from accounts import services
from accounts.acting import acting
from accounts.admin.base import become
from accounts.admin.tenancy import VIEW, TenantAdmin, TenantForm, TenantTabularInline
from accounts.models import ContactMethod, Membership
from scaling.clock import now


class MemberForm(TenantForm):
    """A person; their email is asked for once, when they are added, and is the login's from then on."""

    email = forms.EmailField(
        max_length=254,
        widget=UnfoldAdminEmailInputWidget,
        help_text="Somebody whom the installation knows keeps their login.",
    )

    class Meta:
        model = Membership
        fields = ("first_name", "last_name", "role", "is_active")


class ContactMethodForm(TenantForm):
    """A further way to reach somebody; all an admin does with it is to remove it, as people verify their own."""

    remove = forms.BooleanField(required=False, widget=UnfoldBooleanWidget)

    class Meta:
        model = ContactMethod
        fields = ()


class ContactMethodInline(TenantTabularInline[ContactMethod, Membership]):
    """How a person is paged beside their account's address; for admins."""

    model = ContactMethod
    form = ContactMethodForm
    fields = ("channel", "shown", "verified_at", "remove")
    readonly_fields = ("channel", "shown", "verified_at")
    can_delete = False
    max_num = 0
    verbose_name_plural = "paged over, beside the account's address"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ContactMethod]:
        """Those that have been removed are history's alone."""
        return super().get_queryset(request).filter(removed_at__isnull=True)


@admin.register(Membership)
class MembershipAdmin(TenantAdmin[Membership]):
    """People join and leave; whoever left stays readable, as history names them."""

    member_may = VIEW
    form = MemberForm
    list_display = ("name", "email", "role", "is_active", "ended_at", "created_at")
    list_select_related = ("user",)
    list_filter = ("role", "is_active", ("ended_at", admin.EmptyFieldListFilter))
    search_fields = ("first_name", "last_name", "user__email")
    date_hierarchy = "created_at"
    fields = ("email", "first_name", "last_name", "role", "is_active")
    inlines = (ContactMethodInline,)
    actions = ("end",)

    @admin.display(ordering="user__email")
    def email(self, membership: Membership) -> str:
        """The address of the login, which always pages."""
        return membership.user.email

    def get_fields(self, request: HttpRequest, obj: Membership | None = None) -> Any:
        """Whether somebody is paged is asked once they are a member; when they left, once they have."""
        if obj is None:
            return [field for field in self.fields if field != "is_active"]
        return self.fields if obj.ended_at is None else (*self.fields, "ended_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:
        """The email is the login's, so the organization does not change it."""
        return () if obj is None else ("email",)

    def get_inlines(self, request: HttpRequest, obj: Membership | None) -> Any:
        """Further ways to be reached come once there is a member."""
        return () if obj is None else self.inlines

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Membership], bool]:
        """Find people; whoever chooses one is offered those who have not left."""
        if request.resolver_match is not None and request.resolver_match.url_name == "autocomplete":
            queryset = queryset.filter(ended_at__isnull=True)
        return super().get_search_results(request, queryset, search_term)

    def save_model(
        self, request: HttpRequest, obj: Membership, form: forms.ModelForm[Membership], change: bool
    ) -> None:
        """Write what the form says."""
        become(obj, self._updated(request, obj) if change else self._added(obj, form.cleaned_data["email"]))

    def _added(self, member: Membership, email: str) -> Membership:
        return services.add_member(
            organization_id=member.organization_id,
            email=email,
            first_name=member.first_name,
            last_name=member.last_name,
            role=member.role,
            now=now(),
        )

    def _updated(self, request: HttpRequest, member: Membership) -> Membership:
        return services.update_member(
            organization_id=member.organization_id,
            membership_id=member.id,
            first_name=member.first_name,
            last_name=member.last_name,
            role=member.role,
            is_active=member.is_active,
            by_user_id=acting(request).user_id,
        )

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Remove the ways to reach somebody that are to go."""
        formset.save(commit=False)
        for row in formset.forms:
            if row.cleaned_data.get("remove"):
                written = services.remove_contact_method(
                    organization_id=form.instance.organization_id,
                    membership_id=form.instance.id,
                    method_id=row.instance.id,
                    now=now(),
                )
                become(row.instance, written)

    @admin.action(description="End selected memberships", permissions=["end"])
    def end(self, request: HttpRequest, members: QuerySet[Membership]) -> None:
        """Let the people leave: they are not paged any more and see nothing of the organization."""
        at = now()
        for member in members:
            services.end_membership(
                organization_id=member.organization_id,
                membership_id=member.id,
                by_user_id=acting(request).user_id,
                now=at,
            )
        self.message_user(request, f"Left: {', '.join(map(str, members)) or 'nobody'}.", messages.SUCCESS)

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Admins may end memberships."""
        return acting(request).is_admin

    def has_change_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        """Admins may change those who have not left."""
        return super().has_change_permission(request, obj) and (obj is None or obj.ended_at is None)

    def has_delete_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        """Nobody deletes a person: history names them."""
        return False
