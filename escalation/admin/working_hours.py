"""Working hours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from unfold.widgets import UnfoldAdminSelect2Widget

from accounts.acting import acting
from accounts.admin.base import become
from accounts.admin.tenancy import EVERYTHING, TenantAdmin
from escalation import services
from escalation.admin.deletion import DeletedByService
from escalation.admin.revision import RevisionForm
from escalation.admin.usage import links_to, policies_with
from escalation.admin.windows import DAYS, WindowsField, place_in_windows
from escalation.models import Layer, Policy, WorkingHours
from escalation.timezones import offered_time_zones
from scaling.clock import now


class WorkingHoursForm(RevisionForm):
    """Working hours; what a row keeps as ``windows`` is ``weekly`` here, as whole values."""

    timezone = forms.ChoiceField(label="Time zone", choices=offered_time_zones, widget=UnfoldAdminSelect2Widget)
    weekly = WindowsField(
        label="Every week",
        help_text="A window that ends no later than it begins goes on into the next day.",
    )

    class Meta:
        model = WorkingHours
        fields = ("name", "timezone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["weekly"] = self.instance.windows

    def place_of(self, named: str, message: str) -> tuple[str, str]:
        """Find the windows under their name here."""
        field, told = place_in_windows(named, message)
        return "weekly" if field == "windows" else field, told


@admin.register(WorkingHours)
class WorkingHoursAdmin(DeletedByService[WorkingHours], TenantAdmin[WorkingHours]):
    """Named weekly windows, during or outside which layers count."""

    form = WorkingHoursForm
    member_may = EVERYTHING
    list_display = ("name", "shown_windows", "timezone", "used_by", "updated_at")
    list_filter = ("timezone",)
    search_fields = ("name",)
    ordering = ("name", "id")
    fields = ("name", "timezone", "weekly", "shown_version")

    def get_queryset(self, request: HttpRequest) -> QuerySet[WorkingHours]:
        """Return the working hours, each with ``policy_count``."""
        layers = Layer.objects.filter(working_hours=OuterRef("pk")).order_by().values("working_hours")
        own = layers.annotate(count=Count("policy", distinct=True)).values("count")
        count = Coalesce(Subquery(own), 0, output_field=IntegerField())
        return super().get_queryset(request).annotate(policy_count=count)

    @admin.display(description="every week")
    def shown_windows(self, hours: WorkingHours) -> str:
        """Its windows in words."""
        return "; ".join(map(_in_words, hours.windows))

    @admin.display(description="policies", ordering="policy_count")
    def used_by(self, hours: Any) -> int:
        """How many policies use them."""
        count: int = hours.policy_count
        return count

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: WorkingHours | None = None,
    ) -> HttpResponse:
        """Tell what uses them."""
        context["policies"] = [] if obj is None else self.policies_using([obj])
        return super().render_change_form(request, context, add, change, form_url, obj)

    def policies_using(self, rows: Iterable[WorkingHours]) -> list[Policy]:
        """Return the policies with a layer that counts by them."""
        return policies_with(rows, "working_hours")

    def uses(self, rows: Any) -> list[Any]:
        """Name the policies."""
        return list(links_to(self.policies_using(rows)))

    def save_model(self, request: HttpRequest, obj: WorkingHours, form: ModelForm[WorkingHours], change: bool) -> None:
        """Write what the form says."""
        become(obj, _updated(form) if change else _created(request, form))

    def delete_row(self, row: WorkingHours) -> None:
        """Delete working hours."""
        services.delete_working_hours(organization_id=row.organization_id, hours_id=row.pk)


def _created(request: HttpRequest, form: Any) -> WorkingHours:
    hours: WorkingHours = form.instance
    return services.create_working_hours(
        organization_id=hours.organization_id, actor_id=acting(request).user_id, now=now(), **_said(form)
    )


def _updated(form: Any) -> WorkingHours:
    hours: WorkingHours = form.instance
    return services.update_working_hours(
        organization_id=hours.organization_id, hours_id=hours.pk, now=now(), if_match=form.if_match, **_said(form)
    )


def _said(form: Any) -> Any:
    hours: WorkingHours = form.instance
    return {"name": hours.name, "timezone": hours.timezone, "windows": form.cleaned_data["weekly"]}


def _in_words(window: Any) -> str:
    days = window["days"]
    is_run = len(days) > 2 and days == list(range(days[0], days[-1] + 1))
    names = f"{DAYS[days[0] - 1]} to {DAYS[days[-1] - 1]}" if is_run else ", ".join(DAYS[day - 1] for day in days)
    return f"{names} {window['start']}-{window['end']}"
