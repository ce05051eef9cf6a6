"""Schedules."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminTextareaWidget

from accounts.acting import acting
from accounts.admin.base import become, refusal_of
from accounts.admin.tenancy import EVERYTHING, TenantAdmin
from escalation import services
from escalation.admin.coverage import CoverageFilter, ShowsCoverage
from escalation.admin.deletion import DeletedByService
from escalation.admin.fortnight import view_of
from escalation.admin.override import add_override_url
from escalation.admin.presence import Presence, ScheduleList
from escalation.admin.report import report_of
from escalation.admin.revision import RevisionForm
from escalation.admin.rotations import RotationInline, complaints_of_rotations
from escalation.admin.usage import links_to, policies_with
from escalation.models import Schedule
from escalation.timezones import offered_time_zones
from scaling.clock import now


class ScheduleForm(RevisionForm):
    """A schedule; its time zone is chosen from a list."""

    timezone = forms.ChoiceField(
        label="Time zone",
        choices=offered_time_zones,
        widget=UnfoldAdminSelect2Widget,
        help_text="Where its hand-offs follow the clock.",
    )

    class Meta:
        model = Schedule
        fields = ("name", "description", "timezone", "paging_mode")
        widgets = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 2})}


@admin.register(Schedule)
class ScheduleAdmin(ShowsCoverage[Schedule], DeletedByService[Schedule], TenantAdmin[Schedule]):
    """Who is on call when, in one time zone."""

    form = ScheduleForm
    member_may = EVERYTHING
    list_display = ("name", "on_call", "coverage", "timezone", "updated_at")
    list_filter = (CoverageFilter, "timezone", "updated_at")
    search_fields = ("name", "description")
    ordering = ("name", "id")
    fields = ("name", "description", "timezone", "paging_mode", "shown_version")
    inlines = (RotationInline,)
    warn_unsaved_form = True

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ScheduleList]:
        """Return the list that knows who is on call."""
        return ScheduleList

    @admin.display(description="on call now")
    def on_call(self, schedule: Any) -> str:
        """Who is on call, and until when by the clocks of the schedule."""
        presence: Presence | None = schedule.presence
        return "" if presence is None else presence.summary

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Schedule | None = None,
    ) -> HttpResponse:
        """Tell of a schedule that there is who is on call in it, and who will be."""
        if obj is not None:
            context["report"] = report_of(self._stored(obj), view_of(request), now())
            if self.has_change_permission(request, obj):
                context["override_url"] = add_override_url(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _stored(self, schedule: Schedule) -> Schedule:
        """Return the schedule as it is, whatever a form that was not saved wants to make of it."""
        stored: Schedule = Schedule.objects.get(pk=schedule.pk)
        return stored

    def get_form(self, request: HttpRequest, obj: Schedule | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form class; what was said of one rotation is shown beside that rotation."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        if complaints_of_rotations(refusal_of(request)):
            form.refusal = None
        return form

    def get_formset_kwargs(self, request: HttpRequest, obj: Schedule, inline: Any, prefix: str) -> dict[str, Any]:
        """Hand over what was said of a rotation."""
        return {**super().get_formset_kwargs(request, obj, inline, prefix), "refusal": refusal_of(request)}

    def save_model(self, request: HttpRequest, obj: Schedule, form: ModelForm[Schedule], change: bool) -> None:
        """Write nothing yet: ``save_related`` writes the schedule together with its rotations."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Write what form and rotations say."""
        (rotations,) = formsets
        rotations.save(commit=False)
        become(form.instance, _revised(form, rotations) if change else _created(request, form, rotations))

    def uses(self, rows: Any) -> list[Any]:
        """Name the policies with a layer that pages them."""
        return list(links_to(policies_with(rows, "schedule")))

    def delete_row(self, row: Schedule) -> None:
        """Delete a schedule."""
        services.delete_schedule(organization_id=row.organization_id, schedule_id=row.pk)


def _created(request: HttpRequest, form: Any, rotations: Any) -> Schedule:
    schedule: Schedule = form.instance
    return services.create_schedule(
        organization_id=schedule.organization_id,
        actor_id=acting(request).user_id,
        now=now(),
        rotations=rotations.revisions,
        **_said(schedule),
    )


def _revised(form: Any, rotations: Any) -> Schedule:
    schedule: Schedule = form.instance
    return services.revise_schedule(
        organization_id=schedule.organization_id,
        schedule_id=schedule.pk,
        now=now(),
        if_match=form.if_match,
        rotations=rotations.revisions,
        **_said(schedule),
    )


def _said(schedule: Schedule) -> Any:
    names = ("name", "description", "timezone", "paging_mode")
    return {name: getattr(schedule, name) for name in names}
