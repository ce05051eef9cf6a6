"""Gaps that are there on purpose: declared and taken back from the page of their policy or schedule, never changed."""

from __future__ import annotations

from typing import Any, ClassVar, cast
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminTextInputWidget

from accounts.acting import acting
from accounts.admin.base import become
from accounts.admin.tenancy import EVERYTHING, TenantAdmin, TenantForm, rows_of_organization
from escalation import services
from escalation.admin.deletion import DeletedByService
from escalation.admin.instants import InstantField
from escalation.admin.windows import WindowsField, place_in_windows
from escalation.models import IntendedGap, Layer, Policy, Schedule
from escalation.models.intended_gap import REASON_LENGTH
from escalation.services import GapDraft
from escalation.timezones import offered_time_zones
from scaling.api.paths import parse_uuid
from scaling.clock import now

_OWNER = "_owner_of_gap"


class IntendedGapForm(TenantForm):
    """Why nobody is reached, at which times of the week, and since when until when; ``owner`` is whose gap it is."""

    owner: Policy | Schedule
    said_of: ClassVar = {"layerId": "layer", "startsAt": "starts_at", "endsAt": "ends_at"}

    reason = forms.CharField(
        max_length=REASON_LENGTH,
        widget=UnfoldAdminTextInputWidget,
        help_text="What somebody who wonders at night has to know.",
    )
    weekly = WindowsField(label="Every week", required=False, help_text="Without any: at all times.")
    timezone = forms.ChoiceField(
        label="Time zone", required=False, choices=offered_time_zones, widget=UnfoldAdminSelect2Widget
    )
    starts_at = InstantField(label="From (UTC)", required=False, help_text="Empty: it has always been so.")
    ends_at = InstantField(label="Until (UTC)", required=False, help_text="Empty: for ever.")

    class Meta:
        model = IntendedGap
        fields = ("layer",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(self.owner, Policy):
            layer = cast("forms.ModelChoiceField[Layer]", self.fields["layer"])
            layer.queryset = _layers_of(self.owner)
            layer.empty_label = "The policy with all its layers"

    def place_of(self, named: str, message: str) -> tuple[str, str]:
        """Find the windows under their name here."""
        field, told = place_in_windows(named, message)
        return "weekly" if field == "windows" else field, told

    def _post_clean(self) -> None:
        """Leave the row as it is: the service makes it."""

    @property
    def draft(self) -> GapDraft:
        """What is declared."""
        said = self.cleaned_data
        return GapDraft(
            reason=said["reason"],
            timezone=said["timezone"] or None,
            windows=said["weekly"],
            starts_at=said["starts_at"],
            ends_at=said["ends_at"],
        )


@admin.register(IntendedGap)
class IntendedGapAdmin(DeletedByService[IntendedGap], TenantAdmin[IntendedGap]):
    """What was declared to be on purpose. It changes nothing about who is paged; it only stays quiet in coverage."""

    form = IntendedGapForm
    change_form_outer_before_template = "admin/escalation/intended_gap.html"
    member_may = EVERYTHING
    list_display = ("reason", "policy", "layer", "schedule", "starts_at", "ends_at", "created_at")
    list_select_related = ("policy", "layer", "schedule")
    list_filter = ("starts_at", "ends_at")
    search_fields = ("reason", "policy__name", "schedule__name")
    ordering = ("-created_at", "id")
    fields = ("reason", "layer", "weekly", "timezone", "starts_at", "ends_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[IntendedGap]:
        """Return the declarations, each with whose it is."""
        return super().get_queryset(request).select_related(*self.list_select_related)

    def get_fields(self, request: HttpRequest, obj: IntendedGap | None = None) -> Any:
        """Ask for a layer where there are some; of what was declared show all."""
        if obj is not None:
            return ("reason", "policy", "layer", "schedule", "windows", "timezone", "starts_at", "ends_at")
        of_policy = isinstance(self._owner(request), Policy)
        return self.fields if of_policy else [field for field in self.fields if field != "layer"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let one be declared for a policy or a schedule, which the address names."""
        return super().has_add_permission(request) and bool({"policy", "schedule"} & request.GET.keys())

    def has_change_permission(self, request: HttpRequest, obj: IntendedGap | None = None) -> bool:
        """Nobody changes one: it is taken back, and another declared."""
        return False

    def get_form(
        self, request: HttpRequest, obj: IntendedGap | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Return the form class, which knows whose gap it is; what was declared is only shown."""
        if obj is not None:
            return super().get_form(request, obj, change=change, form=TenantForm, **kwargs)
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.owner = self._owner(request)
        return form

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Say whose gap it is to be."""
        if context["original"] is None:
            context |= {
                "owner": self._owner(request),
                "show_save_and_add_another": False,
                "show_save_and_continue": False,
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: IntendedGap, form: ModelForm[IntendedGap], change: bool) -> None:
        """Declare what the form says."""
        become(obj, _declared(request, form))

    def delete_row(self, row: IntendedGap) -> None:
        """Take one back."""
        if row.policy_id is not None:
            services.withdraw_policy_gap(organization_id=row.organization_id, policy_id=row.policy_id, gap_id=row.pk)
        elif row.schedule_id is not None:
            services.withdraw_schedule_gap(
                organization_id=row.organization_id, schedule_id=row.schedule_id, gap_id=row.pk
            )

    def delete_model(self, request: HttpRequest, obj: IntendedGap) -> None:
        """Take back the one of the page."""
        setattr(request, _OWNER, (obj.policy_id, obj.schedule_id))
        super().delete_model(request, obj)

    def response_post_save_add(self, request: HttpRequest, obj: IntendedGap) -> HttpResponseRedirect:
        """Go back to where it was declared."""
        return _to_owner(obj.policy_id, obj.schedule_id)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        """Go back to whose gap it was."""
        super().response_delete(request, obj_display, obj_id)
        return _to_owner(*getattr(request, _OWNER))

    def _owner(self, request: HttpRequest) -> Policy | Schedule:
        for name, model in (("policy", Policy), ("schedule", Schedule)):
            if name in request.GET:
                rows: QuerySet[Any] = rows_of_organization(model._default_manager.all(), request)
                found: Policy | Schedule | None = rows.filter(pk=parse_uuid(request.GET[name])).first()
                if found is not None:
                    return found
        raise Http404


def _declared(request: HttpRequest, form: Any) -> IntendedGap:
    owner = form.owner
    common: Any = {
        "organization_id": owner.organization_id,
        "actor_id": acting(request).user_id,
        "now": now(),
        "draft": form.draft,
    }
    if isinstance(owner, Policy):
        layer = form.cleaned_data["layer"]
        return services.declare_policy_gap(policy_id=owner.pk, layer_id=layer and layer.pk, **common)
    return services.declare_schedule_gap(schedule_id=owner.pk, **common)


def _layers_of(policy: Policy) -> QuerySet[Layer]:
    return Layer.objects.for_organization(policy.organization_id).filter(policy=policy).order_by("position")


def _to_owner(policy_id: UUID | None, schedule_id: UUID | None) -> HttpResponseRedirect:
    kind, owner_id = ("policy", policy_id) if policy_id is not None else ("schedule", schedule_id)
    return HttpResponseRedirect(reverse(f"admin:escalation_{kind}_change", args=[owner_id]) + "#coverage")
