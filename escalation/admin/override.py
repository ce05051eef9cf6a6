"""Overrides. They are made and changed from the page of their schedule, in its time zone."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, cast
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from accounts.acting import acting
from accounts.admin.base import become
from accounts.admin.tenancy import EVERYTHING, TenantAdmin, rows_of_organization
from escalation import services
from escalation.admin.deletion import DeletedByService
from escalation.admin.instants import InstantField, shown_instant
from escalation.admin.revision import RevisionForm
from escalation.domain.local_time import zone_named
from escalation.domain.model import UserId
from escalation.domain.span import BEGINNING, FOREVER
from escalation.errors import OverrideConflict
from escalation.models import Override, Rotation, Schedule
from scaling.api.paths import parse_uuid
from scaling.clock import now
from scaling.errors import DomainError

_CONFLICT = "Somebody else replaces this rotation already in that time."
_SCHEDULE = "_schedule_of_override"


def add_override_url(schedule: Schedule) -> str:
    """Return where an override is added; ``rotation``, ``from`` and ``until`` may follow."""
    return f"{reverse('admin:escalation_override_add')}?schedule={schedule.pk}"


class OverrideForm(RevisionForm):
    """Who serves, in place of which rotation, from when until when; ``schedule`` is the one it belongs to."""

    schedule: Schedule
    said_of: ClassVar = {
        "userId": "membership",
        "rotationLayerId": "rotation",
        "startsAt": "starts_at",
        "endsAt": "ends_at",
    }

    starts_at = InstantField(label="From")
    ends_at = InstantField(label="Until", help_text="From then on the rotation counts again.")

    class Meta:
        model = Override
        fields = ("membership", "rotation", "starts_at", "ends_at")
        labels = {"membership": "Who serves", "rotation": "In place of"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("starts_at", "ends_at"):
            field = cast(InstantField, self.fields[name])
            field.zone = zone_named(self.schedule.timezone) or field.zone
            field.stored = getattr(self.instance, name)
        # Whoever chooses a person stays on this page.
        for offer in ("can_add_related", "can_change_related", "can_view_related"):
            setattr(self.fields["membership"].widget, offer, False)
        rotation = cast("forms.ModelChoiceField[Rotation]", self.fields["rotation"])
        rotation.queryset = _rotations_of(self.schedule)
        rotation.empty_label = "Whichever rotation is first"

    @property
    def versioned(self) -> Schedule:
        """The schedule, which counts the changes of its overrides."""
        return self.schedule

    def clean(self) -> dict[str, Any] | None:
        """Ask for a time that passes, and say beside it who else replaces somebody then."""
        if isinstance(self.refusal, OverrideConflict):
            self.refusal = None
            self.add_error("starts_at", _CONFLICT)
        starts_at, ends_at = self.cleaned_data.get("starts_at"), self.cleaned_data.get("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", "Has to be later than the beginning.")
        return super().clean()


@admin.register(Override)
class OverrideAdmin(DeletedByService[Override], TenantAdmin[Override]):
    """Somebody who serves for a limited time; the list has the past ones too."""

    form = OverrideForm
    member_may = EVERYTHING
    list_display = ("membership", "schedule", "in_place_of", "begins", "ends")
    list_select_related = ("schedule", "rotation", "membership__user")
    list_filter = ("schedule", "starts_at")
    search_fields = ("membership__first_name", "membership__last_name", "membership__user__email")
    ordering = ("-starts_at", "id")
    fields = ("membership", "rotation", "starts_at", "ends_at", "shown_version")
    autocomplete_fields = ("membership",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Override]:
        """Return the overrides, each with its schedule and its person."""
        return super().get_queryset(request).select_related(*self.list_select_related)

    @admin.display(description="in place of", ordering="rotation__name")
    def in_place_of(self, override: Override) -> str:
        """The rotation it displaces."""
        return "whichever is first" if override.rotation is None else override.rotation.name

    @admin.display(description="from", ordering="starts_at")
    def begins(self, override: Override) -> str:
        """Its beginning as the clocks of the schedule show it."""
        return shown_instant(override.starts_at, override.schedule.timezone)

    @admin.display(description="until", ordering="ends_at")
    def ends(self, override: Override) -> str:
        """Its end, likewise."""
        return shown_instant(override.ends_at, override.schedule.timezone)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let one be added to a schedule, which the address names."""
        return super().has_add_permission(request) and "schedule" in request.GET

    def get_urls(self) -> list[URLPattern]:
        """Add the end of an override that is in force."""
        end = self.admin_site.admin_view(require_POST(self.end_view))
        return [path("<path:object_id>/end/", end, name="escalation_override_end"), *super().get_urls()]

    def end_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let the rotation count again from now on."""
        override = self.get_object(request, object_id)
        if not self.has_change_permission(request, override):
            raise Http404
        try:
            services.update_override(**_place_of(override), now=now(), ends_at=now())
            self.message_user(request, f"Ended: {override}.", messages.SUCCESS)
        except DomainError as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
        return _to_schedule(override.schedule_id)

    def get_form(self, request: HttpRequest, obj: Override | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form class, which knows the schedule."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.schedule = self._schedule(request, obj)
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return what the address says of the override to be: ``rotation``, ``from`` and ``until``."""
        span = {"starts_at": _instant(request.GET.get("from")), "ends_at": _instant(request.GET.get("until"))}
        return {"rotation": parse_uuid(request.GET.get("rotation", "")), **span}

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Override | None = None,
    ) -> HttpResponse:
        """Say of which schedule it is."""
        context |= {"schedule": self._schedule(request, obj), "show_save_and_add_another": False}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request: HttpRequest, obj: Override, form: ModelForm[Override], change: bool) -> None:
        """Write what the form says."""
        become(obj, _updated(form) if change else _added(request, form))

    def delete_model(self, request: HttpRequest, obj: Override) -> None:
        """Delete the override of the page."""
        setattr(request, _SCHEDULE, obj.schedule_id)
        super().delete_model(request, obj)

    def delete_row(self, row: Override) -> None:
        """Delete an override."""
        services.delete_override(**_place_of(row), now=now())

    def response_post_save_add(self, request: HttpRequest, obj: Override) -> HttpResponseRedirect:
        """Go back to the schedule."""
        return _to_schedule(obj.schedule_id)

    def response_post_save_change(self, request: HttpRequest, obj: Override) -> HttpResponseRedirect:
        """Go back to the schedule."""
        return _to_schedule(obj.schedule_id)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        """Go back to the schedule."""
        super().response_delete(request, obj_display, obj_id)
        return _to_schedule(getattr(request, _SCHEDULE))

    def _schedule(self, request: HttpRequest, override: Override | None) -> Schedule:
        if override is not None:
            there: Schedule = override.schedule
            return there
        rows = rows_of_organization(Schedule.objects.all(), request)
        found: Schedule | None = rows.filter(pk=parse_uuid(request.GET.get("schedule", ""))).first()
        if found is None:
            raise Http404
        return found


def _added(request: HttpRequest, form: Any) -> Override:
    override: Override = form.instance
    return services.add_override(
        organization_id=override.organization_id,
        schedule_id=form.schedule.pk,
        actor_id=acting(request).user_id,
        now=now(),
        **_said(override),
    )


def _updated(form: Any) -> Override:
    override: Override = form.instance
    return services.update_override(**_place_of(override), now=now(), if_match=form.if_match, **_said(override))


def _said(override: Override) -> Any:
    return {
        "user_id": UserId(override.membership.user_id),
        "rotation_id": override.rotation_id,
        "starts_at": override.starts_at,
        "ends_at": override.ends_at,
    }


def _place_of(override: Override) -> Any:
    return {
        "organization_id": override.organization_id,
        "schedule_id": override.schedule_id,
        "override_id": override.pk,
    }


def _rotations_of(schedule: Schedule) -> Any:
    rotations = Rotation.objects.for_organization(schedule.organization_id).filter(schedule=schedule)
    return rotations.order_by("position")


def _to_schedule(schedule_id: UUID) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:escalation_schedule_change", args=[schedule_id]))


def _instant(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo is not None and BEGINNING < found < FOREVER else None
