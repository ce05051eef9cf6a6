"""Everything there is to tell about one incident: where it stands, what comes next, who was paged why, what happened.

Members of an organization do not see where else than by their account's address people are paged, so for them
destinations and the words of mail servers, which like to repeat the address, are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from escalation.models import Policy
from incidents.answer.happened import load_last_deed, named_in, told
from incidents.calls import STANDS, fate, label, load_latest_firings, recipient
from incidents.models import Delivery, Escalation, Firing, Incident, IncidentUpdate, Page, TimelineEvent
from incidents.names import Names, load_names, named
from incidents.outlook import Outlook, load_outlooks, next_step
from incidents.reasons import Circumstances, load_circumstances, why
from incidents.summaries import summary

MOST_CALLS: Final = 50
MOST_EVENTS: Final = 200
MOST_UPDATES: Final = 50

_TOLD_BY_SERVERS: Final = frozenset({"notification_retry", "notification_dead"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A page over one contact method; ``destination`` and ``error`` are empty for who may not see them."""

    delivery: Delivery
    destination: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """One recipient of a call: what the page told them about why, and what became of it."""

    name: str
    why: str
    fate: str
    sends: tuple[Send, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call for attention; ``due_at`` is when the next one was due unless somebody acknowledged."""

    at: datetime
    label: str
    due_at: datetime | None
    called: tuple[Called, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event of the timeline in a sentence."""

    at: datetime
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Words that somebody posted, and the status they came with; ``body`` is empty where they were taken out."""

    at: datetime
    by: str
    body: str
    status: str
    is_redacted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is known of an incident, the newest first; of a long night the oldest calls and events are left out."""

    stands: str
    next_step: str
    last_deed: str
    policy: Policy | None
    updates: tuple[Said, ...]
    calls: tuple[Call, ...]
    earlier_calls: int
    timeline: tuple[Happening, ...]
    has_earlier_events: bool


def load_report(row: Escalation, now: datetime, *, is_admin: bool) -> Report:
    """Return the report, for an admin or for a member. At most 14 statements, whatever has happened so far."""
    firings = load_latest_firings(row, MOST_CALLS)
    circumstances = load_circumstances(_pages(firings, row))
    outlook = load_outlooks([row]).get(row.pk)
    events = list(TimelineEvent.objects.filter(incident_id=row.pk).order_by("-at", "-id")[: MOST_EVENTS + 1])
    updates = list(IncidentUpdate.objects.filter(incident_id=row.pk).order_by("-posted_at", "-id")[:MOST_UPDATES])
    deed = load_last_deed(row)
    wanted = {row.acknowledged_by, *named_in(events), *named_in([deed] if deed else [])}
    wanted.update(update.posted_by for update in updates)
    names = _load_names(row, firings, circumstances, outlook, wanted)
    return Report(
        stands=STANDS[row.state],
        next_step=next_step(row, outlook, names, now),
        last_deed="" if deed is None else told(deed, names, now),
        policy=Policy.objects.for_organization(row.organization_id).filter(pk=row.policy_id).first(),
        updates=tuple(_said(update, names) for update in updates),
        calls=tuple(_call(firing, circumstances, names, now, is_admin=is_admin) for firing in firings),
        earlier_calls=firings[-1].number - 1 if firings else 0,
        timeline=tuple(_happening(event, names, is_admin=is_admin) for event in events[:MOST_EVENTS]),
        has_earlier_events=len(events) > MOST_EVENTS,
    )


def load_escalation(incident: Incident) -> Escalation:
    """Return the escalation of an incident with everything a report needs. One statement."""
    found = Escalation.objects.for_organization(incident.organization_id).select_related(
        "organization", "incident__owner", "holder", "active_policy"
    )
    row: Escalation = found.get(pk=incident.pk)
    return row


def _pages(firings: Sequence[Firing], row: Escalation) -> list[Page]:
    """Return the pages of all firings, each knowing the escalation and the organization already."""
    pages = [page for firing in firings for page in firing.pages.all()]
    for page in pages:
        page.escalation, page.organization = row, row.organization
    return pages


def _load_names(
    row: Escalation,
    firings: Sequence[Firing],
    circumstances: Mapping[UUID, Circumstances],
    outlook: Outlook | None,
    others: Iterable[str | None],
) -> Names:
    wanted = {*others, *(one.by for one in circumstances.values())}
    wanted.update(() if outlook is None else outlook.recipients)
    wanted.update(recipient(page) for page in _pages(firings, row))
    return load_names({row.organization_id: wanted}).get(row.organization_id, {})


def _call(
    firing: Firing, circumstances: Mapping[UUID, Circumstances], names: Names, now: datetime, *, is_admin: bool
) -> Call:
    called = [
        Called(
            name=named(recipient(page), names),
            why=why(page, circumstances[page.pk], names, now),
            fate=fate(page),
            sends=tuple(_send(delivery, is_admin=is_admin) for delivery in page.deliveries.all()),
        )
        for page in firing.pages.all()
    ]
    return Call(at=firing.fired_at, label=label(firing), due_at=firing.due_at, called=tuple(called))


def _send(delivery: Delivery, *, is_admin: bool) -> Send:
    return Send(
        delivery=delivery,
        destination=delivery.destination if is_admin else "",
        error=delivery.last_error if is_admin else "",
    )


def _said(update: IncidentUpdate, names: Names) -> Said:
    status = update.status_change
    return Said(
        at=update.posted_at,
        by=named(update.posted_by, names),
        body=update.body or "",
        status=Incident.Status(status).label if status in Incident.Status.values else status or "",
        is_redacted=update.redacted_at is not None,
    )


def _happening(event: TimelineEvent, names: Names, *, is_admin: bool) -> Happening:
    if event.type in _TOLD_BY_SERVERS and not is_admin:
        event.details = {**event.details, "reason": None}
    return Happening(at=event.at, sentence=summary(event, names))
