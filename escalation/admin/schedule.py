"""Schedules."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelect2Widget

from accounts.acting import acting
from accounts.admin.base import become
from accounts.admin.tenancy import EVERYTHING, TenantAdmin
from escalation import services
from escalation.admin.deletion import DeletedByService
from escalation.admin.revision import RevisionForm
from escalation.models import Schedule
from escalation.timezones import time_zones
from scaling.clock import now


def _offered_time_zones() -> list[tuple[str, str]]:
    return [("", "---------"), *((name, name) for name in sorted(time_zones()))]


class ScheduleForm(RevisionForm):
    """A schedule; its time zone is chosen from a list."""

    timezone = forms.ChoiceField(
        label="Time zone",
        choices=_offered_time_zones,
        widget=UnfoldAdminSelect2Widget,
        help_text="Where its hand-offs follow the clock.",
    )

    class Meta:
        model = Schedule
        fields = ("name", "description", "timezone")


@admin.register(Schedule)
class ScheduleAdmin(DeletedByService[Schedule], TenantAdmin[Schedule]):
    """Who is on call when, in one time zone."""

    form = ScheduleForm
    member_may = EVERYTHING
    list_display = ("name", "timezone", "updated_at")
    list_filter = ("timezone", "updated_at")
    search_fields = ("name", "description")
    ordering = ("name", "id")
    fields = ("name", "description", "timezone", "shown_version")

    def save_model(self, request: HttpRequest, obj: Schedule, form: ModelForm[Schedule], change: bool) -> None:
        """Write what the form says."""
        become(obj, _updated(form) if change else _created(request, obj))

    def delete_row(self, row: Schedule) -> None:
        """Delete a schedule."""
        services.delete_schedule(organization_id=row.organization_id, schedule_id=row.pk)


def _created(request: HttpRequest, schedule: Schedule) -> Schedule:
    return services.create_schedule(
        organization_id=schedule.organization_id,
        actor_id=acting(request).user_id,
        now=now(),
        name=schedule.name,
        description=schedule.description,
        timezone=schedule.timezone,
    )


def _updated(form: Any) -> Schedule:
    schedule: Schedule = form.instance
    return services.update_schedule(
        organization_id=schedule.organization_id,
        schedule_id=schedule.pk,
        now=now(),
        if_match=form.if_match,
        name=schedule.name,
        description=schedule.description,
        timezone=schedule.timezone,
    )
