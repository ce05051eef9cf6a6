"""What the answer page shows: everything one needs to know before saying "I have it", and nothing that changes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from incidents.answer.commands import allowed_to
from incidents.answer.happened import load_last_deed, named_in, told
from incidents.calls import STANDS, fate, label, load_latest_firings, recipient
from incidents.choices import Choices, load_choices
from incidents.models import Escalation, Firing, Incident, Page, TimelineEvent
from incidents.names import Names, actor_of, load_names, named
from incidents.outlook import Outlook, load_outlooks, next_step
from incidents.reasons import Circumstances, load_circumstances, why
from incidents.wording import moment, moment_and_away

_MOST_CALLS: Final = 20

_ANSWERED: Final = frozenset({Escalation.State.ACKNOWLEDGED, Escalation.State.CANCELLED})


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
    firing: int
    choices: Choices | None
    why: str
    next_step: str
    last_deed: str
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
    """Return what the recipient of ``page`` is to see. At most thirteen statements, whatever has happened so far."""
    row = page.escalation
    firings = load_latest_firings(row, _MOST_CALLS)
    outlook = load_outlooks([row]).get(row.pk)
    circumstances = load_circumstances([page])[page.pk]
    deed = load_last_deed(row)
    names = _names(page, firings, outlook, circumstances, deed)
    return Board(
        incident=row.incident,
        organization=page.organization.name,
        recipient=named(recipient(page), names),
        since=moment_and_away(row.incident.created_at, now),
        status=row.incident.get_status_display(),
        stands=STANDS[row.state],
        can_acknowledge=row.state not in _ANSWERED,
        firing=row.firing,
        choices=load_choices(row, now, may=allowed_to(page), reader=page.membership_id),
        why=why(page, circumstances, names, now),
        next_step=next_step(row, outlook, names, now, reader=actor_of(page)),
        last_deed="" if deed is None else told(deed, names, now),
        calls=tuple(_call(firing, names, now) for firing in firings),
        earlier_calls=firings[-1].number - 1,
    )


def _names(
    page: Page,
    firings: Sequence[Firing],
    outlook: Outlook | None,
    circumstances: Circumstances,
    deed: TimelineEvent | None,
) -> Names:
    wanted = {page.escalation.acknowledged_by, circumstances.by, recipient(page)}
    wanted.update(() if deed is None else named_in([deed]))
    wanted.update(() if outlook is None else outlook.recipients)
    for firing in firings:
        wanted.update(recipient(called) for called in firing.pages.all())
    return load_names({page.organization_id: wanted}).get(page.organization_id, {})


def _call(firing: Firing, names: Names, now: datetime) -> Call:
    return Call(
        at=firing.fired_at,
        when=moment(firing.fired_at, now),
        label=label(firing),
        called=tuple(Called(name=named(recipient(page), names), fate=fate(page)) for page in firing.pages.all()),
    )
