"""A sheet of SVG: marks are put down at places, and everything that is text is escaped.

Colors, strokes and fonts are the style sheet's (``static/incidents/ladder.css``), by class; so the picture is as light
or dark as its page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# Drawn in a square of 16 by 16.
_ICONS: Final[Mapping[str, str]] = {
    "email": "M1.5 3.5h13v9h-13zM1.5 4.2 8 9l6.5-4.8",
    "chat": "M2 2.5h12v8.5H7L3.5 14v-3H2z",
    "webhook": "M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5M9.2 2.8 6.8 13.2",
    "sms": "M4.5 1.5h7v13h-7zM4.5 11.5h7",
    "voice": "M3.2 2.2h2.6L7.2 5.6 5.6 7a9 9 0 0 0 3.4 3.4l1.4-1.6 3.4 1.4v2.6c0 .6-.5 1-1.1 1"
    "A11.2 11.2 0 0 1 2.2 3.3c0-.6.4-1.1 1-1.1z",
    "push": "M3 11.5h10c-1.1-1-1.6-2.2-1.6-4.7a3.4 3.4 0 0 0-6.8 0C4.6 9.3 4.1 10.5 3 11.5zM6.8 13.8h2.4",
    "rotation": "M13.3 6.5A5.5 5.5 0 1 0 13.5 9M13.5 2.5v4h-4",
    "override": "M2 5.5h11M10.5 3 13 5.5 10.5 8M14 11H3M5.5 8.5 3 11l2.5 2.5",
    "named": "M8 7.5a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM2.5 14c.4-3 2.5-4.7 5.5-4.7s5.1 1.7 5.5 4.7",
    "fallback": "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6z"
    "M3.4 3.4 6 6M10 10l2.6 2.6M12.6 3.4 10 6M6 10l-2.6 2.6",
    "clock": "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM8 4.2V8l2.6 1.8",
    "again": "M3 8.5V6.5a3 3 0 0 1 3-3h7M10.5 1 13 3.5 10.5 6M13 7.5v2a3 3 0 0 1-3 3H3M5.5 15 3 12.5 5.5 10",
    "nobody": "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM3.4 12.6l9.2-9.2",
    "off": "M2 14 14 2",
}
_OTHER_ICON: Final = "M8 3.5v5M8 11.5v1"


@dataclass(slots=True)
class Canvas:
    """A sheet ``width`` units wide; ``name`` sets its ids apart from those of other pictures on the page."""

    name: str
    width: float
    marks: list[SafeString] = field(default_factory=list)

    def text(self, x: float, y: float, value: str, kind: str, *, anchor: str = "start") -> None:
        """Write one line; ``y`` is its baseline. Text that runs to the left still begins at ``x``."""
        self._put(
            '<text x="{}" y="{}" class="{}" text-anchor="{}"><tspan direction="ltr" unicode-bidi="isolate">{}</tspan></text>',
            x,
            y,
            kind,
            anchor,
            value,
        )

    def box(self, x: float, y: float, width: float, height: float, kind: str, *, round_by: float = 8) -> None:
        """Draw a box with round corners."""
        self._put(
            '<rect x="{}" y="{}" width="{}" height="{}" rx="{}" class="{}"/>', x, y, width, height, round_by, kind
        )

    def hatch(self, x: float, y: float, width: float, height: float) -> None:
        """Fill a box with slanted lines: nobody is reached there."""
        fill = f"url(#{self.name}-hatch)"
        self._put(
            '<rect x="{}" y="{}" width="{}" height="{}" rx="8" fill="{}" class="hatched"/>', x, y, width, height, fill
        )

    def circle(self, x: float, y: float, radius: float, kind: str) -> None:
        """Draw a circle around (``x``, ``y``)."""
        self._put('<circle cx="{}" cy="{}" r="{}" class="{}"/>', x, y, radius, kind)

    def line(self, x: float, top: float, bottom: float, kind: str) -> None:
        """Draw a line downwards."""
        self._put('<path d="M{} {}V{}" class="{}"/>', x, top, bottom, kind)

    def icon(self, x: float, y: float, name: str, kind: str = "icon", *, size: float = 16) -> None:
        """Draw the symbol ``name`` with its corner at (``x``, ``y``)."""
        path = _ICONS.get(name, _OTHER_ICON)
        self._put('<path d="{}" class="{}" transform="translate({} {}) scale({})"/>', path, kind, x, y, size / 16)

    def svg(self, height: float, title: str, description: str) -> SafeString:
        """Return the whole picture, with what it shows as its name for those who do not see it."""
        return format_html(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
            ' role="img" aria-labelledby="{name}-title {name}-desc">'
            '<title id="{name}-title">{title}</title><desc id="{name}-desc">{description}</desc>'
            '<defs><pattern id="{name}-hatch" width="8" height="8" patternUnits="userSpaceOnUse"'
            ' patternTransform="rotate(45)"><path d="M0 0V8" class="hatch"/></pattern></defs>{marks}</svg>',
            width=self.width,
            height=height,
            name=self.name,
            title=title,
            description=description,
            marks=format_html_join("", "{}", ((mark,) for mark in self.marks)),
        )

    def _put(self, markup: str, *values: object) -> None:
        self.marks.append(format_html(markup, *(_shown(value) for value in values)))


def _shown(value: object) -> object:
    return round(value, 1) if isinstance(value, float) else value
