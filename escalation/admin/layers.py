"""The layers below a policy, edited together with it.

Whatever positions a browser sends, the layers end up at 1…n, in the order of the numbers sent. Where two have the same
number, the one that was moved gets the place it was moved to, and a new one goes before what was there; a layer
without a number goes to the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Model, Prefetch, QuerySet
from django.http import HttpRequest, QueryDict
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from accounts.admin.tenancy import EVERYTHING, STALE, TenantFormSet, TenantTabularInline
from accounts.models import Membership
from escalation.admin.choices import (
    LoadedChoiceField,
    LoadedMultipleChoiceField,
    LoadedSelect,
    LoadedSelectMultiple,
    Rows,
)
from escalation.domain.model import UserId
from escalation.domain.target import LayerDraft, LayerRevision, ScheduleTarget, Target, UsersTarget
from escalation.errors import InvalidTarget
from escalation.models import Layer, LayerUser, Policy, Schedule
from escalation.models.policy import MAX_LAYERS, MAX_TIMEOUT_SECONDS, MIN_TIMEOUT_SECONDS, LayerQuerySet

_MINUTE = 60


class LayerForm(forms.ModelForm[Layer]):
    """A layer: its place, a schedule or people, and the wait. A service writes it."""

    position = forms.IntegerField(
        required=False, widget=UnfoldAdminIntegerFieldWidget, help_text="1 is paged first; empty: the end."
    )
    schedule = LoadedChoiceField(
        required=False, widget=LoadedSelect(Layer._meta.get_field("schedule"), admin.site), help_text="Or people."
    )
    people = LoadedMultipleChoiceField(
        required=False, widget=LoadedSelectMultiple(Layer._meta.get_field("users"), admin.site)
    )
    minutes = forms.DecimalField(
        label="Minutes to wait",
        min_value=Decimal(MIN_TIMEOUT_SECONDS) / _MINUTE,
        max_value=Decimal(MAX_TIMEOUT_SECONDS) / _MINUTE,
        decimal_places=2,
        initial=5,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="For an acknowledgement.",
    )

    class Meta:
        model = Layer
        fields = ()

    def __init__(self, *args: Any, schedules: Rows, people: Rows, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("schedule", schedules), ("people", people)):
            cast(LoadedChoiceField, self.fields[name]).offer(rows)
        if not self.instance._state.adding:
            self.initial.update(_shown(self.instance, schedules, people))

    def clean(self) -> dict[str, Any] | None:
        """Ask for one kind of target."""
        cleaned = super().clean()
        if self.has_error("schedule") or self.has_error("people"):
            return cleaned
        schedule, people = self.cleaned_data["schedule"], self.cleaned_data["people"]
        if schedule and people:
            self.add_error("people", "A layer pages a schedule or people, not both.")
        if not schedule and not people:
            self.add_error("schedule", "Choose a schedule, or people.")
        return cleaned

    def _post_clean(self) -> None:
        """Leave the row as it is: the service checks what it is to say, and the formset knows its place."""

    @property
    def revision(self) -> LayerRevision:
        """What the layer is to say; needs a form without errors."""
        is_new = self.instance._state.adding
        return LayerRevision(layer_id=None if is_new else self.instance.pk, draft=self._draft())

    @property
    def wish(self) -> tuple[float, int]:
        """Where the layer wants to be among the others, to be sorted by."""
        wanted = self.cleaned_data.get("position")
        if wanted is None:
            return float("inf"), 0
        if self.instance._state.adding:
            return wanted, -1
        moved_down, moved_up = wanted > self.initial["position"], wanted < self.initial["position"]
        return wanted, moved_down - moved_up

    def _draft(self) -> LayerDraft:
        # When a layer counts is not asked here, so what a program has said about it stays.
        condition = None if self.instance._state.adding else self.instance.draft.condition
        return LayerDraft(timeout=self._timeout(), target=self._target(), condition=condition)

    def _target(self) -> Target:
        schedule, people = self.cleaned_data["schedule"], self.cleaned_data["people"]
        if schedule is not None:
            return ScheduleTarget(schedule_id=schedule.pk)
        return UsersTarget(user_ids=tuple(UserId(member.user_id) for member in people))

    def _timeout(self) -> timedelta:
        # A wait of seconds that a program has set is shown rounded; nobody has changed it by looking at it.
        if "minutes" not in self.changed_data and not self.instance._state.adding:
            return self.instance.timeout
        return timedelta(seconds=int(self.cleaned_data["minutes"] * _MINUTE))


class LayerFormSet(TenantFormSet):
    """The layers of one policy. ``refusal`` is what the service said of one of them, to be shown beside it."""

    def __init__(self, *args: Any, refusal: InvalidTarget | None = None, **kwargs: Any) -> None:
        self._refusal = refusal
        self._arranged: list[LayerForm] = []
        super().__init__(*args, **kwargs)

    @property
    def revisions(self) -> list[LayerRevision]:
        """What the layers are to say, in their order; needs a valid formset."""
        return [form.revision for form in self._arranged]

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Hand the rows that can be chosen to each form."""
        return {**super().get_form_kwargs(index), "schedules": self._schedules, "people": self._people}

    def clean(self) -> None:
        """Put the layers in order. Each there is has to have been sent: none is deleted by being left out."""
        if sorted(form.instance.pk for form in self.initial_forms) != sorted(layer.pk for layer in self.get_queryset()):
            raise forms.ValidationError(STALE)
        live = [form for form in self.forms if form not in self.deleted_forms and self._is_meant(form)]
        if any(form.errors for form in live):
            return
        self._arranged = sorted(live, key=lambda form: form.wish)
        for position, form in enumerate(self._arranged, 1):
            form.instance.position = position
        self._show_refusal()

    def _is_meant(self, form: LayerForm) -> bool:
        return form.has_changed() or not form.instance._state.adding

    def _show_refusal(self) -> None:
        if self._refusal is not None and self._refusal.position is not None:
            form = self._arranged[self._refusal.position - 1]
            field = "people" if form.cleaned_data["people"] else "schedule"
            form.add_error(field, self._refusal.reason)

    @cached_property
    def _schedules(self) -> Rows:
        stored = [str(layer.schedule_id) for layer in self.get_queryset()]
        return self._load(Schedule, [*stored, *self._sent("schedule")])

    @cached_property
    def _people(self) -> Rows:
        stored = [str(named.membership_id) for layer in self.get_queryset() for named in layer.layer_users.all()]
        return self._load(Membership, [*stored, *self._sent("people")])

    def _load(self, model: type[Schedule | Membership], keys: Iterable[str]) -> Rows:
        ids = {key for key in map(_uuid, keys) if key is not None}
        found = model.objects.for_organization(self.instance.organization_id).filter(pk__in=ids)
        return {str(row.pk): row for row in found}

    def _sent(self, field: str) -> list[str]:
        if not self.is_bound:
            return []
        sent = cast(QueryDict, self.data)
        names = [f"{self.add_prefix(index)}-{field}" for index in range(self.total_form_count())]
        return [key for name in names for key in sent.getlist(name)]


class LayerInline(TenantTabularInline[Layer, Policy]):
    """One line per layer."""

    model = Layer
    form = LayerForm
    formset = LayerFormSet
    member_may = EVERYTHING
    fields = ("position", "schedule", "people", "minutes")
    ordering = ("position",)
    max_num = MAX_LAYERS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Layer]:
        """Return the layers with the people they name."""
        named = Prefetch("layer_users", LayerUser.objects.order_by("position", "id"))
        layers = cast(LayerQuerySet, super().get_queryset(request))
        return layers.with_user_ids().prefetch_related(named)


def _shown(layer: Layer, schedules: Rows, people: Rows) -> Mapping[str, Any]:
    named: list[Model] = [people[str(one.membership_id)] for one in layer.layer_users.all()]
    minutes = round(Decimal(layer.timeout_seconds) / _MINUTE, 2)
    return {
        "position": layer.position,
        "schedule": None if layer.schedule_id is None else schedules[str(layer.schedule_id)],
        "people": named,
        "minutes": int(minutes) if minutes == int(minutes) else minutes.normalize(),
    }


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
