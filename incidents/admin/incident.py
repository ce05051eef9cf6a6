"""Incidents: found, read, and explained. Nothing about them is written here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.acting import acting
from accounts.admin.tenancy import VIEW, TenantAdmin
from incidents.admin.newest import MOST_ROWS, NewestChangeList, NewestPaginator
from incidents.admin.report import load_report
from incidents.admin.why import load_panel
from incidents.calls import STANDS
from incidents.models import Escalation, Incident
from scaling.clock import now


class OpenFilter(admin.SimpleListFilter):
    """Finds what still needs somebody."""

    title = "open"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return what can be chosen."""
        return [("yes", "Yes"), ("no", "No, resolved")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Incident]) -> QuerySet[Incident]:
        """Keep what is chosen."""
        if self.value() == "yes":
            return queryset.exclude(status=Incident.Status.RESOLVED)
        return queryset.filter(status=Incident.Status.RESOLVED) if self.value() == "no" else queryset


@admin.register(Incident)
class IncidentAdmin(TenantAdmin[Incident]):
    """Incidents, newest first. History has no end, so the list neither counts nor sorts all of it."""

    member_may = VIEW
    list_display = ("title", "severity", "status", "owner", "stands", "next_call", "created_at")
    list_select_related = ("owner", "escalation")
    list_filter = (
        OpenFilter,
        "severity",
        "status",
        ("escalation__state", admin.ChoicesFieldListFilter),
        "created_at",
    )
    search_fields = ("title", "owner__first_name", "owner__last_name", "=id")
    search_help_text = "By title, by owner, or by the incident's id."
    sortable_by = ("created_at",)
    paginator = NewestPaginator
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None
    fields = (
        "number",
        "title",
        "description",
        "severity",
        "status",
        "owner",
        "dedup_key",
        "repeats",
        "created_at",
        "updated_at",
        "id",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Incident]:
        """Return the incidents without the plans of their escalations, which may be large."""
        return super().get_queryset(request).defer("escalation__plan")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[NewestChangeList]:
        """Return the class of the list."""
        return NewestChangeList

    @admin.display(description="where it stands")
    def stands(self, incident: Incident) -> str:
        """What its paging waits for, and at which layer."""
        row = incident.escalation
        at_layer = f", layer {row.position}" if row.state == Escalation.State.PAGING and row.position else ""
        return f"{STANDS[row.state]}{at_layer}"

    @admin.display(description="next call", empty_value="-")
    def next_call(self, incident: Incident) -> datetime | None:
        """When somebody is paged next unless somebody acts."""
        return incident.escalation.due_at

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list, and say so where it does not go back to the beginning."""
        response = super().changelist_view(request, extra_context)
        context: dict[str, Any] = getattr(response, "context_data", None) or {}
        if "cl" in context and context["cl"].result_count >= MOST_ROWS:
            context["subtitle"] = f"The newest {MOST_ROWS:,}. Filter or search to find older ones."
        return response

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the incident with its report, and why it did or did not page whom one asks about."""
        incident, at = context["original"], now()
        context["report"] = load_report(incident, at, is_admin=acting(request).is_admin)
        context["why"] = load_panel(incident, request.GET.get("person", ""), at)
        return super().render_change_form(request, context, *args, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Incidents are triggered by programs."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Incident | None = None) -> bool:
        """Nobody edits what happened."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Incident | None = None) -> bool:
        """Nobody deletes what happened."""
        return False
