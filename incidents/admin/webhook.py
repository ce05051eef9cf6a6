"""Webhooks: made, changed and removed by admins, who see what was sent. The secret is shown once, in one answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from accounts.acting import acting
from accounts.admin.base import become
from accounts.admin.confirmation import Question, ask, is_confirmed
from accounts.admin.tenancy import TenantAdmin
from accounts.admin.words import ago, mark
from escalation.admin.deletion import DeletedByService
from incidents.admin.webhook_deliveries import load_deliveries, told_by
from incidents.admin.webhook_form import ReplayForm, WebhookForm
from incidents.models import Notice, Webhook
from incidents.services import webhooks
from scaling.api.paths import parse_uuid
from scaling.clock import now
from scaling.errors import DomainError, NotFound

_MOST_TOLD: Final = 4
_SHOWN_ONCE: Final = "_webhook_secret"
_ROTATE: Final = (
    "There will be a new secret, shown once. For a day the one so far signs every call beside it, so that nothing is "
    "refused until whoever listens has taken the new one. An older one that still signs stops at once."
)


@admin.register(Webhook)
class WebhookAdmin(DeletedByService[Webhook], TenantAdmin[Webhook]):
    """Where the organization wants to be told what happens. URL and secrets are read by the sender alone."""

    form = WebhookForm
    list_display = ("shown_to", "description", "told", "state", "last_failure")
    list_filter = (("disabled_at", admin.EmptyFieldListFilter), "disabled_reason")
    search_fields = ("description", "=id")
    search_help_text = "By description, or by its id."
    ordering = ("created_at", "id")
    fields = ("address", "description", "events", "enabled", "shown_version")
    readonly_fields = ("state", "last_failure")
    change_form_outer_after_template = "admin/incidents/webhook/after.html"

    class Media:
        css = {"all": ["incidents/webhook.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Webhook]:
        """Return the webhooks that are there, each with ``failed_how`` and ``failed_at`` of its newest failed event."""
        events = Notice.objects.filter(organization=OuterRef("organization"), webhook=OuterRef("pk"), kind="event")
        failed = events.exclude(last_error="").order_by("-created_at", "-pk")
        return (
            super()
            .get_queryset(request)
            .filter(removed_at__isnull=True)
            .annotate(
                failed_how=Subquery(failed.values("last_error")[:1]),
                failed_at=Subquery(failed.values("created_at")[:1]),
            )
        )

    def get_fields(self, request: HttpRequest, obj: Webhook | None = None) -> Any:
        """Ask for what can be set; of an existing one tell how it is as well."""
        return self.fields if obj is None else (*self.readonly_fields, *self.fields)

    @admin.display(description="calls")
    def shown_to(self, webhook: Webhook) -> str:
        """Its host, and what tells it from another of the same."""
        return webhook.shown_url

    @admin.display(description="events", ordering="events")
    def told(self, webhook: Webhook) -> SafeString:
        """Of what it is told, one in each line; of many, the first ones."""
        if webhook.events is None:
            return _cell("all")
        more = len(webhook.events) - _MOST_TOLD
        lines = [*webhook.events[:_MOST_TOLD], *([f"and {more} more"] if more > 0 else [])]
        return _cell(format_html_join("", '<div class="event">{}</div>', ([line] for line in lines)))

    @admin.display(description="state", ordering="disabled_at")
    def state(self, webhook: Webhook) -> SafeString:
        """Whether it is called, and if not why."""
        return _state(webhook, timezone.now())

    @admin.display(description="last failure")
    def last_failure(self, webhook: Any) -> SafeString:
        """How the newest event that failed and was not taken since did so, and how often attempts failed in a row."""
        if not webhook.failed_how:
            return _cell("none")
        in_a_row = f" {webhook.failures} failed in a row." if webhook.failures > 1 else ""
        said, at = told_by(webhook, webhook.failed_how), timezone.now()
        return _cell(f"{said}{in_a_row} The newest is of {ago(webhook.failed_at, at)}.")

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show what was sent to it lately."""
        if context["original"] is not None:
            at = timezone.now()
            context |= {"deliveries": load_deliveries(context["original"], at), "now": at}
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Webhook, form: ModelForm[Webhook], change: bool) -> None:
        """Write what the form says; keep the secret of a new one for the answer to this request alone."""
        become(obj, _updated(form) if change else _created(request, form))
        setattr(request, _SHOWN_ONCE, obj.secret)

    def response_add(self, request: HttpRequest, obj: Webhook, post_url_continue: str | None = None) -> HttpResponse:
        """Show the secret in the answer itself: a message would be stored in a cookie or the session."""
        return self._show_secret(request, obj, "Webhook created")

    def delete_row(self, row: Webhook) -> None:
        """Send nothing to it any more, and forget its URL and secrets."""
        webhooks.remove_webhook(organization_id=row.organization_id, webhook_id=row.pk, now=now())

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses that replace the secret and send again."""
        view = self.admin_site.admin_view
        own = [
            path("<path:object_id>/rotate/", view(self.rotate_view), name="incidents_webhook_rotate"),
            path("<path:object_id>/resend/", view(self.resend_view), name="incidents_webhook_resend"),
            path("<path:object_id>/replay/", view(self.replay_view), name="incidents_webhook_replay"),
        ]
        return [*own, *super().get_urls()]

    def rotate_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, replace the secret, and show the new one. Sent once more, as by loading the page again, it asks anew."""
        webhook = self._row(request, object_id)
        version = str(webhook.version)
        if not is_confirmed(request) or request.POST.get("version") != version:
            question = Question(
                title="Replace the secret of a webhook",
                lead=_ROTATE,
                rows=[webhook],
                button="Replace it",
                back=self._page(webhook),
                sent={"version": [version]},
            )
            return ask(self, request, question)
        rotated = webhooks.rotate_secret(organization_id=webhook.organization_id, webhook_id=webhook.pk, now=now())
        setattr(request, _SHOWN_ONCE, rotated.secret)
        return self._show_secret(request, rotated, "Secret replaced")

    @method_decorator(require_POST)
    def resend_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send one event again, and go back to where the button stood."""
        webhook = self._row(request, object_id)
        delivery_id = parse_uuid(request.POST.get("delivery", ""))
        if delivery_id is None:
            raise Http404
        try:
            webhooks.resend(
                organization_id=webhook.organization_id, webhook_id=webhook.pk, delivery_id=delivery_id, now=now()
            )
        except NotFound as error:
            raise Http404 from error
        except DomainError as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
        else:
            self.message_user(request, "It is sent again, under the id it had.", messages.SUCCESS)
        return HttpResponseRedirect(f"{self._page(webhook)}#deliveries", status=303)

    def replay_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask from when until when, and send all of it again; what is refused is told beside its field."""
        webhook = self._row(request, object_id)
        form = ReplayForm(request.POST or None)
        if form.is_valid():
            try:
                count = _replay(webhook, form)
            except DomainError as refusal:
                form.refuse(refusal)
            else:
                self.message_user(request, f"Sent again, one after the other: {count}.", messages.SUCCESS)
                return HttpResponseRedirect(f"{self._page(webhook)}#deliveries", status=303)
        context = {"title": "Send events again", "form": form, "webhook": webhook}
        return self._answer(request, "admin/incidents/webhook/replay.html", context)

    def _row(self, request: HttpRequest, object_id: str) -> Webhook:
        return self.row_for(request, object_id, self.has_change_permission(request))

    def _page(self, webhook: Webhook) -> str:
        return reverse("admin:incidents_webhook_change", args=[webhook.pk], current_app=self.admin_site.name)

    def _show_secret(self, request: HttpRequest, webhook: Webhook, title: str) -> HttpResponse:
        context = {"title": title, "webhook": webhook, "secret": getattr(request, _SHOWN_ONCE)}
        return self._answer(request, "admin/incidents/webhook/secret.html", context)

    def _answer(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        common = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, {**common, **context})


def _cell(text: str | SafeString) -> SafeString:
    """Return what takes as many lines of a list as it needs."""
    return format_html('<div class="told">{}</div>', text)


def _state(webhook: Webhook, at: datetime) -> SafeString:
    if webhook.disabled_at is not None:
        is_ours = webhook.disabled_reason == Webhook.Disabled.BY_HAND
        drawn = mark("disabled", "" if is_ours else "bad", symbol="pause_circle" if is_ours else "cancel")
        why = f"{webhook.get_disabled_reason_display()}, {ago(webhook.disabled_at, at)}"
        return _cell(format_html("{} {}", drawn, why))
    if webhook.failures:
        return mark("enabled, but fails", "warn", symbol="error")
    return mark("enabled", "good", symbol="check_circle")


def _created(request: HttpRequest, form: Any) -> Webhook:
    organization_id = form.instance.organization_id
    actor_id = acting(request).user_id
    return webhooks.create_webhook(organization_id=organization_id, actor_id=actor_id, now=now(), **form.said)


def _updated(form: Any) -> Webhook:
    webhook: Webhook = form.instance
    return webhooks.update_webhook(
        organization_id=webhook.organization_id, webhook_id=webhook.pk, if_match=form.if_match, now=now(), **form.said
    )


def _replay(webhook: Webhook, form: ReplayForm) -> int:
    span = {"start": form.cleaned_data["start"], "end": form.cleaned_data["end"]}
    return webhooks.replay(organization_id=webhook.organization_id, webhook_id=webhook.pk, now=now(), **span)
