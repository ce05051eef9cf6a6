"""Why a page went to whom it went to, in words.

What called for attention (the firing's cause) comes first, then the place of the person in the plan (the page's
reason): "Bob handed this incident to you.", "You are named in layer 2 of “Billing on fire”."
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from accounts.models import ContactMethod
from incidents.models import Firing, Page, TimelineEvent
from incidents.names import Names, named
from incidents.wording import moment

_MOVED: Final = "timer_moved"
_HANDED_OFF: Final = "incident_handed_off"
_CALLED: Final = "escalated_by_hand"
PLAN_APPLIED: Final = "plan_applied"
_BY_COMMAND: Final[Mapping[str, str]] = {
    _CALLED: "{} called the next layer by hand.",
    "incident_unacknowledged": "Its acknowledgement was taken back by {}.",
    PLAN_APPLIED: "{} applied the policy as it is now, so its layers are paged from the first one.",
}
"""What the events of commands that page a layer give as the reason."""

_STANDING: Final[Mapping[str, str]] = {
    "named": "named in {layer}",
    "rotation": "on call{still} for {layer}",
    "override": "standing in{still} for {layer}",
}

_LEADS: Final[Mapping[str, str]] = {
    Firing.Cause.REPEAT: "Nobody answered the last time, so all layers are paged again.",
    Firing.Cause.JOINED: "You came on call while this incident waits for an answer.",
    Firing.Cause.SNOOZE_ENDED: "It was snoozed, and that time is up.",
}
_OF_A_LAYER: Final = frozenset(
    {Firing.Cause.LAYER, Firing.Cause.REPEAT, Firing.Cause.ESCALATE, Firing.Cause.UNACKNOWLEDGED}
)
_SAYS_AGAIN: Final = frozenset({Firing.Cause.REPEAT, Firing.Cause.REPAGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Around a page: the event of the command that brought it about ("" if none did) and who gave it; how late it was
    fired, and whether its recipient knows already.
    """

    command: str
    by: str | None
    late: timedelta
    is_again: bool


def load_circumstances(pages: Sequence[Page]) -> Mapping[UUID, Circumstances]:
    """Return the circumstances of each page by its id.

    Needs ``firing`` and ``escalation.incident`` loaded. Two statements, whatever the number of pages.
    """
    events = _load_events([page.firing for page in pages])
    again = _load_paged_before(pages)
    return {
        page.pk: _circumstances(page, events.get(_instant(page.firing), []), is_again=page.pk in again)
        for page in pages
    }


def why(page: Page, circumstances: Circumstances, names: Names, now: datetime) -> str:
    """Return why ``page`` was sent, to be read by whom it was sent to.

    Needs ``firing``, ``organization`` and ``escalation.active_policy`` loaded.
    """
    is_news = circumstances.is_again and page.firing.cause not in _SAYS_AGAIN
    again = "You have been paged about this before." if is_news else ""
    lead = _lead(page, circumstances, named(circumstances.by, names))
    return " ".join(filter(None, [lead, _place(page, now), again, _left_out(page, now)]))


# Circumstances

_Events = Mapping[tuple[UUID, datetime], list[TimelineEvent]]


def _load_events(firings: Sequence[Firing]) -> _Events:
    """Return what the timeline tells of the decisions that fired: the events of the same incident and instant."""
    told = TimelineEvent.objects.filter(
        incident_id__in={firing.escalation_id for firing in firings},
        at__in={firing.fired_at for firing in firings},
        type__in=[_MOVED, _HANDED_OFF, *_BY_COMMAND],
    )
    found: dict[tuple[UUID, datetime], list[TimelineEvent]] = {}
    for event in told:
        found.setdefault((event.incident_id, event.at), []).append(event)
    return found


def _load_paged_before(pages: Sequence[Page]) -> set[UUID]:
    same_person = Q(membership_id=OuterRef("membership_id"))
    same_address = Q(membership_id=None, address=OuterRef("address"))
    earlier = Page.objects.filter(
        same_person | same_address,
        escalation_id=OuterRef("escalation_id"),
        firing__number__lt=OuterRef("firing__number"),
    )
    return set(Page.objects.filter(Exists(earlier), pk__in=[page.pk for page in pages]).values_list("pk", flat=True))


def _instant(firing: Firing) -> tuple[UUID, datetime]:
    return firing.escalation_id, firing.fired_at


def _circumstances(page: Page, events: Sequence[TimelineEvent], *, is_again: bool) -> Circumstances:
    command = next((event for event in events if event.type != _MOVED), None)
    return Circumstances(
        command="" if command is None else command.type,
        by=None if command is None else command.actor_id,
        late=_late(page, events),
        is_again=is_again,
    )


def _late(page: Page, events: Sequence[TimelineEvent]) -> timedelta:
    """Return how late the firing was: the first by the incident's begin, the others as the engine noted."""
    if page.firing.number == 1:
        late: timedelta = page.firing.fired_at - page.escalation.incident.created_at
        return late
    seconds = [int(event.details.get("lateSeconds", 0)) for event in events if event.type == _MOVED]
    return timedelta(seconds=max(seconds, default=0))


# Words


def _lead(page: Page, circumstances: Circumstances, by: str) -> str:
    cause = page.firing.cause
    if cause == Firing.Cause.HANDOFF:
        return f"{by} handed this incident to you."
    if cause == Firing.Cause.REPAGE:
        who = "You" if page.reason.get("source") == "holder" else "Somebody"
        return f"{who} acknowledged this, and it is still not resolved."
    if cause == Firing.Cause.FALLBACK:
        return _fallback(page, _nobody_else(page, circumstances, by))
    if cause in _OF_A_LAYER and circumstances.command in _BY_COMMAND:
        return _BY_COMMAND[circumstances.command].format(by)
    return _LEADS.get(cause, "")


def _nobody_else(page: Page, circumstances: Circumstances, by: str) -> str:
    if circumstances.command == _CALLED:
        return f"{by} called the next layer by hand, and none is left"
    return "Nobody else could be paged" if page.firing.number == 1 else "Nobody else answered"


def _fallback(page: Page, nobody_else: str) -> str:
    if page.address and page.address != page.organization.fallback_email:
        return f"{nobody_else} at {page.organization.name}: you are the operator of its installation."
    return f"{nobody_else}: you are the fallback of {page.organization.name}."


def _place(page: Page, now: datetime) -> str:
    source, until = page.reason.get("source"), page.reason.get("until")
    if source == "named" and not page.escalation.policy_id:
        return "You own this incident."
    place = standing(str(source), datetime.fromisoformat(until) if until else None, _layer(page), now)
    return f"You are {place}." if place else ""


def standing(source: str, until: datetime | None, layer: str, now: datetime) -> str:
    """Return what somebody is to a layer: "on call until 09:00 UTC for layer 1"; nothing for what is no layer's."""
    still = "" if until is None else f" until {moment(until, now)}"
    return _STANDING.get(source, "").format(still=still, layer=layer)


def _left_out(page: Page, now: datetime) -> str:
    """Tell which of the person's methods do not page, as was decided when the page was fired."""
    told = [f"{_method(one['channel'])} ({_because(one, now)})" for one in page.reason.get("leftOut", ())]
    return f"Left out: {', '.join(dict.fromkeys(told))}." if told else ""


def _method(channel: str) -> str:
    return str(ContactMethod.Channel(channel).label) if channel in ContactMethod.Channel else channel


def _because(left_out: Mapping[str, str | None], now: datetime) -> str:
    if left_out["because"] == "unverified":
        return "method unverified"
    until = left_out["until"]
    return quiet_hours(None if until is None else datetime.fromisoformat(until), now)


def quiet_hours(until: datetime | None, now: datetime) -> str:
    """Return "quiet hours until 06:00 UTC"; they may have no end."""
    return "quiet hours" if until is None else f"quiet hours until {moment(until, now)}"


def _layer(page: Page) -> str:
    policy = page.escalation.active_policy
    return f"layer {page.firing.position}" + (f" of “{policy.name}”" if policy else "")
