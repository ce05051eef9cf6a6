"""What the answer page shows: everything one needs to know before saying "I have it", and nothing that changes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Prefetch

from incidents.models import Delivery, Escalation, Firing, Incident, Page
from incidents.names import Names, actor_of, load_names, named
from incidents.outlook import Outlook, load_outlooks, next_step
from incidents.reasons import Circumstances, load_circumstances, why
from incidents.wording import moment, moment_and_away

_MOST_CALLS: Final = 20

_STANDS: Final[Mapping[str, str]] = {
    Escalation.State.PAGING: "Waiting for an answer",
    Escalation.State.ACKNOWLEDGED: "Acknowledged",
    Escalation.State.SNOOZED: "Snoozed",
    Escalation.State.EXHAUSTED: "Nobody has answered",
    Escalation.State.CANCELLED: "Resolved",
}
_ANSWERED: Final = frozenset({Escalation.State.ACKNOWLEDGED, Escalation.State.CANCELLED})
_CALLS: Final[Mapping[str, str]] = {
    Firing.Cause.LAYER: "Layer {}",
    Firing.Cause.REPEAT: "Layer {}, again",
    Firing.Cause.HANDOFF: "Handed off",
    Firing.Cause.JOINED: "Layer {}, came on call",
    Firing.Cause.REPAGE: "Not resolved, paged again",
    Firing.Cause.UNACKNOWLEDGED: "Acknowledgement taken back",
    Firing.Cause.SNOOZE_ENDED: "Layer {}, after the snooze",
    Firing.Cause.ESCALATE: "Layer {}, called by hand",
    Firing.Cause.FALLBACK: "Fallback",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """One recipient of a call, and what became of their page."""

    name: str
    fate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call for attention that has been made."""

    at: datetime
    when: str
    label: str
    called: tuple[Called, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The answer page's content, for the recipient of one page."""

    incident: Incident
    organization: str
    recipient: str
    since: str
    status: str
    stands: str
    can_acknowledge: bool
    why: str
    next_step: str
    calls: tuple[Call, ...]
    earlier_calls: int


def load_page(pk: object) -> Page | None:
    """Return the page with everything ``load_board`` needs. One statement."""
    found = Page.objects.select_related(
        "organization",
        "firing",
        "membership__user",
        "escalation__incident__owner",
        "escalation__holder",
        "escalation__active_policy",
    )
    page: Page | None = found.filter(pk=pk).first()
    return page


def load_board(page: Page, now: datetime) -> Board:
    """Return what the recipient of ``page`` is to see. At most eleven statements, whatever has happened so far."""
    row = page.escalation
    firings = _latest_firings(row)
    outlook = load_outlooks([row]).get(row.pk)
    circumstances = load_circumstances([page])[page.pk]
    names = _names(page, firings, outlook, circumstances)
    return Board(
        incident=row.incident,
        organization=page.organization.name,
        recipient=named(_recipient(page), names),
        since=moment_and_away(row.incident.created_at, now),
        status=row.incident.get_status_display(),
        stands=_STANDS[row.state],
        can_acknowledge=row.state not in _ANSWERED,
        why=why(page, circumstances, names, now),
        next_step=next_step(row, outlook, names, now, reader=actor_of(page)),
        calls=tuple(_call(firing, names, now) for firing in firings),
        earlier_calls=firings[-1].number - 1,
    )


def _latest_firings(row: Escalation) -> Sequence[Firing]:
    deliveries = Prefetch("deliveries", queryset=Delivery.objects.order_by("pk"))
    pages = Page.objects.select_related("membership").prefetch_related(deliveries).order_by("pk")
    found = Firing.objects.filter(escalation=row).prefetch_related(Prefetch("pages", queryset=pages))
    return list(found.order_by("-number")[:_MOST_CALLS])


def _names(page: Page, firings: Sequence[Firing], outlook: Outlook | None, circumstances: Circumstances) -> Names:
    wanted = {page.escalation.acknowledged_by, circumstances.handed_off_by, _recipient(page)}
    wanted.update(() if outlook is None else outlook.recipients)
    for firing in firings:
        wanted.update(_recipient(called) for called in firing.pages.all())
    return load_names({page.organization_id: wanted}).get(page.organization_id, {})


def _recipient(page: Page) -> str:
    return page.address if page.membership is None else str(page.membership.user_id)


def _call(firing: Firing, names: Names, now: datetime) -> Call:
    return Call(
        at=firing.fired_at,
        when=moment(firing.fired_at, now),
        label=_CALLS.get(firing.cause, "Paged").format(firing.position),
        called=tuple(Called(name=named(_recipient(page), names), fate=_fate(page)) for page in firing.pages.all()),
    )


def _fate(page: Page) -> str:
    """Tell the best of what became of a page's deliveries."""
    deliveries = list(page.deliveries.all())
    statuses = {delivery.status for delivery in deliveries}
    if Delivery.Status.HANDED_OVER in statuses:
        return "sent"
    if Delivery.Status.PENDING in statuses:
        return "still trying" if any(delivery.last_error for delivery in deliveries) else "on its way"
    return "called off" if Delivery.Status.CANCELLED in statuses else "could not be reached"
