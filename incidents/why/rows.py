"""The rows that explain an incident: its calls for attention, what each looked at, what the timeline tells of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from accounts.models import ContactMethod
from escalation.domain.model import Address, Duty, Recipient, UserId
from incidents.calls import load_firings, recipient
from incidents.domain.ladder import PASSED
from incidents.domain.model import Cause
from incidents.domain.why import Call
from incidents.models import Escalation, Firing, Page, TimelineEvent
from incidents.outlook import Outlook, load_outlooks
from incidents.reasons import Circumstances, load_circumstances
from incidents.records import load_records

_FIRED: Final = ("layer_paged", "fallback_paged", "incident_repaged", "snooze_ended")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRows:
    """A call, its row, its pages by recipient, and the events that tell of it and of the layers passed on the way."""

    call: Call
    firing: Firing
    pages: Mapping[str, Page]
    fired: TimelineEvent | None
    passed: Sequence[TimelineEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """All there is to explain an incident with; ``methods`` are the contact methods of whom was paged."""

    escalation: Escalation
    calls: Sequence[CallRows]
    circumstances: Mapping[UUID, Circumstances]
    methods: Mapping[UUID, Sequence[ContactMethod]]
    outlook: Outlook | None


def load_rows(escalation: Escalation) -> Rows:
    """Return the rows of an escalation that has its ``holder`` and ``incident.owner`` loaded.

    At most 11 statements, whatever has happened so far.
    """
    firings = load_firings(escalation)
    pages = [page for firing in firings for page in firing.pages.all()]
    for page in pages:
        page.escalation = escalation
    return Rows(
        escalation=escalation,
        calls=_calls(escalation, firings),
        circumstances=load_circumstances(pages),
        methods=_load_methods(pages),
        outlook=load_outlooks([escalation]).get(escalation.pk),
    )


def _calls(escalation: Escalation, firings: Sequence[Firing]) -> list[CallRows]:
    worlds = {firing.world_id for firing in firings if firing.world_id is not None}
    records = load_records(escalation.organization_id, worlds)
    events = load_events(escalation)
    calls = []
    for firing in firings:
        fired, passed = events.get(firing.number, (None, ()))
        pages = {recipient(page): page for page in firing.pages.all()}
        call = Call(
            number=firing.number,
            at=firing.fired_at,
            cause=Cause(firing.cause),
            position=firing.position,
            due_at=firing.due_at,
            called={duty.user: duty for duty in map(duty_of, pages.values())},
            passed={event.position or 0: event.details.get("reason") for event in passed},
            record=None if firing.world_id is None else records.get(firing.world_id),
        )
        calls.append(CallRows(call=call, firing=firing, pages=pages, fired=fired, passed=passed))
    return calls


def load_events(escalation: Escalation) -> Mapping[int, tuple[TimelineEvent, Sequence[TimelineEvent]]]:
    """Return by its number the event of each firing, with those of the layers passed: they are told just before it.

    One statement.
    """
    told = TimelineEvent.objects.filter(incident_id=escalation.pk, type__in=[*PASSED, *_FIRED])
    found: dict[int, tuple[TimelineEvent, Sequence[TimelineEvent]]] = {}
    passed: list[TimelineEvent] = []
    for event in told.order_by("at", "id"):
        if event.type in PASSED:
            passed.append(event)
        else:
            found[event.details["firing"]] = event, passed
            passed = []
    return found


def duty_of(page: Page) -> Duty:
    """Return why the recipient of ``page`` was called. Needs ``membership`` loaded."""
    source_id, until = page.reason.get("sourceId"), page.reason.get("until")
    return Duty(
        user=_recipient(page),
        source=page.reason["source"],
        source_id=None if source_id is None else UUID(source_id),
        until=None if until is None else datetime.fromisoformat(until),
    )


def _recipient(page: Page) -> Recipient:
    return Address(page.address) if page.membership is None else UserId(recipient(page))


def _load_methods(pages: Iterable[Page]) -> Mapping[UUID, Sequence[ContactMethod]]:
    people = {page.membership_id for page in pages if page.membership_id is not None}
    found: dict[UUID, list[ContactMethod]] = {}
    for method in ContactMethod.objects.filter(membership_id__in=people).order_by("created_at", "id"):
        found.setdefault(method.membership_id, []).append(method)
    return found
