"""Components: what an organization runs, and what of it open incidents affect."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Final

from django import forms
from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.admin.base import become
from accounts.admin.tenancy import VIEW, TenantAdmin
from accounts.admin.words import mark
from escalation.admin.deletion import DeletedByService
from escalation.admin.instants import InstantField, shown_instant
from escalation.admin.revision import RevisionForm
from incidents import services
from incidents.models import AffectedComponent, Component, Incident
from scaling.clock import now

MOST_OPEN: Final = 20
"""How many of the open incidents that affect a component its page names."""

_ASKED: Final = (
    "name",
    "group_label",
    "operational_status",
    "maintenance_starts_at",
    "maintenance_ends_at",
    "description",
    "aliases",
    "shown_version",
)
_MARKS: Final = {
    "operational": ("good", "check_circle"),
    "degraded": ("warn", "trending_down"),
    "partial_outage": ("bad", "error"),
    "major_outage": ("bad", "cancel"),
    "maintenance": ("", "build"),
}


class ComponentForm(RevisionForm):
    """A component; the service says what of it cannot be."""

    said_of: ClassVar = {
        "groupLabel": "group_label",
        "maintenanceWindow.startedAt": "maintenance_starts_at",
        "maintenanceWindow.endsAt": "maintenance_ends_at",
    }

    maintenance_starts_at = InstantField(label="Maintenance from (UTC)", required=False)
    maintenance_ends_at = InstantField(
        label="Maintenance until (UTC)", required=False, help_text="Leave both empty where none is planned."
    )
    aliases = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Other names it goes by, one in each line.",
    )

    class Meta:
        model = Component
        fields = ("name", "group_label", "operational_status", "description")
        widgets: ClassVar = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 3})}
        labels: ClassVar = {"group_label": "Group", "operational_status": "How it is"}
        help_texts: ClassVar = {"operational_status": "For people to read. It never changes who is paged."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["aliases"] = "\n".join(self.instance.aliases)
        for name in ("maintenance_starts_at", "maintenance_ends_at"):
            self.fields[name].stored = getattr(self.instance, name)  # type: ignore[attr-defined]  # InstantField

    def clean_aliases(self) -> list[str]:
        """Return the lines in which something stands."""
        return [line.strip() for line in self.cleaned_data["aliases"].splitlines() if line.strip()]

    def _post_clean(self) -> None:
        """Leave the row as it is: the service writes it."""

    @property
    def said(self) -> Any:
        """What is filled in, as the services ask for it."""
        return {name: value for name, value in self.cleaned_data.items() if name != "shown_version"}


@admin.register(Component)
class ComponentAdmin(DeletedByService[Component], TenantAdmin[Component]):
    """What the organization runs. A deleted one is on no page; incidents go on naming it."""

    form = ComponentForm
    member_may = VIEW
    list_display = ("name", "group", "shown_status", "maintenance", "open_incidents")
    list_filter = ("operational_status", "group_label")
    search_fields = ("name", "group_label", "aliases", "=id")
    search_help_text = "By name, by another name it goes by, by group, or by its id."
    ordering = ("name", "id")
    change_form_outer_after_template = "admin/incidents/component.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Component]:
        """Return the components that are there, each with ``open_count``."""
        open_now = _open_links().filter(component=OuterRef("pk")).order_by().values("component")
        count = Coalesce(Subquery(open_now.values(count=Count("pk"))), 0, output_field=IntegerField())
        return super().get_queryset(request).filter(deleted_at__isnull=True).annotate(open_count=count)

    def get_fields(self, request: HttpRequest, obj: Component | None = None) -> Any:
        """Return what is asked for; who only looks is told it in words."""
        if obj is None or self.has_change_permission(request, obj):
            return _ASKED
        return ("name", "group", "shown_status", "maintenance", "description", "other_names")

    def get_readonly_fields(self, request: HttpRequest, obj: Component | None = None) -> Any:
        """Name what is told in words."""
        return ("group", "shown_status", "maintenance", "other_names")

    @admin.display(description="group", ordering="group_label", empty_value="none")
    def group(self, component: Component) -> str | None:
        """What it is shown under."""
        return component.group_label

    @admin.display(description="how it is", ordering="operational_status")
    def shown_status(self, component: Component) -> SafeString:
        """How people say it is."""
        kind, symbol = _MARKS[component.operational_status]
        return mark(component.get_operational_status_display(), kind, symbol=symbol)

    @admin.display(description="maintenance", ordering="maintenance_starts_at", empty_value="none")
    def maintenance(self, component: Component) -> str | SafeString | None:
        """When work on it is planned, and whether that is now."""
        start, end = component.maintenance_starts_at, component.maintenance_ends_at
        return None if start is None or end is None else _maintenance(start, end, timezone.now())

    @admin.display(description="open incidents", ordering="open_count")
    def open_incidents(self, component: Any) -> int:
        """How many incidents that are not resolved affect it."""
        count: int = component.open_count
        return count

    @admin.display(description="aliases", empty_value="none")
    def other_names(self, component: Component) -> str:
        """Which other names it goes by."""
        return ", ".join(component.aliases)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Name the newest open incidents that affect it."""
        component = context["original"]
        if component is not None:
            links = _open_links().filter(component=component).select_related("incident").order_by("-incident_id")
            context["open_incidents"] = [link.incident for link in links[:MOST_OPEN]]
            context["more_incidents"] = component.open_count - len(context["open_incidents"])
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Component, form: ModelForm[Component], change: bool) -> None:
        """Write what the form says."""
        become(obj, _updated(form) if change else _created(form))

    def delete_row(self, row: Component) -> None:
        """Delete a component."""
        services.delete_component(organization_id=row.organization_id, component_id=row.pk, now=now())


def _open_links() -> QuerySet[AffectedComponent]:
    return AffectedComponent.objects.exclude(incident__status=Incident.Status.RESOLVED)


def _maintenance(start: datetime, end: datetime, at: datetime) -> str | SafeString:
    if start <= at < end:
        return format_html("{} until {} UTC", mark("now", "warn", symbol="build"), shown_instant(end, "UTC"))
    if end <= at:
        return f"over since {shown_instant(end, 'UTC')} UTC"
    return f"{shown_instant(start, 'UTC')} until {shown_instant(end, 'UTC')} UTC"


def _created(form: Any) -> Component:
    return services.create_component(organization_id=form.instance.organization_id, now=now(), **form.said)


def _updated(form: Any) -> Component:
    component: Component = form.instance
    return services.update_component(
        organization_id=component.organization_id,
        component_id=component.pk,
        if_match=form.if_match,
        now=now(),
        **form.said,
    )
