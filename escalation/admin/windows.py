"""An editor of weekly windows: for each its days, from when, until when.

Whatever rows a browser sends count; a row without anything is none. Without a script one empty row stands below those
there are, with it rows are added and taken away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import time
from typing import Any, Final, NamedTuple

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from escalation.domain.model import Window

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_PART = re.compile(r"(?P<number>\d{1,4})-(?P<part>days|start|end)")
_NAMED = re.compile(r"(?P<field>\w+)\.(?P<number>\d+)(\.\w+)?")

Sent = Mapping[str, Any]
"""A window as it is sent and stored: ``days``, ``start`` and ``end``."""


class Row(NamedTuple):
    """A row of the editor; ``days`` are the number, the name and whether it is ticked."""

    number: int | str
    days: Sequence[tuple[int, str, bool]]
    start: str
    end: str


class WindowsInput(forms.Widget):
    """Rows of days and times."""

    template = "admin/escalation/windows.html"
    use_fieldset = True

    class Media:
        css = {"all": ("escalation/windows.css",)}
        js = ("escalation/windows.js",)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Return the rows, and an empty one to be copied."""
        rows = [_row(number, window) for number, window in enumerate(value or ())]
        context = {"name": name, "rows": [*rows, _row(len(rows), {})], "empty": _row("__window__", {})}
        return render_to_string(self.template, {**context, "id": (attrs or {}).get("id", "")})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Sent]:
        """Return the windows sent, in their order."""
        rows: dict[int, dict[str, Any]] = {}
        for key in data:
            found = _PART.fullmatch(key.removeprefix(f"{name}-")) if key.startswith(f"{name}-") else None
            if found is not None:
                part = found["part"]
                row = rows.setdefault(int(found["number"]), {})
                row[part] = data.getlist(key) if part == "days" else data[key]
        return [row for _, row in sorted(rows.items()) if any(row.values())]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Unticked boxes are not sent, so nothing sent is no windows."""
        return False

    def id_for_label(self, id_: str) -> str:
        """There is no one field of which the label is."""
        return ""


class WindowsField(forms.Field):
    """Weekly windows; its initial value is what a row stores, its cleaned one a tuple of ``Window``."""

    widget = WindowsInput

    def to_python(self, value: Any) -> tuple[Window, ...]:
        """Return the windows; whether they overlap the service knows."""
        return tuple(_window(number, sent) for number, sent in enumerate(value or (), 1))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether other windows are sent, or in another order."""
        return [_plain(one) for one in initial or ()] != [_plain(one) for one in data or ()]


def place_in_windows(named: str, message: str) -> tuple[str, str]:
    """Return the field and the message of what a service said of ``field.0.days``, counted from 1 as people do."""
    found = _NAMED.fullmatch(named)
    if found is None:
        return named, message
    counted = re.sub(r"window (\d+)", lambda other: f"window {int(other[1]) + 1}", message)
    return found["field"], f"Window {int(found['number']) + 1} {counted}"


def _row(number: int | str, window: Sent) -> Row:
    ticked = set(map(str, window.get("days", ())))
    days = [(day, name, str(day) in ticked) for day, name in enumerate(DAYS, 1)]
    return Row(number, days, window.get("start", ""), window.get("end", ""))


def _window(number: int, sent: Sent) -> Window:
    try:
        days = frozenset(map(int, sent.get("days", ())))
        start, end = time.fromisoformat(sent.get("start", "")), time.fromisoformat(sent.get("end", ""))
    except ValueError as error:
        raise forms.ValidationError(f"Window {number} needs the time of day it begins and the one it ends.") from error
    if not days:
        raise forms.ValidationError(f"Window {number} needs a day.")
    return Window(days=days, start=start, end=end)


def _plain(sent: Sent) -> tuple[Iterable[str], str, str]:
    return sorted(map(str, sent.get("days", ()))), sent.get("start", ""), sent.get("end", "")
