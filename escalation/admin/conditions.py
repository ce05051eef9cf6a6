"""When a layer counts, as one choice: always, or during or outside of one of the organization's working hours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from django import forms
from django.db.models import Q

from escalation.domain.target import Condition
from escalation.models import Layer, WorkingHours
from scaling.api.paths import parse_uuid

MOST_HOURS: Final = 100

Choices = Sequence[tuple[str, Any]]

_DURING, _OUTSIDE = Layer.When.DURING.value, Layer.When.OUTSIDE.value


class ConditionField(forms.TypedChoiceField):
    """A condition, None for always; ``choices`` are those of ``condition_choices``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=_condition, empty_value=None, required=False, **kwargs)


def condition_choices(organization_id: str, kept: Iterable[str]) -> Choices:
    """Return what can be chosen in an organization: always, and two choices for each of its working hours.

    Of more than ``MOST_HOURS`` the first by name are offered, those that ``kept`` choices name among them. One statement.
    """
    used = {hours for hours in map(_hours_id, kept) if hours is not None}
    rows = WorkingHours.objects.for_organization(organization_id).alias(is_used=Q(pk__in=used))
    offered = rows.order_by("-is_used", "name_key", "id").values_list("pk", "name")[:MOST_HOURS]
    named = sorted(offered, key=lambda row: row[1].casefold())
    return [("", "Always"), *((name, _pair(hours_id, name)) for hours_id, name in named)]


def condition_choice(layer: Layer) -> str:
    """Return the choice that says when a stored layer counts."""
    return "" if layer.working_hours_id is None else f"{layer.condition}:{layer.working_hours_id}"


def _pair(hours_id: UUID, name: str) -> list[tuple[str, str]]:
    return [(f"{_DURING}:{hours_id}", f"During {name}"), (f"{_OUTSIDE}:{hours_id}", f"Outside {name}")]


def _condition(choice: str) -> Condition:
    when, hours_id = choice.split(":")
    return Condition(hours=UUID(hours_id), during=when == _DURING)


def _hours_id(choice: str) -> UUID | None:
    return parse_uuid(choice.partition(":")[2])
