"""Charts of the dashboard, as data: what unfold's script draws on a canvas, and the table that says the same."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from incidents.statistics import Statistics, Took, Week
from incidents.wording import span

# Readable on white and on the dark ground alike.
_AXIS: Final = "#6b7280"
_FIRST: Final = "#2563eb"
_SECOND: Final = "#b45309"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart and its table, whose rows are newest first. ``data`` and ``options`` are JSON for Chart.js."""

    id: str
    title: str
    kind: str
    data: str
    options: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    is_empty: bool


def pages_per_day(statistics: Statistics) -> Chart:
    """Return how many recipients were paged on each of the last thirty days."""
    days = statistics.days
    bars = {"label": "Pages", "data": [day.pages for day in days], "backgroundColor": _FIRST, "maxBarThickness": 18}
    return Chart(
        id="pages-per-day",
        title="Pages per day",
        kind="bar",
        data=_data([_short(day.starts_on) for day in days], [bars]),
        options=_options("pages", has_legend=False),
        headings=("Day", "Pages"),
        rows=tuple((_short(day.starts_on), str(day.pages)) for day in reversed(days)),
        is_empty=not any(day.pages for day in days),
    )


def times_by_week(statistics: Statistics) -> tuple[Chart, Chart]:
    """Return how long it took to acknowledge and to resolve, week by week: mean (MTTA, MTTR) and median."""
    return (
        _times("acknowledge", "Time to acknowledge", [(week, week.acknowledged) for week in statistics.weeks]),
        _times("resolve", "Time to resolve", [(week, week.resolved) for week in statistics.weeks]),
    )


def _times(key: str, title: str, weeks: list[tuple[Week, Took]]) -> Chart:
    # Told apart without color: one line is dashed, and their points differ.
    mean = _line("Mean", [took.mean for _, took in weeks], _FIRST, pointStyle="circle")
    median = _line("Median", [took.median for _, took in weeks], _SECOND, pointStyle="rectRot", borderDash=[6, 4])
    return Chart(
        id=f"time-to-{key}",
        title=title,
        kind="line",
        data=_data([_short(week.starts_on) for week, _ in weeks], [mean, median]),
        options=_options("minutes", has_legend=True),
        headings=("Week from", "Mean", "Median", "Incidents"),
        rows=tuple(
            (_short(week.starts_on), _told(took.mean), _told(took.median), str(took.number))
            for week, took in reversed(weeks)
        ),
        is_empty=not any(took.number for _, took in weeks),
    )


def _line(label: str, waits: list[timedelta | None], color: str, **look: object) -> dict[str, Any]:
    minutes = [None if wait is None else round(wait.total_seconds() / 60, 1) for wait in waits]
    return {
        "label": label,
        "data": minutes,
        "borderColor": color,
        "backgroundColor": color,
        "pointRadius": 4,
        "spanGaps": True,
        **look,
    }


def _data(labels: list[str], datasets: list[dict[str, Any]]) -> str:
    return json.dumps({"labels": labels, "datasets": datasets})


def _options(unit: str, *, has_legend: bool) -> str:
    ticks = {"color": _AXIS, "maxRotation": 0, "autoSkipPadding": 12}
    return json.dumps(
        {
            "animation": False,
            "responsive": True,
            "maintainAspectRatio": False,
            "plugins": {"legend": {"display": has_legend, "labels": {"color": _AXIS, "usePointStyle": True}}},
            "scales": {
                "x": {"grid": {"display": False}, "ticks": ticks},
                "y": {
                    "beginAtZero": True,
                    "grid": {"color": _AXIS},
                    "ticks": {**ticks, "precision": 0},
                    "title": {"display": True, "text": unit, "color": _AXIS},
                },
            },
        }
    )


def _short(day: date) -> str:
    return f"{day.day} {day:%b}"


def _told(wait: timedelta | None) -> str:
    if wait is None:
        return "-"
    return span(wait) if wait >= timedelta(minutes=1) else f"{int(wait.total_seconds())} s"
