"""The layers below a policy, edited together with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, cast

from django import forms
from django.contrib import admin
from django.db.models import Model, Prefetch, QuerySet
from django.http import HttpRequest

from accounts.admin.tenancy import EVERYTHING, TenantTabularInline
from accounts.models import Membership
from escalation.admin.choices import (
    LoadedChoiceField,
    LoadedMultipleChoiceField,
    LoadedSelect,
    LoadedSelectMultiple,
    Rows,
)
from escalation.admin.conditions import Choices, ConditionField, condition_choice, condition_choices
from escalation.admin.ordered import OrderedForm, OrderedFormSet
from escalation.domain.model import UserId
from escalation.domain.target import Condition, LayerDraft, LayerRevision, ScheduleTarget, Target, UsersTarget
from escalation.models import Layer, LayerUser, Policy, Schedule
from escalation.models.policy import MAX_LAYERS, MAX_TIMEOUT_SECONDS, MIN_TIMEOUT_SECONDS, LayerQuerySet

OVERWRITTEN: Final = "overwritten"

_MINUTE = 60


class LayerForm(OrderedForm):
    """A layer: its place, a schedule or people, and the wait. A service writes it."""

    schedule = LoadedChoiceField(required=False, widget=LoadedSelect(Layer._meta.get_field("schedule"), admin.site))
    people = LoadedMultipleChoiceField(
        required=False,
        widget=LoadedSelectMultiple(Layer._meta.get_field("users"), admin.site),
    )
    minutes = forms.DecimalField(
        label="Minutes to wait",
        min_value=Decimal(MIN_TIMEOUT_SECONDS) / _MINUTE,
        max_value=Decimal(MAX_TIMEOUT_SECONDS) / _MINUTE,
        decimal_places=2,
        initial=5,
    )
    counts = ConditionField(label="When it counts")

    class Meta:
        model = Layer
        fields = ()

    def __init__(self, *args: Any, schedules: Rows, people: Rows, conditions: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(ConditionField, self.fields["counts"]).choices = conditions
        for name, rows in (("schedule", schedules), ("people", people)):
            cast(LoadedChoiceField, self.fields[name]).offer(rows)
        if not self.is_new:
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

    @property
    def revision(self) -> LayerRevision:
        """What the layer is to say; needs a form without errors."""
        return LayerRevision(layer_id=None if self.is_new else self.instance.pk, draft=self._draft())

    def _draft(self) -> LayerDraft:
        return LayerDraft(timeout=self._timeout(), target=self._target(), condition=self._condition())

    def _condition(self) -> Condition | None:
        # What a form does not ask stays as a program has set it.
        is_asked = self.is_new or self.add_prefix("counts") in self.data
        condition: Condition | None = self.cleaned_data["counts"] if is_asked else self.instance.draft.condition
        return condition

    def _target(self) -> Target:
        schedule, people = self.cleaned_data["schedule"], self.cleaned_data["people"]
        if schedule is not None:
            return ScheduleTarget(schedule_id=schedule.pk)
        return UsersTarget(user_ids=tuple(UserId(member.user_id) for member in people))

    def _timeout(self) -> timedelta:
        # A wait of seconds that a program has set is shown rounded; nobody has changed it by looking at it.
        if "minutes" not in self.changed_data and not self.is_new:
            stored: timedelta = self.instance.timeout
            return stored
        return timedelta(seconds=int(self.cleaned_data["minutes"] * _MINUTE))


class LayerFormSet(OrderedFormSet):
    """The layers of one policy. ``refusal`` is what the service said of one of them, to be shown beside it.

    A form that overwrites another version says what all layers are to be: those it does not name go, and those it names
    that are gone come back as new ones.
    """

    @property
    def revisions(self) -> list[LayerRevision]:
        """What the layers are to say, in their order; needs a valid formset."""
        return [form.revision for form in self.arranged]

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Hand the rows that can be chosen to each form."""
        rows = {"schedules": self._schedules, "people": self._people, "conditions": self._conditions}
        return {**super().get_form_kwargs(index), **rows}

    @property
    def overwrites(self) -> bool:
        """As whoever saves says."""
        return bool(self.data.get(OVERWRITTEN))

    def show_refusal(self) -> None:
        """Say it of the target that was refused."""
        if self.refusal is not None and self.refusal.position is not None:
            form = self.arranged[self.refusal.position - 1]
            field = "people" if form.cleaned_data["people"] else "schedule"
            form.add_error(field, self.refusal.reason)

    @cached_property
    def _schedules(self) -> Rows:
        stored = [str(layer.schedule_id) for layer in self.get_queryset()]
        return self.load(Schedule, [*stored, *self.sent("schedule")])

    @cached_property
    def _people(self) -> Rows:
        stored = [str(named.membership_id) for layer in self.get_queryset() for named in layer.layer_users.all()]
        return self.load(Membership, [*stored, *self.sent("people")])

    @cached_property
    def _conditions(self) -> Choices:
        stored = [condition_choice(layer) for layer in self.get_queryset()]
        return condition_choices(self.instance.organization_id, [*stored, *self.sent("counts")])


class LayerInline(TenantTabularInline[Layer, Policy]):
    """One line per layer."""

    model = Layer
    form = LayerForm
    formset = LayerFormSet
    member_may = EVERYTHING
    fields = ("position", "schedule", "people", "minutes", "counts")
    template = "admin/escalation/policy/layers.html"
    ordering = ("position",)
    max_num = MAX_LAYERS

    class Media:
        css = {"all": ("escalation/layers.css",)}
        js = ("escalation/layers.js",)

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
        "counts": condition_choice(layer),
    }
