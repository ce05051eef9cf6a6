"""The people of an organization."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldBooleanWidget

from accounts import services
from accounts.acting import acting
from accounts.admin.base import become
from accounts.admin.confirmation import Question, ask, chosen, is_confirmed
from accounts.admin.invitation import Invitations
from accounts.admin.tenancy import VIEW, TenantAdmin, TenantForm, TenantTabularInline
from accounts.admin.words import mark
from accounts.models import ContactMethod, Membership
from scaling.clock import now
from scaling.errors import DomainError

_LEAD: Final = "They are not paged any more and see nothing of the organization from the next request on."


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

    remove = forms.BooleanField(required=False, widget=UnfoldBooleanWidget(attrs={"aria-label": "Remove"}))

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
class MembershipAdmin(Invitations, TenantAdmin[Membership]):
    """People join and leave; whoever left stays readable, as history names them."""

    member_may = VIEW
    form = MemberForm
    list_display = ("person", "email", "shown_role", "state", "ways", "created_at")
    list_select_related = ("user",)
    list_filter = ("role", "is_active", ("ended_at", admin.EmptyFieldListFilter))
    search_fields = ("first_name", "last_name", "user__email")
    search_help_text = "By name or by email."
    date_hierarchy = "created_at"
    fields = ("email", "first_name", "last_name", "role", "is_active")
    inlines = (ContactMethodInline,)
    actions = ("end",)
    change_form_outer_after_template = "admin/accounts/membership/end.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """Return the people, each with ``verified``: over how many methods beside the account's address they page."""
        own = ContactMethod.objects.filter(membership=OuterRef("pk"), verified_at__isnull=False).order_by()
        count = Subquery(own.values("membership").annotate(number=Count("pk")).values("number"))
        verified = Coalesce(count, 0, output_field=IntegerField())
        second_factor = Exists(services.second_factors().filter(user=OuterRef("user")))
        return super().get_queryset(request).annotate(verified=verified, second_factor=second_factor)

    def get_list_display(self, request: HttpRequest) -> Any:
        """Return the columns; whether somebody signs in with a second factor is for admins."""
        return (*self.list_display, "signs_in") if acting(request).is_admin else self.list_display

    @admin.display(description="second factor")
    def signs_in(self, membership: Any) -> SafeString:
        """Whether they sign in with a second factor."""
        return mark("set", "good") if membership.second_factor else mark("not set", "warn")

    @admin.display(description="name", ordering="first_name")
    def person(self, membership: Membership) -> str:
        """What the organization calls them."""
        return membership.name or membership.user.email

    @admin.display(ordering="user__email")
    def email(self, membership: Membership) -> str:
        """The address of the login, which always pages."""
        return membership.user.email

    @admin.display(description="role", ordering="role")
    def shown_role(self, membership: Membership) -> SafeString:
        """Admin or member."""
        return mark(membership.get_role_display(), "good" if membership.role == Membership.Role.ADMIN else "")

    @admin.display(description="state")
    def state(self, membership: Membership) -> SafeString:
        """Whether they are paged."""
        if membership.ended_at is not None:
            return mark(f"left {membership.ended_at:%Y-%m-%d}")
        return mark("is paged", "good") if membership.is_reachable else mark("is not paged", "warn")

    @admin.display(description="reached over", ordering="verified")
    def ways(self, membership: Any) -> str:
        """Over how many ways pages reach them."""
        return f"email and {membership.verified} more" if membership.verified else "email"

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

    def get_urls(self) -> list[URLPattern]:
        """Add the address that ends one membership."""
        end = self.admin_site.admin_view(self.end_view)
        return [path("<path:object_id>/end/", end, name="accounts_membership_end"), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Offer to end the membership, where one may."""
        member = context.get("original")
        context["may_end"] = member is not None and member.ended_at is None and self.has_end_permission(request)
        return super().render_change_form(request, context, *args, **kwargs)

    def end_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, and let one person leave."""
        member = self.row_for(request, object_id, self.has_end_permission(request))
        back = reverse("admin:accounts_membership_change", args=[member.pk], current_app=self.admin_site.name)
        if not is_confirmed(request):
            question = Question(title="End a membership", lead=_LEAD, rows=[member], button="End it", back=back)
            return ask(self, request, question)
        try:
            self._end(request, [member])
        except DomainError as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
        return HttpResponseRedirect(back)

    @admin.action(description="End selected memberships", permissions=["end"])
    def end(self, request: HttpRequest, members: QuerySet[Membership]) -> HttpResponse | None:
        """Ask, and let the people leave."""
        if is_confirmed(request):
            self._end(request, list(members))
            return None
        title, sent = "End memberships", chosen(request)
        question = Question(title=title, lead=_LEAD, rows=members, button="End them", back=request.path, sent=sent)
        return ask(self, request, question)

    def _end(self, request: HttpRequest, members: list[Membership]) -> None:
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
