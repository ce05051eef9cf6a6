"""Coverage on the pages of policies and schedules: a column and a filter of the list, a panel beside the form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from escalation.coverage import Ground, load_policy_grounds, load_schedule_grounds
from escalation.coverage_words import concern_sentence, gap_sentence, reasons_of
from escalation.domain.coverage import Coverage, TooManyChanges
from escalation.marks import Mark, Standing, load_marks, standing_filter
from escalation.models import Policy, Schedule
from scaling.clock import now

SPANS: Final = (14, 30, 90)
MOST_SHOWN: Final = 50
"""How many sentences of a kind the panel shows."""

_PARAMETER: Final = "coverage_days"
_LOOKS: Final = {
    Standing.UNCHECKED: ("", "hourglass_empty"),
    Standing.FAILED: ("bad", "help"),
    Standing.GAPS: ("bad", "person_off"),
    Standing.PEOPLE: ("warn", "mail"),
    Standing.COVERED: ("good", "check"),
}

Row = TypeVar("Row", Policy, Schedule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The coverage of the next ``days`` in sentences; ``declared`` come with their reasons. ``untold`` are left out.

    ``trouble`` says why it cannot be told at all; the addresses are where a gap is declared, and what was is listed.
    """

    days: int
    spans: Sequence[tuple[int, str]]
    declare_url: str
    declared_url: str
    gaps: Sequence[str] = ()
    declared: Sequence[tuple[str, str]] = ()
    people: Sequence[str] = ()
    untold: int = 0
    trouble: str = ""


class MarkedList(ChangeList):
    """A list of policies or schedules, each with ``mark``, how it stands. One statement for a page."""

    def get_results(self, request: HttpRequest) -> None:
        """Find the rows of the page."""
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        self.result_list = rows
        if rows:
            model: Any = self.model
            marks = load_marks(model, [row.pk for row in rows], rows[0].organization_id, now())
            for row in rows:
                row.mark = marks[row.pk]


class CoverageFilter(admin.SimpleListFilter):
    """Finds what has gaps, and what is not known to have none."""

    title = "coverage"
    parameter_name = "coverage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return what can be chosen."""
        return [
            (Standing.GAPS, "With gaps"),
            (Standing.PEOPLE, "People hard to reach"),
            (Standing.COVERED, "No gaps"),
            (Standing.FAILED, "Not known"),
            (Standing.UNCHECKED, "Not checked"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what is chosen."""
        value = self.value()
        if value not in set(Standing):
            return queryset
        model: Any = queryset.model
        return queryset.filter(standing_filter(model, Standing(value), now()))


class ShowsCoverage(admin.ModelAdmin[Row]):
    """A page that tells the coverage of its rows; ``coverage`` is a column of its list."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that knows the marks."""
        return MarkedList

    @admin.display(description="coverage")
    def coverage(self, row: Any) -> SafeString | str:
        """How the row stands, by a symbol and in words."""
        mark: Mark | None = getattr(row, "mark", None)
        return "" if mark is None else _badge(mark)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Tell the coverage of what is stored, whatever a form that was not saved wants to make of it."""
        if context["original"] is not None:
            context["coverage"] = panel_of(context["original"], _days(request), now())
        return super().render_change_form(request, context, *args, **kwargs)


def panel_of(row: Policy | Schedule, days: int, at: datetime) -> Panel | None:
    """Return the panel of a policy or a schedule from ``at`` on, None if it is gone. At most five statements."""
    load = load_policy_grounds if isinstance(row, Policy) else load_schedule_grounds
    ground = load([(row.organization_id, row.pk)], at).get(row.pk)
    if ground is None:
        return None
    empty = _empty_panel(row, days)
    try:
        return _told(ground, ground.cover(at, days), empty)
    except TooManyChanges:
        return replace(empty, trouble="Too much changes in these days. Ask for fewer.")


def _empty_panel(row: Policy | Schedule, days: int) -> Panel:
    kind = "policy" if isinstance(row, Policy) else "schedule"
    return Panel(
        days=days,
        spans=[(span, f"?{_PARAMETER}={span}#coverage") for span in SPANS],
        declare_url=f"{reverse('admin:escalation_intendedgap_add')}?{kind}={row.pk}",
        declared_url=f"{reverse('admin:escalation_intendedgap_changelist')}?{urlencode({'q': row.name})}",
    )


def _told(ground: Ground, coverage: Coverage, empty: Panel) -> Panel:
    found = (coverage.gaps, coverage.declared, coverage.concerns)
    return replace(
        empty,
        gaps=[gap_sentence(ground, coverage, gap) for gap in coverage.gaps[:MOST_SHOWN]],
        declared=[
            (gap_sentence(ground, coverage, gap), " / ".join(reasons_of(ground, gap)))
            for gap in coverage.declared[:MOST_SHOWN]
        ],
        people=[concern_sentence(ground, concern) for concern in coverage.concerns[:MOST_SHOWN]],
        untold=sum(max(len(each) - MOST_SHOWN, 0) for each in found),
    )


def _badge(mark: Mark) -> SafeString:
    tone, symbol = _LOOKS[mark.standing]
    return format_html(
        '<span class="mark {}"><span class="material-symbols-outlined" aria-hidden="true">{}</span>{}</span> {}',
        tone,
        symbol,
        mark.words,
        mark.details,
    )


def _days(request: HttpRequest) -> int:
    asked = request.GET.get(_PARAMETER, "")
    return int(asked) if asked in {str(span) for span in SPANS} else SPANS[0]
