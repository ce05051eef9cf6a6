"""Choosing people who take turns: in an order, and somebody more than once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from escalation.admin.choices import LoadedSelect, Rows
from escalation.models import RotationParticipant


class TurnsInput(forms.Widget):
    """A list of people out of ``rows`` with what moves and removes them, and a box to find the next one.

    Without a script, whoever is found is added when the form is sent.
    """

    template = "admin/escalation/turns.html"
    rows: Rows = {}
    finder = LoadedSelect(
        RotationParticipant._meta.get_field("membership"), admin.site, {"data-placeholder": "Who has the next turn"}
    )

    @property
    def media(self) -> forms.Media:
        """What the box and the list need."""
        own = forms.Media(css={"all": ["escalation/turns.css"]}, js=["escalation/turns.js"])
        return self.finder.media + own

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Return the list and the box."""
        finder_id = (attrs or {}).get("id", f"id_{name}")
        people = [(key, str(self.rows[key])) for key in map(str, value or ()) if key in self.rows]
        finder = self.finder.render(f"{name}-next", None, {"id": finder_id})
        return render_to_string(self.template, {"name": name, "people": people, "finder": finder, "id": finder_id})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """Return the ids sent, in their order."""
        return [key for key in (*data.getlist(name), data.get(f"{name}-next", "")) if key]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Nothing sent is nobody."""
        return False
