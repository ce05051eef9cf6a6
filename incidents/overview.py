"""What an organization has open, and which messages fail: for whoever looks in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Case, Count, IntegerField, Min, Q, QuerySet, Value, When
from django.db.models.fields.json import KT

from accounts.models import Membership
from incidents.calls import STANDS
from incidents.models import Delivery, Escalation, Incident, TimelineEvent

FAILING_WITHIN: Final = timedelta(hours=1)
"""How far back a message that failed for good is told."""

_MOST_EVENTS: Final = 1_000
_FAILED: Final = ("notification_retry", "notification_dead")
MOST_URGENT_FIRST: Final = (
    Case(
        *(When(severity=severity, then=Value(place)) for place, severity in enumerate(Incident.Severity.values)),
        output_field=IntegerField(),
    ),
    "created_at",
    "pk",
)
"""The order of open incidents: the worst first, then the oldest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncident:
    """An open incident: where its paging stands, and who holds it, "" for nobody."""

    incident: Incident
    stands: str
    holder: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """What is open: how many of each severity, the worst first, and the most urgent of them."""

    numbers: tuple[tuple[str, str, int], ...]
    urgent: tuple[OpenIncident, ...]

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(number for _, _, number in self.numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """A channel over which messages fail: how many are tried again, since when, and how many were refused for good.

    ``error`` is what was said last, if anything was in the last hour. It may hold an address.
    """

    channel: str
    retrying: int
    since: datetime | None
    dead: int
    error: str


def load_open(organization_id: str, *, most: int) -> Open:
    """Return what is open, ``most`` of it by severity and then oldest first. Two statements over what is open."""
    rows = Incident.objects.for_organization(organization_id).exclude(status=Incident.Status.RESOLVED)
    numbers = dict(rows.order_by().values_list("severity").annotate(number=Count("pk")))
    urgent = rows.select_related("escalation__holder__user").defer("escalation__plan").order_by(*MOST_URGENT_FIRST)
    return Open(
        numbers=tuple((value, label, numbers.get(value, 0)) for value, label in Incident.Severity.choices),
        urgent=tuple(_open(incident) for incident in urgent[:most]),
    )


def load_failing(organization_id: str, now: datetime) -> tuple[Failing, ...]:
    """Return the channels over which messages fail, by name: what is tried again, and what died within the hour.

    Two statements: over what is tried again now, and over the last thousand failures of the hour.
    """
    retrying = _retrying(organization_id)
    failures = list(_failures(organization_id, now)[:_MOST_EVENTS])
    dead = Counter(channel for kind, channel, _ in failures if kind == "notification_dead")
    errors: dict[str, str] = {}
    for _, channel, reason in failures:  # newest first
        errors.setdefault(channel, reason or "")
    return tuple(
        Failing(
            channel=channel,
            retrying=retrying.get(channel, (0, None))[0],
            since=retrying.get(channel, (0, None))[1],
            dead=dead[channel],
            error=errors.get(channel, ""),
        )
        for channel in sorted(retrying.keys() | dead.keys())
    )


def _open(incident: Incident) -> OpenIncident:
    row: Escalation = incident.escalation
    at_layer = f", layer {row.position}" if row.state == Escalation.State.PAGING and row.position else ""
    return OpenIncident(
        incident=incident, stands=f"{STANDS[row.state]}{at_layer}", holder=_holder(row), due_at=row.due_at
    )


def _holder(row: Escalation) -> str:
    holder: Membership | None = row.holder
    if holder is not None:
        return holder.name or holder.user.email
    return "a program" if row.state == Escalation.State.ACKNOWLEDGED else ""


def _retrying(organization_id: str) -> Mapping[str, tuple[int, datetime]]:
    tried = Q(next_at__isnull=False, attempts__gt=0)  # as the index of retries says
    rows = Delivery.objects.for_organization(organization_id).filter(tried).exclude(last_error="").order_by()
    found = rows.values_list("channel").annotate(number=Count("pk"), since=Min("created_at"))
    return {channel: (number, since) for channel, number, since in found}


def _failures(organization_id: str, now: datetime) -> QuerySet[Any, tuple[str, str, str]]:
    """Return kind, channel and reason of the failures of the last hour, newest first."""
    events = TimelineEvent.objects.filter(organization_id=organization_id, at__gt=now - FAILING_WITHIN, at__lte=now)
    found: QuerySet[Any, tuple[str, str, str]] = (
        events.filter(type__in=_FAILED)
        .order_by("-at", "-id")
        .values_list("type", KT("details__channel"), KT("details__reason"))
    )
    return found
