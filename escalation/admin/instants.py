"""Instants, typed and shown as the clocks of a time zone show them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from escalation.domain.local_time import instant_of, zone_named
from escalation.domain.span import BEGINNING, FOREVER

_UNREADABLE = "Enter a date and a time of day."


class LocalTimeInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]  # unfold has no types
    """A date and a time of day, chosen with what the browser has for that."""

    input_type = "datetime-local"


class InstantField(forms.Field):
    """An instant in the time zone ``zone``, in whole minutes.

    It is shown in ``shown_in`` where that is another. Where nothing is changed it stays ``stored``, to the second, and on
    whichever side of a change of the clocks it was. Of a time that the clocks show twice the first counts, and one they
    skip is the end of the gap.
    """

    widget = LocalTimeInput
    zone: ZoneInfo = ZoneInfo("UTC")
    shown_in: ZoneInfo | None = None
    stored: datetime | None = None

    def to_python(self, value: Any) -> datetime | None:
        """Return the instant."""
        if value in self.empty_values:
            return None
        if self.stored is not None and value == self.prepare_value(self.stored):
            return self.stored
        try:
            wall = datetime.fromisoformat(value)
        except ValueError as error:
            raise forms.ValidationError(_UNREADABLE) from error
        if wall.tzinfo is not None or not BEGINNING.year < wall.year < FOREVER.year:
            raise forms.ValidationError(_UNREADABLE)
        return instant_of(wall.replace(tzinfo=self.zone))

    def prepare_value(self, value: Any) -> Any:
        """Return what the browser is to show."""
        there = self.shown_in or self.zone
        return f"{value.astimezone(there):%Y-%m-%dT%H:%M}" if isinstance(value, datetime) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether another minute is chosen."""
        return (self.prepare_value(initial) or "") != (data or "")


def shown_instant(at: datetime, timezone: str) -> str:
    """Return an instant as the clocks of a zone show it, UTC where there is no such zone."""
    local = at.astimezone(zone_named(timezone) or UTC)
    return f"{local:%a} {local.day} {local:%b %Y %H:%M}"
