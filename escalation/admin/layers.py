"""The layers below a policy, edited together with it.

The page's script numbers the layers as they stand, new ones and those to be removed among them; without it, numbers are
typed. Whatever positions a browser sends, the layers end up at 1…n, in the order of the numbers sent. Where two have the
same number, the one that was moved gets the place it was moved to, and a new one goes before what was there; a layer
without a number goes to the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, cast
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Model, Prefetch, QuerySet
from django.http import HttpRequest, QueryDict

from accounts.admin.tenancy import EVERYTHING, STALE, TenantFormSet, TenantTabularInline
from accounts.models import Membership
from escalation.admin.choices import (
    LoadedChoiceField,
    LoadedMultipleChoiceField,
    LoadedSelect,
    LoadedSelectMultiple,
    Rows,
)
from escalation.admin.conditions import Choices, ConditionField, condition_choice, condition_choices
from escalation.domain.model import UserId
from escalation.domain.target import Condition, LayerDraft, LayerRevision, ScheduleTarget, Target, UsersTarget
from escalation.errors import InvalidTarget
from escalation.models import Layer, LayerUser, Policy, Schedule
from escalation.models.policy import MAX_LAYERS, MAX_TIMEOUT_SECONDS, MIN_TIMEOUT_SECONDS, LayerQuerySet
from scaling.api.paths import parse_uuid

OVERWRITTEN: Final = "overwritten"

_MINUTE = 60


class LayerForm(forms.ModelForm[Layer]):
    """A layer: its place, a schedule or people, and the wait. A service writes it."""

    position = forms.IntegerField(required=False)
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

    def _post_clean(self) -> None:
        """Leave the row as it is: the service checks what it is to say, and the formset knows its place."""

    @property
    def is_new(self) -> bool:
        """Whether the layer is not stored."""
        return bool(self.instance._state.adding)

    @property
    def revision(self) -> LayerRevision:
        """What the layer is to say; needs a form without errors."""
        return LayerRevision(layer_id=None if self.is_new else self.instance.pk, draft=self._draft())

    @property
    def wish(self) -> tuple[float, int]:
        """Where the layer wants to be among the others, to be sorted by."""
        wanted = self.cleaned_data.get("position")
        if wanted is None:
            return float("inf"), 0
        if self.is_new:
            return wanted, -1
        moved_down, moved_up = wanted > self.initial["position"], wanted < self.initial["position"]
        return wanted, moved_down - moved_up

    @property
    def place(self) -> float:
        """Where the layer stands on the page, to be sorted by."""
        shown = str(self["position"].value() or "")
        return float(shown) if shown.removeprefix("-").isdecimal() else float("inf")

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
            return self.instance.timeout
        return timedelta(seconds=int(self.cleaned_data["minutes"] * _MINUTE))


class LayerFormSet(TenantFormSet):
    """The layers of one policy. ``refusal`` is what the service said of one of them, to be shown beside it.

    A form that overwrites another version says what all layers are to be: those it does not name go, and those it names
    that are gone come back as new ones.
    """

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
        rows = {"schedules": self._schedules, "people": self._people, "conditions": self._conditions}
        return {**super().get_form_kwargs(index), **rows}

    @property
    def standing(self) -> list[LayerForm]:
        """The layers as they stand on the page."""
        return sorted(self.forms, key=lambda form: form.place)

    def clean(self) -> None:
        """Put the layers in order. Each there is has to have been sent: none is deleted by being left out."""
        if not self._overwrites and self._shown_ids != sorted(layer.pk for layer in self.get_queryset()):
            raise forms.ValidationError(STALE)
        live = [form for form in self.forms if form not in self.deleted_forms and self._is_meant(form)]
        if any(form.errors for form in live):
            return
        self._arranged = sorted(live, key=lambda form: form.wish)
        for position, form in enumerate(self._arranged, 1):
            form.instance.position = position
        self._show_refusal()

    @property
    def _overwrites(self) -> bool:
        return bool(self.data.get(OVERWRITTEN))

    @property
    def _shown_ids(self) -> list[UUID]:
        return sorted(form.instance.pk for form in self.initial_forms)

    def _is_meant(self, form: LayerForm) -> bool:
        return form.has_changed() or not form.is_new

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

    @cached_property
    def _conditions(self) -> Choices:
        stored = [condition_choice(layer) for layer in self.get_queryset()]
        return condition_choices(self.instance.organization_id, [*stored, *self._sent("counts")])

    def _load(self, model: type[Schedule | Membership], keys: Iterable[str]) -> Rows:
        ids = {key for key in map(parse_uuid, keys) if key is not None}
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
