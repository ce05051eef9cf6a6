"""The page of a policy, with what only the run of incidents knows: its ladder, and what it is paging for now."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse

from escalation.admin import PolicyAdmin
from escalation.models import Policy
from incidents.admin.ladder import load_panel
from incidents.models import Escalation
from scaling.clock import now


@admin.register(Policy)
class PolicyWithLadderAdmin(PolicyAdmin):
    """Policies, how many open incidents each pages for, and what would happen if one started."""

    change_form_outer_after_template = "admin/incidents/policy.html"

    class Media:
        css = {"all": ["incidents/ladder.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        """Return the policies, each with ``open_count``."""
        open_ = Escalation.objects.filter(organization_id=OuterRef("organization_id"), active_policy_id=OuterRef("pk"))
        counted = open_.order_by().values("active_policy_id").annotate(count=Count("pk")).values("count")
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
