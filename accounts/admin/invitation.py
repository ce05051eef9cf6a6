"""Invitations, on the page of people: sent, sent again, withdrawn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.timesince import timeuntil
from django.views.decorators.http import require_POST

from accounts import services
from accounts.acting import acting
from accounts.models import Invitation, Membership
from scaling.clock import now
from scaling.errors import DomainError, InvalidInput, NotFound


class InvitationForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(max_length=254, label="Email", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(choices=Membership.Role.choices, initial=Membership.Role.MEMBER, label="Role")


class Invitations(admin.ModelAdmin[Membership]):
    """What a page of people needs to invite some. For admins of the organization."""

    list_before_template = "admin/accounts/membership/invitations.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of invitations."""
        view = self.admin_site.admin_view
        return [
            path("invite/", view(self.invite_view), name="accounts_membership_invite"),
            path(
                "invitations/<str:invitation_id>/again/",
                view(require_POST(self.again_view)),
                name="accounts_membership_invite_again",
            ),
            path(
                "invitations/<str:invitation_id>/withdraw/",
                view(require_POST(self.withdraw_view)),
                name="accounts_membership_withdraw",
            ),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the invitations that nobody has accepted above the people. One statement, for admins."""
        context: dict[str, Any] = {"may_invite": acting(request).is_admin}
        if context["may_invite"]:
            context["invitations"] = _waiting(_organization_id(request), timezone.now())
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def invite_view(self, request: HttpRequest) -> HttpResponse:
        """Ask whom to invite, and do it; what is refused is shown beside its field."""
        organization_id = _organization_id(request)
        form = InvitationForm(request.POST or None)
        if request.POST.get("opened_in", organization_id) != organization_id:
            self.message_user(request, "Nobody was invited: the form belonged to another organization.", messages.ERROR)
            return HttpResponseRedirect(request.path)
        if form.is_valid() and _invite(request, form):
            self.message_user(request, f"An invitation is on its way to {form.cleaned_data['email']}.")
            return self._back()
        context = {
            **self.admin_site.each_context(request),
            "title": "Invite somebody",
            "opts": self.opts,
            "form": form,
        }
        return TemplateResponse(request, "admin/accounts/membership/invite.html", context)

    def again_view(self, request: HttpRequest, invitation_id: str) -> HttpResponse:
        """Send an invitation again; the link sent before leads nowhere then."""
        organization_id = _organization_id(request)
        found = Invitation.objects.for_organization(organization_id).open().filter(pk=invitation_id).first()
        return self._told(request, lambda: _again(request, found), "The invitation is sent again, with a new link.")

    def withdraw_view(self, request: HttpRequest, invitation_id: str) -> HttpResponse:
        """Take an invitation back."""
        organization_id = _organization_id(request)
        return self._told(
            request,
            lambda: services.delete_invitation(organization_id=organization_id, invitation_id=invitation_id),
            "The invitation is withdrawn: its link leads nowhere.",
        )

    def _told(self, request: HttpRequest, do: Any, done: str) -> HttpResponse:
        try:
            do()
        except DomainError as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
        else:
            self.message_user(request, done, messages.SUCCESS)
        return self._back()

    def _back(self) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:accounts_membership_changelist", current_app=self.admin_site.name))


def _organization_id(request: HttpRequest) -> str:
    """Return where an admin acts; refuse everybody else."""
    session = acting(request)
    if session.organization_id is None or not session.is_admin:
        raise PermissionDenied
    return session.organization_id


def _invite(request: HttpRequest, form: InvitationForm) -> bool:
    try:
        services.invite_member(
            organization_id=_organization_id(request),
            email=form.cleaned_data["email"],
            role=form.cleaned_data["role"],
            actor_id=acting(request).user_id,
            now=now(),
        )
    except InvalidInput as refusal:
        for field, message in refusal.errors:
            form.add_error(field if field in form.fields else None, message)
    except DomainError as refusal:
        form.add_error("email", refusal.message)
    return form.is_valid()


def _again(request: HttpRequest, invitation: Invitation | None) -> None:
    if invitation is None:
        raise NotFound.of("invitation")
    services.invite_member(
        organization_id=invitation.organization_id,
        email=invitation.email,
        role=invitation.role,
        actor_id=acting(request).user_id,
        now=now(),
    )


def _waiting(organization_id: str, at: datetime) -> list[Any]:
    """Return the invitations that nobody has accepted, each with ``state`` in words."""
    found: list[Any] = list(Invitation.objects.for_organization(organization_id).open())
    for invitation in found:
        invitation.state = _state(invitation, at)
    return found


def _state(invitation: Invitation, at: datetime) -> str:
    if invitation.expires_at <= at:
        return "expired: send it again for a new link"
    mail = "its mail is not out yet" if invitation.next_at is not None else "its mail is out"
    return f"{mail}; the link ends in {timeuntil(invitation.expires_at, at, depth=1)}"
