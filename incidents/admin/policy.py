"""The page of a policy, with what only the run of incidents knows: its ladder, and what it is paging for now."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from escalation.admin import PolicyAdmin
from escalation.models import Policy
from incidents.admin.ladder import MOST_OPEN, load_panel, newest_of
from incidents.models import Escalation
from scaling.clock import now


class OpenIncidentsFilter(admin.SimpleListFilter):
    """Finds the policies that page for something now."""

    title = "open incidents"
    parameter_name = "open_incidents"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return what can be chosen."""
        return [("yes", "With open incidents"), ("no", "Without")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Policy]) -> QuerySet[Policy]:
        """Keep what is chosen."""
        is_used = Exists(_open_of_policy())
        if self.value() == "yes":
            return queryset.filter(is_used)
        return queryset.filter(~is_used) if self.value() == "no" else queryset


@admin.register(Policy)
class PolicyWithLadderAdmin(PolicyAdmin):
    """Policies, how many open incidents each pages for, and what would happen if one started."""

    list_filter = (OpenIncidentsFilter, *PolicyAdmin.list_filter)
    change_form_outer_after_template = "admin/incidents/policy.html"

    class Media:
        css = {"all": ["incidents/ladder.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        """Return the policies, each with ``open_count``."""
        counted = _open_of_policy().order_by().values("active_policy_id").annotate(count=Count("pk")).values("count")
        count = Coalesce(Subquery(counted), 0, output_field=IntegerField())
        return super().get_queryset(request).annotate(open_count=count)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Return the columns; what it pages for stands behind what it is."""
        name, *others = super().get_list_display(request)
        return [name, "open_incidents", *others]

    @admin.display(description="open incidents", ordering="open_count")
    def open_incidents(self, policy: Any) -> int:
        """How many incidents that are not resolved it pages for."""
        count: int = policy.open_count
        return count

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form, and beside a policy that is there already its ladder, as it was saved."""
        if context["original"] is not None:
            context["panel"] = load_panel(context["original"], request.GET.dict(), now())
        return super().render_change_form(request, context, *args, **kwargs)

    def uses(self, rows: Any) -> list[Any]:
        """Name the open incidents, newest first, and how many there are beside the first ``MOST_OPEN``."""
        policies = list(rows)
        if not policies:
            return []
        running = Escalation.objects.for_organization(policies[0].organization_id).filter(active_policy__in=policies)
        newest = newest_of(running)
        links = [_link_to(row) for row in newest]
        more = running.count() - len(links) if len(links) == MOST_OPEN else 0
        return [*links, f"{more} more"] if more > 0 else links


def _open_of_policy() -> QuerySet[Escalation]:
    return Escalation.objects.filter(organization_id=OuterRef("organization_id"), active_policy_id=OuterRef("pk"))


def _link_to(row: Any) -> SafeString:
    address = reverse("admin:incidents_incident_change", args=[row.pk])
    incident, policy = row.incident, row.active_policy
    return format_html('<a href="{}">#{} {}</a>, paged by {}', address, incident.number, incident.title, policy)
