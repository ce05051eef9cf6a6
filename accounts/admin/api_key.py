"""API keys: made, shown once, revoked; never changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget

from accounts import services
from accounts.acting import acting
from accounts.admin.base import become
from accounts.admin.confirmation import Question, ask, chosen, is_confirmed
from accounts.admin.makers import name_of_maker
from accounts.admin.tenancy import TenantAdmin, TenantForm
from accounts.admin.words import ago, mark
from accounts.models import ApiKey
from scaling.clock import now

_TEXT: Final = "_key_text"
_LEAD: Final = "Programs that use it are refused from the very next request on. It cannot be taken back."
_SCOPES: Final = (
    "Trigger, for monitoring: opens, acknowledges and resolves incidents, and reads. Read, for dashboards: sees "
    "everything and changes nothing. Write, for automation you trust: whatever the API can do."
)
_LASTS: Final = (
    ("", "Until it is revoked"),
    ("30", "30 days"),
    ("90", "90 days"),
    ("365", "A year"),
)


class KeyForm(TenantForm):
    """What a new key needs."""

    scope = forms.ChoiceField(
        choices=ApiKey.Scope.choices,
        initial=ApiKey.Scope.TRIGGER,
        widget=UnfoldAdminRadioSelectWidget,
        help_text=_SCOPES,
    )
    lasts = forms.ChoiceField(choices=_LASTS, required=False, widget=UnfoldAdminSelectWidget, label="Lasts")

    class Meta:
        model = ApiKey
        fields = ("name", "scope", "expires_at")
        labels: ClassVar = {"expires_at": "Until"}
        help_texts: ClassVar = {
            "name": "The program that will use it, so that you know what stops when you revoke it.",
            "expires_at": "In UTC, in place of what is chosen above.",
        }

    def clean(self) -> dict[str, Any] | None:
        """Take one end, not two."""
        cleaned = super().clean() or {}
        if cleaned.get("lasts") and cleaned.get("expires_at"):
            self.add_error("expires_at", "Choose how long the key lasts, or give a time, not both.")
        return cleaned


@admin.register(ApiKey)
class ApiKeyAdmin(TenantAdmin[ApiKey]):
    """The keys of the organization, for its admins."""

    form = KeyForm
    list_display = ("name", "shown_prefix", "shown_scope", "state", "last_used", "made_by", "created_at")
    list_filter = ("scope", ("revoked_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("name", "prefix", "id")
    search_help_text = "By name, by the start of the key, or by its id."
    fields = ("name", "scope", "lasts", "expires_at")
    actions = ("revoke",)
    change_form_outer_after_template = "admin/accounts/apikey/revoke.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        """Return the keys, each with ``maker``: the name of who made it, else their id, None for the command line."""
        return super().get_queryset(request).annotate(maker=name_of_maker("created_by"))

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        """Ask for what a new key needs; of an existing one show what is known."""
        return self.fields if obj is None else ("id", *self.list_display, "expires_at", "revoked_at", "last_used_at")

    def get_form(self, request: HttpRequest, obj: ApiKey | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form class; an existing key has nothing to fill in."""
        return super().get_form(request, obj, change=change, **({"form": TenantForm} if obj else {}), **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        """Nothing of an existing key can be filled in."""
        return () if obj is None else self.get_fields(request, obj)

    @admin.display(description="starts with")
    def shown_prefix(self, key: ApiKey) -> str:
        """The start of the key, by which keys are told apart."""
        return f"{key.prefix}…"

    @admin.display(description="scope", ordering="scope")
    def shown_scope(self, key: ApiKey) -> SafeString:
        """What it may do."""
        return mark(key.get_scope_display(), "warn" if key.scope == ApiKey.Scope.WRITE else "")

    @admin.display(description="state")
    def state(self, key: ApiKey) -> SafeString:
        """Whether it works, and until when."""
        return _state(key, timezone.now())

    @admin.display(description="last used", ordering="last_used_at")
    def last_used(self, key: ApiKey) -> str:
        """How long ago a program used it, to the minute."""
        return ago(key.last_used_at, timezone.now())

    @admin.display(description="made by")
    def made_by(self, key: Any) -> str:
        """Who made it."""
        return key.maker or "the command line"

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Create the key, and keep its text for the answer to this request alone."""
        at, days = now(), form.cleaned_data.get("lasts")
        key, text = services.create_api_key(
            organization_id=obj.organization_id,
            name=obj.name,
            scope=obj.scope,
            expires_at=at + timedelta(days=int(days)) if days else obj.expires_at,
            by_user_id=acting(request).user_id,
            now=at,
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

    def get_urls(self) -> list[URLPattern]:
        """Add the address that revokes one key."""
        revoke = self.admin_site.admin_view(self.revoke_view)
        return [path("<path:object_id>/revoke/", revoke, name="accounts_apikey_revoke"), *super().get_urls()]

    def revoke_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, and revoke one key."""
        key = self.row_for(request, object_id, self.has_revoke_permission(request))
        back = reverse("admin:accounts_apikey_change", args=[key.pk], current_app=self.admin_site.name)
        if not is_confirmed(request):
            question = Question(title="Revoke an API key", lead=_LEAD, rows=[key], button="Revoke it", back=back)
            return ask(self, request, question)
        self._revoke(request, [key])
        return HttpResponseRedirect(back)

    @admin.action(description="Revoke selected API keys", permissions=["revoke"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> HttpResponse | None:
        """Ask, and make the keys fail from the very next request on."""
        if is_confirmed(request):
            self._revoke(request, list(keys))
            return None
        title, sent = "Revoke API keys", chosen(request)
        question = Question(title=title, lead=_LEAD, rows=keys, button="Revoke them", back=request.path, sent=sent)
        return ask(self, request, question)

    def _revoke(self, request: HttpRequest, keys: list[ApiKey]) -> None:
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


def _state(key: ApiKey, at: datetime) -> SafeString:
    if key.revoked_at is not None:
        return mark(f"revoked {ago(key.revoked_at, at)}")
    if key.expires_at is None:
        return mark("works", "good")
    if key.expires_at <= at:
        return mark(f"expired {ago(key.expires_at, at)}")
    return mark(f"works until {key.expires_at:%Y-%m-%d}", "good")
