"""What a notice says to somebody half awake: in the subject who has it, in the text that nothing is to be done.

News about an incident hang below its pages, and their link leads to the recipient's own answer page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import Case, F, QuerySet, When
from django.urls import reverse

from incidents.answer.tokens import answer_url
from incidents.channels.base import Message
from incidents.letters import Letter, headers_for, thread_headers, write_letter
from incidents.models import Delivery, IncidentUpdate, Notice, TimelineEvent
from incidents.names import Names, load_names, named
from incidents.wording import moment_and_away
from scaling.text import single_line

_Recipient = tuple[UUID | None, UUID | None, str]
_ABOUT_INCIDENTS: Final = (Notice.Kind.TAKEN, Notice.Kind.RESOLVED)
_ABOUT_SHIFTS: Final = (Notice.Kind.SHIFT_OFFERED, Notice.Kind.SHIFT_TAKEN, Notice.Kind.SHIFT_BEGUN)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Background:
    """What the letters of a batch are made of beside their rows."""

    events: Mapping[UUID | None, TimelineEvent]
    names: Mapping[str, Names]
    answered: Mapping[_Recipient, Delivery]
    notes: Mapping[str, str | None]


def compose_letters(notices: Sequence[Notice], now: datetime) -> Mapping[UUID, Message]:
    """Return the letter of each notice to a person or an address, by its id.

    Needs ``organization``, ``incident``, ``webhook``, ``membership`` and ``contact_method`` loaded. At most six
    statements, whatever the number of notices.
    """
    background = _background([notice for notice in notices if notice.kind in _ABOUT_INCIDENTS])
    return {notice.pk: _message(notice, background, now) for notice in notices}


def _background(notices: Sequence[Notice]) -> _Background:
    if not notices:
        return _Background(events={}, names={}, answered={}, notes={})
    told = TimelineEvent.objects.filter(pk__in=[notice.event_id for notice in notices])
    events: dict[UUID | None, TimelineEvent] = {event.pk: event for event in told}
    wanted: dict[str, set[str | None]] = {}
    for event in events.values():
        wanted.setdefault(event.organization_id, set()).add(_doer(event))
    answered = {
        (delivery.escalation_id, delivery.page.membership_id, delivery.page.address): delivery
        for delivery in _latest_deliveries([notice.incident.pk for notice in notices])
    }
    return _Background(
        events=events, names=load_names(wanted), answered=answered, notes=_load_notes(list(events.values()))
    )


def _load_notes(events: Sequence[TimelineEvent]) -> Mapping[str, str | None]:
    """Return the words that go with a resolution by the id of their update; words taken out are gone here too."""
    update_ids = [event.details["updateId"] for event in events if "updateId" in event.details]
    found = IncidentUpdate.objects.filter(pk__in=update_ids)
    return {str(update_id): body for update_id, body in found.values_list("pk", "body")}


def _latest_deliveries(incident_ids: Sequence[UUID]) -> QuerySet[Delivery]:
    """Return for each recipient of each incident the last delivery, one by mail that arrived before any other."""
    is_mail = Case(When(channel="email", handed_over_at__isnull=False, then=0), default=1)
    recipient = ("escalation_id", "page__membership_id", "page__address")
    return (
        Delivery.objects.filter(escalation_id__in=incident_ids)
        .select_related("page")
        .order_by(*recipient, is_mail, F("pk").desc())
        .distinct(*recipient)
    )


def _message(notice: Notice, background: _Background, now: datetime) -> Message:
    headers = headers_for(notice.organization, notice.pk)
    if notice.kind in _ABOUT_SHIFTS:
        return _written(notice, _about_shift(notice), notice.heading, headers)
    if notice.kind not in _ABOUT_INCIDENTS:
        return _written(notice, _about_webhook(notice), _subject_of_webhook(notice), headers)
    event = background.events[notice.event_id]
    who = named(_doer(event), background.names.get(notice.organization_id, {}))
    answered = background.answered.get((notice.incident_id, notice.membership_id, _address(notice)))
    note = background.notes.get(str(event.details.get("updateId")))
    letter = _about_incident(notice, note, who, answered, now)
    has_mail = answered is not None and answered.channel == "email" and answered.handed_over_at is not None
    headers |= thread_headers(notice.incident.pk, *([answered.pk] if answered is not None and has_mail else []))
    return _written(notice, letter, f"{letter.heading}: {notice.incident.title}", headers)


def _written(notice: Notice, letter: Letter, subject: str, headers: Mapping[str, str]) -> Message:
    method = notice.contact_method
    destination = notice.destination if method is None else method.address
    return write_letter(letter, key=notice.pk, destination=destination, subject=subject, headers=headers)


def _address(notice: Notice) -> str:
    return notice.destination if notice.membership_id is None else ""


# About an incident


def _doer(event: TimelineEvent) -> str | None:
    """Return who has done it: the person a program speaks for, else the actor."""
    return event.user_id or event.actor_id


def _about_incident(notice: Notice, note: str | None, who: str, answered: Delivery | None, now: datetime) -> Letter:
    incident = notice.incident
    is_taken = notice.kind == Notice.Kind.TAKEN
    said = f"{who} has it. There is nothing for you to do." if is_taken else f"{who} has resolved it. It is over."
    what = f"{single_line(incident.title)} ({incident.severity}), since {moment_and_away(incident.created_at, now)}."
    return Letter(
        heading=f"{'Taken' if is_taken else 'Resolved'} by {who}",
        paragraphs=tuple(filter(None, (said, what, note))),
        url="" if answered is None else answer_url(answered.page_id),
        button="See how it stands",
        footer=f"{notice.organization.name}, incident {incident.pk}",
    )


# About a shift


def _about_shift(notice: Notice) -> Letter:
    return Letter(
        heading=notice.heading,
        paragraphs=tuple(notice.body.split("\n")),
        url=f"{settings.PUBLIC_URL}{reverse('me')}",
        button="Open your page",
        footer=notice.organization.name,
    )


# About a webhook


def _subject_of_webhook(notice: Notice) -> str:
    what = "Webhook disabled" if notice.kind == Notice.Kind.WEBHOOK_DISABLED else "Webhook failing for days"
    return f"{what}: {notice.webhook.shown_url}"


def _about_webhook(notice: Notice) -> Letter:
    webhook = notice.webhook
    again = f"POST /v1/webhooks/{webhook.pk}/replay sends what it has missed."
    if notice.kind == Notice.Kind.WEBHOOK_DISABLED:
        said = f"{webhook.shown_url} {_DISABLED.get(webhook.disabled_reason, 'was disabled.')}"
        then = f"Nothing is sent to it any more. Once it is enabled again, {again}"
    else:
        said = f"{webhook.shown_url} has taken nothing for days, and an event for it was given up."
        then = f"What happens from now on is tried as before. Once it answers again, {again}"
    about = f"It is webhook {webhook.pk}" + (f": {webhook.description}" if webhook.description else ".")
    return Letter(
        heading=_subject_of_webhook(notice).partition(":")[0],
        paragraphs=(said, then, about),
        footer=notice.organization.name,
    )


_DISABLED: Final = {
    "gone": "answered 410: nobody is there any more, for good.",
    "not_found": "answered 404 for days: nobody is there any more.",
}
