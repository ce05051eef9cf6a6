"""Choosing rows by autocomplete in many forms at once.

Django's own fields ask the database for each form, once to check what was sent and once to show it. These look into
``rows``, which the formset has loaded for all of its forms together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.db.models import Model

Rows = Mapping[str, Model]
"""Rows that may be chosen, by the text of their id."""

_Group = tuple[str | None, list[dict[str, Any]], int | None]
_UNKNOWN = "This choice is not one of the available ones."


class LoadedOptions(forms.Select):
    """For autocomplete widgets: shows what is chosen out of ``rows``, in the order chosen."""

    rows: Rows = {}

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[_Group]:
        """Return the chosen options in one group, with an empty one before them where nothing may be chosen."""
        known = [(key, str(self.rows[key])) for key in map(str, value) if key in self.rows]
        shown = known if self.allow_multiple_selected else [("", ""), *known]
        options = [self.create_option(name, key, label, bool(key), place) for place, (key, label) in enumerate(shown)]
        return [(None, options, 0)]


class LoadedSelect(LoadedOptions, AutocompleteSelect):  # type: ignore[misc]  # stubs: the parameter nobody uses
    """One of the loaded rows."""


class LoadedSelectMultiple(LoadedOptions, AutocompleteSelectMultiple):  # type: ignore[misc]  # likewise
    """Several of the loaded rows, each with a button that takes it out; one for all would be no item of its list."""

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the attributes."""
        return {**super().build_attrs(base_attrs, extra_attrs), "data-allow-clear": "false"}


class LoadedChoiceField(forms.Field):
    """One of ``rows``, or None."""

    rows: Rows = {}

    def offer(self, rows: Rows) -> None:
        """Let ``rows`` be what can be chosen."""
        self.rows = rows
        self.widget.rows = rows

    def to_python(self, value: Any) -> Any:
        """Return the row."""
        return None if value in self.empty_values else self._find(value)

    def prepare_value(self, value: Any) -> Any:
        """Return the id, by which a browser knows the row."""
        return value.pk if isinstance(value, Model) else value

    def _find(self, value: Any) -> Model:
        if str(value) not in self.rows:
            raise forms.ValidationError(_UNKNOWN)
        return self.rows[str(value)]


class LoadedMultipleChoiceField(LoadedChoiceField):
    """Several of ``rows``, as a list in the order sent."""

    def to_python(self, value: Any) -> list[Model]:
        """Return the rows."""
        return [self._find(key) for key in value or ()]

    def prepare_value(self, value: Any) -> Any:
        """Return the ids."""
        return [super(LoadedMultipleChoiceField, self).prepare_value(one) for one in value or ()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether others are chosen, or in another order."""
        chosen: list[Any] = self.prepare_value(initial)
        return [str(key) for key in chosen] != list(data or ())
