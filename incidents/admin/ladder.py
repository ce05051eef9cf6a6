"""The ladder on a page: what an instant and a severity chosen there would lead to, drawn and as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django import forms
from django.db.models import QuerySet

from escalation.models import Policy
from incidents.ladder import ToldLadder, load_ladder
from incidents.ladder.entries import Entry, entries_of
from incidents.ladder.picture import Picture, pictures
from incidents.models import Escalation, Incident
from incidents.wording import moment

MOST_OPEN: Final = 10
"""How many open incidents the page of a policy lists."""

_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class LadderForm(forms.Form):
    """When the incident would start, in UTC (nothing: now), and how bad it would be."""

    at = forms.DateTimeField(
        required=False,
        label="Starting at (UTC)",
        help_text="Leave it empty for now.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    severity = forms.ChoiceField(choices=Incident.Severity.choices, required=False)

    def clean_at(self) -> datetime | None:
        """Refuse instants near the ends of the calendar, where arithmetic fails."""
        at: datetime | None = self.cleaned_data["at"]
        if at is not None and not _EARLIEST <= at < _LATEST:
            raise forms.ValidationError("Choose a year from 1970 to 2199.")
        return at


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLadder:
    """A ladder as pages show it: ``pictures`` for each width, and ``entries`` that say the same in words."""

    told: ToldLadder
    pictures: tuple[Picture, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderPanel:
    """What the page of a policy tells beside the form: its ladder, and the open incidents it pages for, newest first."""

    form: LadderForm
    title: str
    ladder: ShownLadder
    open: tuple[Escalation, ...]
    open_count: int

    @property
    def not_listed(self) -> int:
        """How many open incidents are not listed."""
        return self.open_count - len(self.open)


def load_panel(policy: Policy, asked: Mapping[str, Any], now: datetime) -> LadderPanel:
    """Return the panel of a policy for what was asked in the query string; what cannot be meant is shown as of now.

    Nine statements at most.
    """
    form = LadderForm({"severity": Incident.Severity.CRITICAL, **asked}, label_suffix="")
    is_valid = form.is_valid()
    chosen = form.cleaned_data.get("at") if is_valid else None
    severity = (form.cleaned_data.get("severity") if is_valid else "") or Incident.Severity.CRITICAL
    title = f"If an incident started {'now' if chosen is None else 'at ' + moment(chosen, now)}"
    told = load_ladder(policy.organization_id, policy.pk, severity, chosen or now)
    running = Escalation.objects.for_organization(policy.organization_id).filter(active_policy_id=policy.pk)
    return LadderPanel(
        form=form,
        title=title,
        ladder=show(told, f"{title}: severity {severity}"),
        open=tuple(newest_of(running)),
        open_count=running.count(),
    )


def newest_of(running: QuerySet[Escalation]) -> QuerySet[Escalation]:
    """Return the newest ``MOST_OPEN`` of ``running``, each with its incident and its policy.

    They are found before they are joined: joined, PostgreSQL looks for the newest through all incidents there were.
    """
    found = running.order_by("-incident_id").values("incident_id")[:MOST_OPEN]
    rows = Escalation.objects.filter(incident_id__in=found).select_related("incident", "active_policy")
    return rows.defer("plan").order_by("-incident_id")


def show(told: ToldLadder, title: str) -> ShownLadder:
    """Return ``told`` drawn and in words; ``title`` is the picture's name."""
    return ShownLadder(told=told, pictures=pictures(told, title), entries=entries_of(told))
