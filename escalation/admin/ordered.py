"""Rows below a row, put in order on the page: the layers of a policy, the rotations of a schedule.

The page's script numbers the rows as they stand, new ones and those to be removed among them; without it, numbers are
typed. Whatever numbers a browser sends, the rows end up in a row without gaps, in the order of the numbers sent. Where
two have the same, the one that was moved gets the place it was moved to, and a new one goes before what was there; a row
without a number goes to the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, cast

from django import forms
from django.http import QueryDict

from accounts.admin.tenancy import STALE, TenantFormSet
from accounts.models import Membership
from escalation.admin.choices import Rows
from escalation.models import Schedule
from scaling.api.paths import parse_uuid


class OrderedForm(forms.ModelForm[Any]):
    """A row and its place, from 1. A service writes it."""

    position = forms.IntegerField(required=False)

    def _post_clean(self) -> None:
        """Leave the row as it is: the service checks what it is to say, and the formset knows its place."""

    @property
    def is_new(self) -> bool:
        """Whether the row is not stored."""
        return bool(self.instance._state.adding)

    @property
    def wish(self) -> tuple[float, int]:
        """Where the row wants to be among the others, to be sorted by."""
        wanted = self.cleaned_data.get("position")
        if wanted is None:
            return float("inf"), 0
        if self.is_new:
            return wanted, -1
        moved_down, moved_up = wanted > self.initial["position"], wanted < self.initial["position"]
        return wanted, moved_down - moved_up

    @property
    def place(self) -> float:
        """Where the row stands on the page, to be sorted by."""
        shown = str(self["position"].value() or "")
        return float(shown) if shown.removeprefix("-").isdecimal() else float("inf")


class OrderedFormSet(TenantFormSet):
    """The rows below one row. ``refusal`` is what the service said of one of them, to be shown beside it.

    ``arranged`` are the forms of the rows to be, in their order, once all are checked; ``first_position`` is what a
    stored row counts from.
    """

    first_position: ClassVar[int] = 1

    def __init__(self, *args: Any, refusal: Any = None, **kwargs: Any) -> None:
        self.refusal = refusal
        self.arranged: list[Any] = []
        super().__init__(*args, **kwargs)

    @property
    def overwrites(self) -> bool:
        """Whether the form says what all rows are to be, whatever there is by now."""
        return False

    @property
    def standing(self) -> list[Any]:
        """The forms as they stand on the page."""
        return sorted(self.forms, key=lambda form: form.place)

    def clean(self) -> None:
        """Put the rows in order. Each there is has to have been sent: none is deleted by being left out."""
        shown = sorted(form.instance.pk for form in self.initial_forms)
        if not self.overwrites and shown != sorted(row.pk for row in self.get_queryset()):
            raise forms.ValidationError(STALE)
        live = [form for form in self.forms if form not in self.deleted_forms and self._is_meant(form)]
        if any(form.errors for form in live):
            return
        self.arranged = sorted(live, key=lambda form: form.wish)
        for position, form in enumerate(self.arranged, self.first_position):
            form.instance.position = position
        self.show_refusal()

    def show_refusal(self) -> None:
        """Add what the service said to the form it is about."""
        raise NotImplementedError

    def load(self, model: type[Schedule | Membership], keys: Iterable[str]) -> Rows:
        """Return the rows of the organization that have one of these ids. One statement."""
        ids = {key for key in map(parse_uuid, keys) if key is not None}
        found = model.objects.for_organization(self.instance.organization_id).filter(pk__in=ids)
        return {str(row.pk): row for row in found}

    def sent(self, field: str) -> list[str]:
        """Return what was sent for a field of any row."""
        if not self.is_bound:
            return []
        sent = cast(QueryDict, self.data)
        names = [f"{self.add_prefix(index)}-{field}" for index in range(self.total_form_count())]
        return [key for name in names for key in sent.getlist(name)]

    def _is_meant(self, form: OrderedForm) -> bool:
        return form.has_changed() or not form.is_new
