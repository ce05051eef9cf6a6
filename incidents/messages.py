"""What a page says to somebody woken at three in the morning.

What is wrong, how bad it is, why you, how long before it goes to whom, since when, and twice the link to the answer
page: near the top, where a thumb finds it, and at the end, where reading stops. A page is composed when it is about
to go out, so it tells how things stand then, and how late it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.template.loader import render_to_string

from accounts.models import Membership
from incidents.answer.tokens import answer_url
from incidents.channels.base import Message
from incidents.digests import Other, digest, headline, load_others, spoken
from incidents.letters import Letter, headers_for, thread_headers, write_letter
from incidents.models import Delivery, Page
from incidents.names import Names, load_names
from incidents.outlook import Outlook, load_outlooks, next_step
from incidents.page_event import bare_event, page_event
from incidents.reasons import Circumstances, load_circumstances, why
from incidents.wording import moment, moment_and_away, span
from scaling import clock
from scaling.ids import new_uuid
from scaling.text import single_line

_WORTH_TELLING: Final = timedelta(minutes=1)
_SHORT_LENGTH: Final = 600
"""Of an SMS with a digest: four parts. Providers refuse more than about ten, and bill each."""

_BRIEF_LENGTH: Final = 1000
"""Of a push message with a digest; services refuse more than 1,024 characters, or cut it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The lines of one page, in the words of both its parts."""

    title: str
    severity: str
    why: str
    next_step: str
    since: str
    late: str
    description: str
    organization: str
    incident_id: UUID
    url: str
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Background:
    """What the messages of a batch are made of beside their rows."""

    outlooks: Mapping[UUID, Outlook]
    circumstances: Mapping[UUID, Circumstances]
    names: Mapping[str, Names]


def compose(riding: Mapping[UUID, Sequence[UUID]]) -> Mapping[UUID, Message]:
    """Return the message of each delivery, by its id, as things stand now; ``riding`` are the deliveries it carries.

    At most nine statements, whatever the size of the batch. What cannot be composed raises, for the whole batch:
    ``bare_message`` says the least that must be said.
    """
    return compose_at(riding, clock.now())


def compose_at(riding: Mapping[UUID, Sequence[UUID]], now: datetime) -> Mapping[UUID, Message]:
    """Return the message of each delivery, by its id, as things stand at ``now``; see ``compose``."""
    deliveries = _deliveries(list(riding))
    background = _background([delivery.page for delivery in deliveries])
    others = load_others(riding)
    return {
        delivery.pk: _message(delivery, _sheet(delivery, background, now), others.get(delivery.pk, ()))
        for delivery in deliveries
    }


def bare_message(delivery_id: UUID) -> Message:
    """Return what is wrong and the link, and nothing that could be the reason why ``compose`` failed."""
    found = Delivery.objects.select_related("contact_method", "page__organization", "page__escalation__incident")
    delivery = found.get(pk=delivery_id)
    subject = headline(delivery.page.escalation.incident)
    url = answer_url(delivery.page_id)
    return Message(
        key=delivery.pk,
        destination=_destination(delivery),
        subject=subject,
        text=f"{subject}\n\nSee what is known, and acknowledge:\n{url}\n",
        html="",
        short=_short(subject, url),
        event=bare_event(delivery, url),
        secret=_secret(delivery),
        headers=_headers(delivery),
    )


def compose_test_page(membership: Membership, address: str | None = None) -> Message:
    """Return a page about nothing, to the account's address of ``membership``. Needs ``user``, ``organization``.

    ``address`` is how the way it takes is called, where that is another.
    """
    key = new_uuid()
    name, address = membership.organization.name, address or membership.user.email
    letter = Letter(
        heading="Nothing is wrong. This is a test.",
        paragraphs=(
            f"{membership}, this is how a page from {name} reaches you: at {address}. There is nothing to acknowledge.",
            "If it came late or landed among the spam, mend that now rather than at night.",
        ),
        footer=name,
    )
    return write_letter(
        letter,
        key=key,
        destination=address,
        subject=f"Test page from {name}: nothing is wrong",
        headers=headers_for(membership.organization, key),
    )


# Loading


def _deliveries(ids: Sequence[UUID]) -> Sequence[Delivery]:
    return list(
        Delivery.objects.filter(pk__in=ids).select_related(
            "contact_method",
            "page__firing",
            "page__membership",
            "page__organization",
            "page__escalation__incident__owner",
            "page__escalation__holder",
            "page__escalation__active_policy",
        )
    )


def _background(pages: Sequence[Page]) -> _Background:
    rows = {page.escalation_id: page.escalation for page in pages}
    outlooks = load_outlooks(list(rows.values()))
    circumstances = load_circumstances(pages)
    wanted: dict[str, set[str | None]] = {}
    for page in pages:
        ids = wanted.setdefault(page.organization_id, set())
        ids.update([page.escalation.acknowledged_by, circumstances[page.pk].by])
        if page.escalation_id in outlooks:
            ids.update(outlooks[page.escalation_id].recipients)
    return _Background(outlooks=outlooks, circumstances=circumstances, names=load_names(wanted))


# Words


def _sheet(delivery: Delivery, background: _Background, now: datetime) -> Sheet:
    page = delivery.page
    row = page.escalation
    names = background.names.get(page.organization_id, {})
    circumstances = background.circumstances[page.pk]
    if delivery.round > 1:
        circumstances = replace(circumstances, is_again=True)
    return Sheet(
        title=single_line(row.incident.title),
        severity=row.incident.severity,
        why=why(page, circumstances, names, now),
        next_step=next_step(row, background.outlooks.get(row.pk), names, now),
        since=moment_and_away(row.incident.created_at, now),
        late=_late(circumstances.late + (now - delivery.created_at), now),
        description=row.incident.description or "",
        organization=page.organization.name,
        incident_id=row.pk,
        url=answer_url(page.pk),
        until=None if row.pk not in background.outlooks else background.outlooks[row.pk].at,
    )


def _late(late: timedelta, now: datetime) -> str:
    """Tell how late a page is: its layer may have been called late, and the message may have waited since."""
    if late < _WORTH_TELLING:
        return ""
    return f"This page is {span(late)} late: it was due at {moment(now - late, now)}."


def _message(delivery: Delivery, sheet: Sheet, others: Sequence[Other]) -> Message:
    """``others`` are told at the end of what goes to phones; no other channel carries any."""
    lines = {"sheet": sheet}
    # The same for all pages of an incident: mail programs that thread by subject keep them together.
    subject = headline(delivery.page.escalation.incident)
    brief, short = render_to_string("incidents/page_brief.txt", lines), _short(subject, sheet.url)
    return Message(
        key=delivery.pk,
        destination=_destination(delivery),
        subject=f"{subject} (+ {len(others)} more)" if others else subject,
        text=render_to_string("incidents/page.txt", lines),
        html=render_to_string("incidents/page.html", lines),
        brief=_with_digest(brief, others, _BRIEF_LENGTH),
        short=_with_digest(short, others, _SHORT_LENGTH),
        spoken=f"{subject}. {spoken(others)}" if others else subject,
        event=page_event(delivery, why=sheet.why, next_step=sheet.next_step, until=sheet.until, answer_url=sheet.url),
        secret=_secret(delivery),
        headers=_headers(delivery),
    )


def _with_digest(text: str, others: Sequence[Other], length: int) -> str:
    return f"{text}\n{digest(others, length - len(text))}" if others else text


def _destination(delivery: Delivery) -> str:
    """Return where the message goes: as the row says for the account's email, else as the method is now."""
    return delivery.destination if delivery.contact_method is None else delivery.contact_method.address


def _secret(delivery: Delivery) -> str:
    return "" if delivery.contact_method is None else delivery.contact_method.secret


def _short(subject: str, url: str) -> str:
    return f"{subject}. Acknowledge: {url}"


# Headers


def _headers(delivery: Delivery) -> Mapping[str, str]:
    """All pages of an incident hang below one root, and every attempt of a delivery bears the same id."""
    return {**headers_for(delivery.page.organization, delivery.pk), **thread_headers(delivery.escalation_id)}
