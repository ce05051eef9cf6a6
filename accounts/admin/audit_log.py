"""The audit log of an organization: all that changed in it, what is gone included."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from accounts.acting import acting
from accounts.admin.base import ServiceAdmin
from accounts.admin.newest import MOST_ROWS, NewestChangeList, NewestPaginator
from accounts.history import Entry, load_entries
from accounts.models import ApiKey, Membership
from scaling.audit.registry import audited_models
from scaling.clock import now
from scaling.models import AuditEvent

_MONTHS: Final = 24


class KindFilter(admin.SimpleListFilter):
    """Finds changes of one kind of row."""

    title = "what"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the kinds that are audited, by name."""
        kinds = [(model._meta.label_lower, str(model._meta.verbose_name)) for model in audited_models()]
        return sorted(kinds, key=lambda kind: kind[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        """Keep what is chosen."""
        return queryset.filter(kind=self.value()) if self.value() else queryset


class MonthFilter(admin.SimpleListFilter):
    """Finds changes of one month, so that also an old one is reached."""

    title = "month"
    parameter_name = "month"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the last two years, the current month first."""
        today = now()
        months = [divmod(today.year * 12 + today.month - 1 - back, 12) for back in range(_MONTHS)]
        return [(f"{year}-{month + 1:02}", f"{datetime(year, month + 1, 1):%B %Y}") for year, month in months]  # noqa: DTZ001

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        """Keep what is chosen."""
        chosen = self.value()
        if chosen not in dict(self.lookup_choices):
            return queryset
        year, month = map(int, str(chosen).split("-"))
        beyond = divmod(year * 12 + month, 12)
        return queryset.filter(at__gte=_first(year, month), at__lt=_first(beyond[0], beyond[1] + 1))


class ChosenFilter(admin.SimpleListFilter):
    """A filter that rows of the list lead to; it is offered once it is chosen."""

    fields: tuple[str, str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return what was chosen."""
        return [(self.value() or "", "this one")] if self.value() else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        """Keep what is chosen."""
        if not self.value():
            return queryset
        kind, _, one = str(self.value()).partition(":")
        return queryset.filter(**dict(zip(self.fields, (kind, one), strict=True)))


class ActorFilter(ChosenFilter):
    """Finds what somebody changed."""

    title = "who"
    parameter_name = "who"
    fields = ("actor_kind", "actor_id")


class SubjectFilter(ChosenFilter):
    """Finds the history of one row, also of one that is gone."""

    title = "history of"
    parameter_name = "of"
    fields = ("subject_kind", "subject_id")


class AuditLog(NewestChangeList):
    """Events, each with ``entry``, what it says in words."""

    def get_results(self, request: HttpRequest) -> None:
        """Load a page of events, and the names in them."""
        super().get_results(request)
        events = list(self.result_list)
        for event, entry in zip(events, load_entries(events, acting(request).organization_id), strict=True):
            event.entry = entry
        self.result_list = events


@admin.register(AuditEvent)
class AuditEventAdmin(ServiceAdmin[AuditEvent]):
    """Every change in the organization, newest first, for its admins. Nobody writes here."""

    list_display = ("at", "who", "what", "changes")
    list_display_links = ("at",)
    change_form_template = "admin/audit_event.html"
    list_filter = (KindFilter, ActorFilter, SubjectFilter, "action", MonthFilter, "at")
    search_fields = ("actor_id",)
    search_help_text = "By who did it: a person's name or email, or the name of an API key."
    sortable_by = ()
    paginator = NewestPaginator
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None
    fields = ("at", "who", "request_id", "what", "changes")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        """Return the events of the organization the session acts in; where it acts in none, none."""
        return super().get_queryset(request).filter(organization_id=acting(request).organization_id or "")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the class of the list."""
        return AuditLog

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent], search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        """Find what people and keys of that name did."""
        if not search_term:
            return queryset, False
        return queryset.filter(actor_id__in=_actors(acting(request).organization_id or "", search_term)), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list, and say so where it does not go back to the beginning."""
        response = super().changelist_view(request, extra_context)
        context: dict[str, Any] = getattr(response, "context_data", None) or {}
        if "cl" in context and context["cl"].result_count >= MOST_ROWS:
            context["subtitle"] = f"The newest {MOST_ROWS:,}. Filter or search to find older ones."
        return response

    @admin.display
    def who(self, event: AuditEvent) -> SafeString:
        """Who did it, leading to all that they did."""
        entry = _entry(event)
        return format_html(
            '<div class="told"><a href="{}?{}">{}</a><br><small>{}</small></div>',
            reverse("admin:scaling_auditevent_changelist"),
            urlencode({"who": f"{event.actor_kind}:{event.actor_id}"}),
            entry.who,
            entry.origin,
        )

    @admin.display
    def what(self, event: AuditEvent) -> SafeString:
        """What was changed, leading to its history."""
        query = urlencode({"of": f"{event.subject_kind}:{event.subject_id}"})
        entry = _entry(event)
        return format_html(
            '<div class="told"><a href="{}?{}">{}</a> {}</div>',
            reverse("admin:scaling_auditevent_changelist"),
            query,
            capfirst(entry.what),
            entry.action,
        )

    @admin.display(description="before and after")
    def changes(self, event: AuditEvent) -> SafeString:
        """Each field that changed."""
        told = render_to_string("admin/differences.html", {"differences": _entry(event).differences})
        return format_html('<div class="told">{}</div>', told)

    def has_view_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        """Admins of the organization may look."""
        session = acting(request)
        return session.is_admin and (obj is None or obj.organization_id == session.organization_id)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The database writes it."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        """Nobody changes what happened."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        """Nobody deletes what happened."""
        return False


def _entry(event: Any) -> Entry:
    """Return what the event says; the list has loaded it, the page of one event has not."""
    if not hasattr(event, "entry"):
        (event.entry,) = load_entries([event], event.organization_id)
    entry: Entry = event.entry
    return entry


def _actors(organization_id: str, name: str) -> list[str]:
    words = [Q(first_name__icontains=word) | Q(last_name__icontains=word) for word in name.split()]
    people = Membership.objects.for_organization(organization_id)
    found = people.filter(*words).values_list("user_id", flat=True)
    mailed = people.filter(user__email__icontains=name).values_list("user_id", flat=True)
    keys = ApiKey.objects.filter(organization_id=organization_id, name__icontains=name).values_list("pk", flat=True)
    return [*found, *mailed, *keys]


def _first(year: int, month: int) -> datetime:
    return datetime(year, month, 1, tzinfo=UTC)
