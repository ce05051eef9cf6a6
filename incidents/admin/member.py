"""A person's page with what belongs to being paged: their rules in words, and a button that sends a test page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from accounts.acting import acting
from accounts.admin import MembershipAdmin
from accounts.models import ContactMethod, Membership
from incidents.me.quiet import show_quiet
from incidents.me.rules import show_rules
from incidents.trial import send_trial
from scaling.api.paths import parse_uuid
from scaling.clock import now
from scaling.errors import DomainError

ACCOUNT: Final = "account"
"""What the form calls the account's address, which is no contact method."""

admin.site.unregister(Membership)


@admin.register(Membership)
class PagedMemberAdmin(MembershipAdmin):
    """People, and how each of them is paged. Whoever it concerns edits that on ``/me``; admins read it here."""

    change_form_outer_after_template = "admin/incidents/paged.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the address that sends a test page."""
        send = self.admin_site.admin_view(require_POST(self.test_view))
        return [path("<path:object_id>/test/", send, name="accounts_membership_test"), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show beside the person how they are paged."""
        member = context.get("original")
        if member is not None and member.ended_at is None and acting(request).is_admin:
            methods: Sequence[ContactMethod] = list(member.contact_methods.filter(removed_at__isnull=True))
            context["methods"] = methods
            context["rules"], context["quiet"] = show_rules(member, methods), show_quiet(member)
        return super().render_change_form(request, context, *args, **kwargs)

    def test_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send a test page over the way that the form names, and say what came of it."""
        member = self.row_for(request, object_id, self.has_end_permission(request))
        try:
            where = send_trial(member, _method_id(request), now())
        except DomainError as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
        else:
            self.message_user(request, f"A test page is on its way to {where}.", messages.SUCCESS)
        page = reverse("admin:accounts_membership_change", args=[member.pk], current_app=self.admin_site.name)
        return HttpResponseRedirect(page)


def _method_id(request: HttpRequest) -> UUID | None:
    """Return the id of the method that is named, the nil UUID for none that can be; None for the account's address."""
    named = request.POST.get("method", "")
    return None if named == ACCOUNT else parse_uuid(named) or UUID(int=0)
